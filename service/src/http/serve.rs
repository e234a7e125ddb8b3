//! The listeners, from the first connection to the last.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::connection::{Bounds, Server};
use super::{App, admin_router, authentication, public_router};
use crate::shutdown::Shutdown;

/// For writing the last answers, once every call has one.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// First and longest wait after a failure to accept that is not the caller's.
const ACCEPT_RETRY: [Duration; 2] = [Duration::from_millis(10), Duration::from_secs(1)];

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
    let max_connections = app.http.max_connections;
    let listening = |listener, router| {
        let server = Server::new(router, stopped.clone(), Bounds::STANDING);
        listen(listener, server, stopped.clone(), max_connections)
    };
    // Each has its own count: callers that take all connections leave those of probes and metrics alone.
    let public = listening(listeners.public, public_router(app.clone()));
    let admin = listeners.admin.map(|listener| listening(listener, admin_router(app.clone())));
    let admin = async {
        if let Some(admin) = admin {
            admin.await;
        }
    };
    // Ends with this function.
    let mut following = JoinSet::new();
    following.spawn(authentication::follow(app.clone()));
    let mut servers = std::pin::pin!(async { tokio::join!(public, admin) });

    app.readiness.set_ready();
    tokio::select! {
        _ = &mut servers => return Ok(()),
        () = shutdown.requested() => {}
    }
    app.readiness.set_draining();
    tokio::select! {
        _ = &mut servers => return Ok(()),
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
    let _ = tokio::time::timeout(LAST_WORDS, servers).await;
    Ok(())
}

/// Serves the connections of one listener until `stopped`, then waits for those that are left.
///
/// With `max_connections` open, the next waits in the system's backlog: it costs the service nothing there, and is served as
/// soon as another ends, which every connection does in bounded time.
pub(super) async fn listen(
    listener: TcpListener,
    server: Server,
    mut stopped: watch::Receiver<()>,
    max_connections: u32,
) {
    let places = Arc::new(Semaphore::new(max_connections as usize));
    let accepting = async {
        // Never closed: this ends by the select below.
        while let Ok(place) = Arc::clone(&places).acquire_owned().await {
            let connection = server.connection(accept(&listener).await);
            tokio::spawn(async move {
                connection.await;
                drop(place);
            });
        }
    };
    tokio::select! {
        () = accepting => {}
        // Nothing is ever sent: the sender's end is the signal.
        _ = stopped.changed() => {}
    }
    drop(listener);
    // All places are free when the last connection is gone.
    let _ = places.acquire_many(max_connections).await;
}

/// The next connection, whatever it takes: without file descriptors (EMFILE) or memory the next attempt fails just as the last
/// one, so it waits; a connection that broke before it was accepted is no reason to.
async fn accept(listener: &TcpListener) -> TcpStream {
    let [mut wait, longest] = ACCEPT_RETRY;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) if is_the_callers(&error) => {}
            Err(error) => {
                tracing::error!(%error, retry_ms = wait.as_millis() as u64, "cannot accept a connection");
                tokio::time::sleep(wait).await;
                wait = longest.min(wait * 2);
            }
        }
    }
}

fn is_the_callers(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(error.kind(), K::ConnectionAborted | K::ConnectionReset | K::ConnectionRefused | K::Interrupted)
}
