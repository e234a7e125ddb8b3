//! The listeners, from the first connection to the last.

use std::future::IntoFuture;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::{App, admin_router, public_router};
use crate::shutdown::Shutdown;

/// For writing the last answers, once every call has one.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Where the service is reached.
#[derive(Debug)]
pub struct Listeners {
    /// For callers.
    pub public: TcpListener,
    /// For probes and metrics, when they have a place of their own.
    pub admin: Option<TcpListener>,
}

/// Serves until `shutdown` is requested, then drains: readiness turns false, new calls are turned away, those under way
/// have the grace to finish, and what is left then is ended. Connections are accepted to the last, so that a probe or a
/// balancer that does not know yet gets an answer instead of a refused connection.
///
/// # Errors
///
/// None at present: a failure to accept is retried.
pub async fn serve(listeners: Listeners, app: App, shutdown: Shutdown) -> io::Result<()> {
    let (stop, stopped) = watch::channel(());
    let public = listen(listeners.public, public_router(app.clone()), stopped.clone());
    let admin = async {
        match listeners.admin {
            Some(listener) => listen(listener, admin_router(app.clone()), stopped).await,
            None => Ok(()),
        }
    };
    let mut servers = std::pin::pin!(async { tokio::try_join!(public, admin).map(|_| ()) });

    app.readiness.set_ready();
    tokio::select! {
        served = &mut servers => return served,
        () = shutdown.requested() => {}
    }
    app.readiness.set_draining();
    tokio::select! {
        served = &mut servers => return served,
        _ = tokio::time::timeout(shutdown.grace(), app.calls.none_under_way()) => {}
    }
    let ended = app.calls.end();
    if ended > 0 {
        tracing::warn!(
            calls = ended,
            grace_ms = shutdown.grace().as_millis() as u64,
            "the grace is over; calls were ended"
        );
    }
    drop(stop);
    // A client that does not read its answer is not waited for.
    tokio::time::timeout(LAST_WORDS, servers).await.unwrap_or(Ok(()))
}

async fn listen(listener: TcpListener, router: Router, mut stopped: watch::Receiver<()>) -> io::Result<()> {
    let listener = listener.tap_io(|connection| {
        // Answers are written in one piece; waiting to fill a packet would only delay them.
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
    });
    let stopped = async move {
        // Nothing is ever sent: the sender's end is the signal.
        while stopped.changed().await.is_ok() {}
    };
    axum::serve(listener, router).with_graceful_shutdown(stopped).into_future().await
}
