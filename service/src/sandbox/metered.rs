//! A call of the guest under its deadline.
//!
//! The guest's future is pending in two cases: a slice of fuel is used up (it has woken itself and only makes room for
//! others), or it waits for the host. In both the clock is looked at; only a future that was pending once needs a timer.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::time::Sleep;

/// The deadline passed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Elapsed;

/// `call` until `deadline`. Dropped, or late, the guest's stack is unwound and its instance can be dropped.
pub(super) async fn until<F: Future>(deadline: Instant, call: F) -> Result<F::Output, Elapsed> {
    let call = std::pin::pin!(call);
    Metered { call, deadline, timer: None }.await
}

struct Metered<'a, F> {
    call: Pin<&'a mut F>,
    deadline: Instant,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<F: Future> Future for Metered<'_, F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Poll::Ready(output) = this.call.as_mut().poll(context) {
            return Poll::Ready(Ok(output));
        }
        // The timer wakes whoever waits; a guest that computes is ended by the clock itself, because the runtime looks at
        // its timers too rarely while the workers are busy.
        if this.deadline <= Instant::now() {
            return Poll::Ready(Err(Elapsed));
        }
        let deadline = this.deadline;
        let timer = this.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline.into())));
        timer.as_mut().poll(context).map(|()| Err(Elapsed))
    }
}
