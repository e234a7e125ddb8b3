//! What operators and probes ask: alive, ready, which build, which numbers.

use arbex_api::{API_VERSION, Engine, Version};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::problem::Problem;
use crate::metrics::TEXT_FORMAT;
use crate::readiness::Phase;

/// The QuickJS inside the guest; guest/Cargo.toml pins it.
const QUICKJS_VERSION: &str = "quickjs-ng 0.15.1 (javy 8.1.0)";

/// Characters of a commit that are enough for a person.
const COMMIT_SUFFIX_CHARS: usize = 7;

/// The answer of a probe.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({ "ok": true, "reason": "ready" }))]
pub(super) struct Probe {
    /// The same as the status: whether all is well.
    ok: bool,
    /// `alive`, or where the service is in its life: `starting`, `ready`, `draining`.
    reason: &'static str,
}

/// Whether the process answers at all
#[utoipa::path(get, path = "/livez", tag = "operate", responses((status = 200, description = "It does", body = Probe)))]
pub(super) async fn livez() -> Json<Probe> {
    Json(Probe { ok: true, reason: "alive" })
}

/// Whether calls should be sent here
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operate",
    responses(
        (status = 200, description = "Calls are taken", body = Probe),
        (status = 503, description = "Not yet, or no more", body = Probe, example = json!({ "ok": false, "reason": "draining" })),
    ),
)]
pub(super) async fn readyz(State(app): State<App>) -> (StatusCode, Json<Probe>) {
    let phase = app.readiness.phase();
    let ok = phase == Phase::Ready;
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Probe { ok, reason: phase.as_str() }))
}

/// What was built, from what
#[utoipa::path(get, path = "/version", tag = "operate", responses((status = 200, description = "Build metadata", body = Version)))]
pub(super) async fn version() -> Json<Version> {
    let commit = env!("ARBEX_COMMIT");
    Json(Version {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: commit.to_owned(),
        commit_suffix: commit.chars().take(COMMIT_SUFFIX_CHARS).collect(),
        build_utc: env!("ARBEX_BUILD_UTC").to_owned(),
        api_version: API_VERSION.to_owned(),
        engine: Engine {
            wasmtime: env!("ARBEX_WASMTIME_VERSION").to_owned(),
            quickjs: QUICKJS_VERSION.to_owned(),
            guest_sha256: env!("ARBEX_GUEST_SHA256").to_owned(),
        },
    })
}

/// Metrics in Prometheus' text format
///
/// On the admin listener; on the public one only if the operator says so.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operate",
    responses((status = 200, description = "All metrics", body = String, content_type = "text/plain")),
)]
pub(super) async fn metrics(State(app): State<App>) -> Result<Response, Problem> {
    let kept = app.answers.state();
    app.metrics.idempotency.show(kept.entries, kept.bytes);
    let text = app.metrics.render(&app.sandbox).map_err(|error| Problem::Internal { cause: error.to_string() })?;
    Ok(([(header::CONTENT_TYPE, TEXT_FORMAT)], text).into_response())
}
