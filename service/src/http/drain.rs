//! Calls under way, and how they end when the service stops: none begins any more, the others have a grace, the rest is
//! ended.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::watch;

use super::App;
use super::problem::Problem;
use crate::metrics::Rejected;
use crate::readiness::Phase;

/// The calls under way, and the order to end them.
pub(super) struct Calls {
    under_way: watch::Sender<usize>,
    ended: watch::Sender<bool>,
}

impl Default for Calls {
    fn default() -> Self {
        Self { under_way: watch::Sender::new(0), ended: watch::Sender::new(false) }
    }
}

impl Calls {
    /// Waits until none is under way.
    pub(super) async fn none_under_way(&self) {
        // The sender lives in `self`: this cannot fail.
        let _ = self.under_way.subscribe().wait_for(|calls| *calls == 0).await;
    }

    /// Ends those that are still under way; gives their number.
    pub(super) fn end(&self) -> usize {
        self.ended.send_replace(true);
        *self.under_way.borrow()
    }

    async fn wait_for_end(&self) {
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }

    fn enter(&self) -> UnderWay<'_> {
        self.under_way.send_modify(|calls| *calls += 1);
        UnderWay(&self.under_way)
    }
}

/// One call under way, until it is dropped.
struct UnderWay<'a>(&'a watch::Sender<usize>);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|calls| *calls = calls.saturating_sub(1));
    }
}

/// Around every call: lets it in or not, and ends it when its time is over.
pub(super) async fn admit(State(app): State<App>, request: Request, next: Next) -> Response {
    // Counted before looking, so that no call slips in between the look and the wait for the last one.
    let _under_way = app.calls.enter();
    if app.readiness.phase() == Phase::Draining {
        app.metrics.record_rejected(Rejected::Draining);
        return Problem::Draining.into_response();
    }
    tokio::select! {
        // A finished call is answered even when the order came at the same moment.
        biased;
        response = next.run(request) => response,
        () = app.calls.wait_for_end() => Problem::Stopped.into_response(),
    }
}
