//! `POST /execute`: run one script once.

use arbex_api::{Document, ExecuteRequest, Persistence, document};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};

use super::App;
use super::observe::RunSummary;
use super::problem::{CallProblems, Problem};
use super::request::{As, JsonBody};
use crate::call::{Call, Ceilings, Rejection};
use crate::caller::{Caller, Capability};
use crate::envelope::{envelope, reason};
use crate::metrics::Rejected;
use crate::run::{Run, Usage};
use crate::sandbox::SandboxError;

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// A longer body is decoded on a thread of its own, so that it holds up nobody else's request: about a millisecond's work.
pub(super) const INLINE_DECODE_BYTES: usize = 256 * 1024;

/// Run one script once
///
/// Runs the script in a fresh sandbox and answers with the envelope. Whatever the script does wrong is in the envelope, with
/// status 200: look at `status`, and on `ERROR` at `output.reason`. Every other status means that no run came to an end, and
/// the body is a problem (RFC 9457).
///
/// Choices of this service, where the platform's documents are silent: a body without `Content-Type` is taken as JSON, a body
/// with another type is refused (415); unknown members of the body are kept and ignored, unknown query parameters are refused
/// (400). A client that hangs up ends its run. `Accept-Encoding: gzip` is honoured for answers over 1 KiB.
#[utoipa::path(
    post,
    path = "/execute",
    tag = "run",
    params(
        ("as" = Option<String>, Query, description = "The form of the answer: `envelope` (default), or `document`, which is what a runner would store: with `dataserviceOutput.persistence` `dataservice-root`, the dataservice root of a run that succeeded; else the envelope.", example = "envelope"),
        ("X-Request-Id" = Option<String>, Header, description = "Echoed, and logged, when it is 1 to 128 visible ASCII characters; else one is made."),
        ("traceparent" = Option<String>, Header, description = "W3C Trace Context; its trace id is put on the request's log lines."),
    ),
    request_body(content = ExecuteRequest, content_type = "application/json"),
    responses(
        (status = 200, description = "The run came to an end, good or bad", body = Document, headers(
            ("X-Request-Id" = String, description = "The request's id, as in the service's log"),
            ("Server-Timing" = String, description = "`queue`, `compile` and `run`, each with `dur` in milliseconds"),
        )),
        CallProblems,
    ),
)]
pub(super) async fn execute(State(app): State<App>, form: As, body: JsonBody) -> Result<Response, Problem> {
    let JsonBody { bytes, room: _room } = body;
    let mut call = decode(&app, bytes, Call::decode).await?;
    let snapshot = std::mem::take(&mut call.snapshot);
    let persistence = match form {
        As::Envelope => Persistence::ArbexEnvelope,
        As::Document => call.features.persistence(),
    };
    let run = app.sandbox.execute(call, &anonymous()).await.inspect_err(|error| count_rejected(&app, error))?;
    let summary = RunSummary::new(&run);
    app.metrics.record_run(reason(&run.outcome), &run.usage);
    Ok(answer(run, &snapshot, persistence, summary))
}

/// Nobody in particular, who may run scripts and nothing else.
fn anonymous() -> Caller {
    Caller { name: "anonymous".into(), capabilities: [Capability::Execute].into_iter().collect() }
}

/// What `decode` makes of a body.
pub(super) async fn decode<T: Send + 'static>(
    app: &App,
    body: Bytes,
    decode: fn(&[u8], &Ceilings) -> Result<T, Rejection>,
) -> Result<T, Problem> {
    if body.len() <= INLINE_DECODE_BYTES {
        return Ok(decode(&body, &app.ceilings)?);
    }
    let ceilings = app.ceilings.clone();
    let decoded = tokio::task::spawn_blocking(move || decode(&body, &ceilings)).await;
    Ok(decoded.map_err(|error| Problem::Internal { cause: format!("decoding: {error}") })??)
}

fn answer(run: Run, snapshot: &str, persistence: Persistence, summary: RunSummary) -> Response {
    let timing = server_timing(&run.usage);
    let mut response = Json(document(&envelope(run, snapshot), persistence)).into_response();
    if let Ok(timing) = HeaderValue::from_str(&timing) {
        response.headers_mut().insert(SERVER_TIMING, timing);
    }
    response.extensions_mut().insert(summary);
    response
}

fn server_timing(usage: &Usage) -> String {
    let Usage { queue_ms, compile_ms, execution_ms, .. } = usage;
    format!("queue;dur={queue_ms:.3}, compile;dur={compile_ms:.3}, run;dur={execution_ms:.3}")
}

/// Counts a call that found no room.
pub(super) fn count_rejected(app: &App, error: &SandboxError) {
    if matches!(error, SandboxError::Busy(_)) {
        app.metrics.record_rejected(Rejected::Busy);
    }
}
