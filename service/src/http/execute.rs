//! `POST /execute`: run one script once.

use std::sync::Arc;

use arbex_api::{Document, ExecuteRequest, Fault};
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};

use super::App;
use super::answer::Answer;
use super::idempotency::{self, Asked, IdempotencyKey};
use super::observe::RunSummary;
use super::problem::{ExecuteProblems, Problem};
use super::request::{Form, JsonBody};
use crate::call::{Call, Ceilings, Rejection};
use crate::caller::Caller;
use crate::envelope::reason;
use crate::metrics::Rejected;
use crate::run::Usage;
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
/// (400). `?profile=` answers with a file of the run's profile instead of the envelope, of a failed run too: then the status
/// is in the header `Arbex-Status`, and `Accept` must allow the file's media type. A client that hangs up ends its run.
/// `Accept-Encoding: gzip` is honoured for answers over 1 KiB.
///
/// With an `Idempotency-Key`, an answer that got lost can be asked for again. The same key with the same body and the same query
/// gets the answer to the run that came to an end, byte for byte, with `Idempotency-Replayed: true` and without
/// `Server-Timing`; nothing is run. While the first call is under way, a second one is answered with 409, and is to be sent again
/// after `Retry-After`. With another body or query it is answered with 422. Keys of different callers have nothing to do with each
/// other. Problems are not kept, so a key that got one may be sent again, even with a corrected body; nor is a run whose client
/// hung up before its end: the same key runs it again, so a script with effects outside must bear being run twice. Answers are
/// kept in the memory of one instance of the service, for a time and in a number that the operator chooses (10 minutes and 65,536
/// by default, 64 MiB in all; one longer than a sixteenth of that is not kept); a key that is forgotten runs the script again.
/// An instance that stops answers 503, kept answer or not. Where the operator keeps no answers, the header is not looked at.
#[utoipa::path(
    post,
    path = "/execute",
    tag = "run",
    params(
        ("as" = Option<String>, Query, description = "The form of the answer: `envelope` (default), or `document`, which is what a runner would store: with `dataserviceOutput.persistence` `dataservice-root`, the dataservice root of a run that succeeded; else the envelope.", example = "envelope"),
        ("profile" = Option<String>, Query, description = "Answer with a file of the run's profile: `collapsed` (text; one line a stack, in microseconds, for flame graph tools), `cpuprofile` (JSON; for DevTools of Chrome), `firefox` (JSON; for profiler.firefox.com), `svg` (a flame graph to look at). Not together with `as`; 422 when the configuration has `profiler.enabled: false`.", example = "svg"),
        ("X-Request-Id" = Option<String>, Header, description = "Echoed, and logged, when it is 1 to 128 visible ASCII characters; else one is made."),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters, made anew for each run that is wanted; in quotation marks or without, which is the same key. Never logged.", example = "arbex-900-3f0c77ab12de9034"),
        ("traceparent" = Option<String>, Header, description = "W3C Trace Context; its trace id is put on the request's log lines."),
    ),
    request_body(content = ExecuteRequest, content_type = "application/json"),
    responses(
        (status = 200, description = "The run came to an end, good or bad", content(
            (Document = "application/json"),
            (String = "text/plain"),
            (String = "image/svg+xml"),
        ), headers(
            ("X-Request-Id" = String, description = "The request's id, as in the service's log"),
            ("Server-Timing" = String, description = "`queue`, `compile` and `run`, each with `dur` in milliseconds; not with a kept answer"),
            ("Idempotency-Replayed" = String, description = "`true`: the kept answer of an earlier call with this `Idempotency-Key`"),
            ("Arbex-Status" = String, description = "With `?profile=`: how the run ended, `SUCCESS` or `ERROR`"),
            ("Content-Disposition" = String, description = "With `?profile=`: a name for the file"),
        )),
        ExecuteProblems,
    ),
    security((), ("bearer" = [])),
)]
pub(super) async fn execute(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    form: Form,
    key: Option<IdempotencyKey>,
    body: JsonBody,
) -> Result<Response, Problem> {
    let _room = Arc::clone(&body.room);
    let mut turn = None;
    if let Some(key) = key {
        match idempotency::ask(&app, &caller, &key, form, &body).await? {
            Asked::First(first) => turn = Some(first),
            Asked::Again(answer) => return Ok(answer),
        }
    }
    let mut call = decode(&app, body, Call::decode).await?;
    if matches!(form, Form::Profile(_)) {
        let profiler = call.features.profiler.as_mut().ok_or_else(|| {
            let pointer = "/configuration/profiler/enabled".to_owned();
            let message = "must not be false when the query asks for the run's profile".to_owned();
            Problem::Invalid(vec![Fault { pointer, message }])
        })?;
        profiler.is_thorough = true;
    }
    let snapshot = std::mem::take(&mut call.snapshot);
    let persistence = call.features.persistence();
    let run = app.sandbox.execute(call, &caller).await.inspect_err(|error| count_rejected(&app, error))?;
    let summary = RunSummary::new(&run);
    app.metrics.record_run(reason(&run.outcome), &run.usage);
    let timing = server_timing(&run.usage);
    let answer = match form {
        Form::Envelope | Form::Document => Answer::of(run, form, persistence, &snapshot)?,
        // Files of long profiles are written for some milliseconds, in which others want the thread.
        Form::Profile(_) => {
            let written = tokio::task::spawn_blocking(move || Answer::of(run, form, persistence, &snapshot)).await;
            written.map_err(|error| Problem::Internal { cause: format!("the profile: {error}") })??
        }
    };
    // From here on a client that hangs up finds its answer when it asks again.
    if let Some(turn) = turn {
        turn.end(&answer);
    }
    let mut response = answer.into_response();
    if let Ok(timing) = HeaderValue::from_str(&timing) {
        response.headers_mut().insert(SERVER_TIMING, timing);
    }
    response.extensions_mut().insert(summary);
    Ok(response)
}

/// What `decode` makes of a body. When the client hangs up meanwhile, a body keeps its room until it is gone itself.
pub(super) async fn decode<T: Send + 'static>(
    app: &App,
    body: JsonBody,
    decode: fn(&[u8], &Ceilings) -> Result<T, Rejection>,
) -> Result<T, Problem> {
    if body.bytes.len() <= INLINE_DECODE_BYTES {
        return Ok(decode(&body.bytes, &app.ceilings)?);
    }
    let ceilings = app.ceilings.clone();
    let decoded = tokio::task::spawn_blocking(move || {
        let JsonBody { bytes, room: _room } = body;
        decode(&bytes, &ceilings)
    })
    .await;
    Ok(decoded.map_err(|error| Problem::Internal { cause: format!("decoding: {error}") })??)
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
