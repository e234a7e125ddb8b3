//! `/__dev`: what [`crate::CoreHandle`] can do, for clients in other processes. No token, no log, no faults.

use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::App;
use crate::http::answer::{json, parsed};
use crate::journal::Audit;
use crate::refusal::Refusal;
use crate::seed::Seed;
use crate::style::Style;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/__dev/faults", get(faults).post(add_faults).delete(clear_faults))
        .route("/__dev/requests", get(requests).delete(clear_requests))
        .route("/__dev/journal", get(journal))
        .route("/__dev/clock", post(advance))
        .route("/__dev/style", put(set_style))
        .route("/__dev/seed", post(seed))
        .route("/__dev/blobs/{dataSourceId}/{*dataPath}", put(put_blob))
}

fn ok(body: &Value) -> Response {
    json(StatusCode::OK, body)
}

async fn faults(State(app): State<App>) -> Response {
    ok(&json!(app.lock().faults.0))
}

/// One fault or many.
async fn add_faults(State(app): State<App>, body: Bytes) -> Result<Response, Refusal> {
    let many = body.trim_ascii_start().starts_with(b"[");
    app.add_faults(if many { parsed(&body)? } else { vec![parsed(&body)?] })?;
    Ok(ok(&json!(app.lock().faults.0)))
}

async fn clear_faults(State(app): State<App>) -> Response {
    app.lock().faults.0.clear();
    ok(&json!([]))
}

async fn requests(State(app): State<App>) -> Response {
    ok(&json!(app.lock().log.all()))
}

async fn clear_requests(State(app): State<App>) -> Response {
    app.lock().log.clear();
    ok(&json!([]))
}

async fn journal(State(app): State<App>) -> Response {
    let store = &app.lock().store;
    ok(&json!({ "audit": Audit::of(store), "events": store.journal }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Advance {
    advance_ms: u64,
}

async fn advance(State(app): State<App>, body: Bytes) -> Result<Response, Refusal> {
    let Advance { advance_ms } = parsed(&body)?;
    app.lock().store.clock.advance(Duration::from_millis(advance_ms));
    Ok(ok(&json!({ "now": app.lock().store.now() })))
}

async fn set_style(State(app): State<App>, body: Bytes) -> Result<Response, Refusal> {
    let style: Style = parsed(&body)?;
    app.lock().style = style;
    Ok(ok(&json!(style)))
}

async fn seed(State(app): State<App>, body: Bytes) -> Result<Response, Refusal> {
    let seed: Seed = parsed(&body)?;
    app.lock().store.seed(&seed)?;
    Ok(ok(&json!({})))
}

async fn put_blob(
    State(app): State<App>,
    Path((data_source_id, data_path)): Path<(i64, String)>,
    body: Bytes,
) -> Response {
    app.lock().store.blobs.insert((data_source_id, data_path), body);
    StatusCode::NO_CONTENT.into_response()
}
