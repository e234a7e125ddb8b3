//! Connections. One by one and by hand, because a fault may want to close the very one it came on.

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::http::around::Hangup;

/// Serves until `stopped` says so, or its sender is dropped; then every connection ends where it is.
pub(crate) async fn serve(listener: TcpListener, router: Router, mut stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => { connections.spawn(connection(stream, router.clone())); }
                // Out of sockets: some will be free again.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, router: Router) {
    // Answers are small and written whole; waiting for more would only slow tests down.
    let _ = stream.set_nodelay(true);
    let hangup = Hangup::default();
    let closing = hangup.clone();
    let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(hangup.clone());
        router.clone().oneshot(request.map(axum::body::Body::new) as Request)
    });
    let serving = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        // A client that breaks off is no fault of ours.
        _ = serving => {}
        () = closing.0.notified() => {}
    }
}
