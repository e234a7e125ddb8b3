//! The admin address: probes and metrics.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use heat_runtime::CancellationToken;
use tokio::net::TcpListener;

use crate::metrics::{Metrics, TEXT_FORMAT};

#[derive(Clone)]
struct App {
    metrics: Metrics,
    shutdown: CancellationToken,
}

/// Binds the address, and serves on it until the process ends.
///
/// # Errors
///
/// Words: the address is taken, or none of ours.
pub async fn start(address: SocketAddr, metrics: Metrics, shutdown: CancellationToken) -> Result<SocketAddr, String> {
    let listener = TcpListener::bind(address).await.map_err(|error| format!("--admin-listen {address}: {error}"))?;
    let address = listener.local_addr().unwrap_or(address);
    let router = axum::Router::new()
        .route("/livez", get(async || Ok::<_, Infallible>("alive\n")))
        .route("/readyz", get(readyz))
        .route("/metrics", get(render))
        .with_state(App { metrics, shutdown });
    tokio::spawn(async move { axum::serve(listener, router).await });
    tracing::info!(%address, "probes and metrics");
    Ok(address)
}

async fn readyz(State(app): State<App>) -> impl IntoResponse {
    if app.shutdown.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping: nothing more is claimed\n");
    }
    if !app.metrics.core_answers() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the last claim was not answered by Core\n");
    }
    (StatusCode::OK, "ready\n")
}

async fn render(State(app): State<App>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, TEXT_FORMAT)], app.metrics.render())
}
