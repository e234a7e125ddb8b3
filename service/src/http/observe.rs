//! One span, one log line and one count a request, whatever becomes of it. Nothing in here is a caller's text: not the
//! query, no header but the checked request id and trace id, no script, input or output. A caller's name is from the operator's
//! file of tokens.

use std::sync::Arc;
use std::time::Instant;

use arbex_api::{Reason, Status};
use arbex_traces::Traceparent;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::Response;
use tracing::{Instrument, Span, field};
use uuid::Uuid;

use super::App;
use super::idempotency::Replayed;
use super::problem::Cause;
use super::server_span::ServerSpan;
use crate::envelope::reason;
use crate::metrics::Metrics;
use crate::readiness::Phase;
use crate::run::{Defect, Outcome, Run};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// A longer request id is replaced.
const MAX_REQUEST_ID_CHARS: usize = 128;

/// The route of a request that fits none: its path is a caller's text.
const NO_ROUTE: &str = "unmatched";

/// What nginx writes for a client that hung up before the answer.
const CLIENT_HUNG_UP: u16 = 499;

/// What the log line says of a run.
#[derive(Debug, Clone)]
pub(super) struct RunSummary {
    reason: Option<Reason>,
    fuel_consumed: u64,
    peak_memory_bytes: u64,
    execution_ms: f64,
    cache_hit: bool,
    /// A defect of ours, in the engine's words; what the guest wrote may hold the script's text and stays out.
    defect: Option<String>,
}

impl RunSummary {
    pub(super) fn new(run: &Run) -> Self {
        let defect = match &run.outcome {
            Outcome::Defect(Defect::NoReply) => Some("the guest ended without a reply".to_owned()),
            Outcome::Defect(Defect::Undecodable(_)) => Some("the guest's reply does not decode".to_owned()),
            Outcome::Defect(Defect::Trapped { trap, .. }) => Some(trap.clone()),
            _ => None,
        };
        Self {
            reason: reason(&run.outcome),
            fuel_consumed: run.usage.fuel_consumed,
            peak_memory_bytes: run.usage.peak_memory_bytes,
            execution_ms: run.usage.execution_ms,
            cache_hit: run.usage.cache_hit,
            defect,
        }
    }

    pub(super) fn status(&self) -> Status {
        if self.reason.is_none() { Status::Success } else { Status::Error }
    }

    pub(super) fn reason(&self) -> Option<Reason> {
        self.reason
    }
}

/// The outermost layer: names the request, and says how it ended.
pub(super) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let is_http1 = request.version() < Version::HTTP_2;
    let mut record = Record::begin(&app, &request, &id);
    // The log's span is the inner one: what is recorded on the current span is for the log.
    let mut response = next.run(request).instrument(record.span.clone()).instrument(record.trace.span()).await;

    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    // HTTP/2 says this with a frame of its own.
    if is_http1 && app.readiness.phase() == Phase::Draining {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    record.end(&response);
    response
}

/// A request under way. Dropped before its end, the client hung up.
struct Record {
    metrics: Arc<Metrics>,
    span: Span,
    trace: ServerSpan,
    route: Option<MatchedPath>,
    method: &'static str,
    began: Instant,
    ended: bool,
}

impl Record {
    fn begin(app: &App, request: &Request, id: &HeaderValue) -> Self {
        let began = Instant::now();
        let route = request.extensions().get::<MatchedPath>().cloned();
        let method = method_name(request.method());
        // At the highest level, so that a filter which lets a line pass lets its request id pass too.
        let span = tracing::error_span!(
            "request",
            method,
            route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str),
            request_id = id.to_str().unwrap_or_default(),
            trace_id = field::Empty,
            caller = field::Empty,
        );
        let parent = traceparent(request.headers());
        let trace = ServerSpan::begin(request, method, route.as_ref(), id, parent.as_ref());
        if let Some(trace_id) = trace.trace_id() {
            span.record("trace_id", trace_id);
        } else if let Some(parent) = parent {
            span.record("trace_id", parent.trace_id());
        }
        Self { metrics: Arc::clone(&app.metrics), span, trace, route, method, began, ended: false }
    }

    fn end(&mut self, response: &Response) {
        self.ended = true;
        let status = response.status();
        let took = self.began.elapsed();
        let duration_ms = took.as_secs_f64() * 1e3;
        let route = self.route();
        self.metrics.record_request(route, self.method, status.as_str(), took);
        self.trace.end(response);

        let _entered = self.span.enter();
        let status = status.as_u16();
        if let Some(run) = response.extensions().get::<RunSummary>() {
            let (run_status, reason) = (run.status().as_str(), run.reason.map(Reason::as_str));
            let RunSummary { fuel_consumed, peak_memory_bytes, execution_ms, cache_hit, ref defect, .. } = *run;
            match defect {
                None => tracing::info!(
                    status,
                    duration_ms,
                    run_status,
                    reason,
                    execution_ms,
                    fuel_consumed,
                    peak_memory_bytes,
                    cache_hit,
                    "request"
                ),
                Some(cause) => tracing::error!(
                    status, duration_ms, run_status, reason, execution_ms, fuel_consumed, peak_memory_bytes, cache_hit, %cause,
                    "request"
                ),
            }
        } else if response.extensions().get::<Replayed>().is_some() {
            tracing::info!(status, duration_ms, replayed = true, "request");
        } else if let Some(Cause(cause)) = response.extensions().get::<Cause>() {
            tracing::error!(status, duration_ms, %cause, "request");
        } else if is_polled(route) && response.status() == StatusCode::OK {
            // Asked every few seconds, for ever.
            tracing::debug!(status, duration_ms, "request");
        } else {
            tracing::info!(status, duration_ms, "request");
        }
    }

    fn route(&self) -> &str {
        self.route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str)
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let took = self.began.elapsed();
        self.metrics.record_request(self.route(), self.method, "499", took);
        self.trace.hung_up();
        let duration_ms = took.as_secs_f64() * 1e3;
        self.span.in_scope(|| tracing::info!(status = CLIENT_HUNG_UP, duration_ms, "request: the client hung up"));
    }
}

pub(super) fn is_polled(route: &str) -> bool {
    matches!(route, "/livez" | "/readyz" | "/metrics")
}

/// The caller's id when it can stand in a log and a header as it is, else a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let sane = |id: &&HeaderValue| {
        (1..=MAX_REQUEST_ID_CHARS).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic)
    };
    headers.get(REQUEST_ID).filter(sane).cloned().unwrap_or_else(|| {
        let mut text = Uuid::encode_buffer();
        let id = Uuid::new_v4().hyphenated().encode_lower(&mut text);
        HeaderValue::from_str(id).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
    })
}

/// What the caller says of its trace, once and well-formed; else it is as if it had said nothing.
fn traceparent(headers: &HeaderMap) -> Option<Traceparent<'_>> {
    let mut lines = headers.get_all(TRACEPARENT).into_iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return None };
    Traceparent::parse(line.to_str().ok()?)
}

/// A closed set: anybody may send `METHOD-OF-MY-OWN`.
fn method_name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &[u8]) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_bytes(value).unwrap())])
    }

    #[test]
    fn sane_request_ids_are_kept() {
        let long = "x".repeat(128);
        for id in ["1", "a-b_c:d/e", &long] {
            assert_eq!(request_id(&headers(REQUEST_ID, id.as_bytes())), id);
        }
        let too_long = "x".repeat(129);
        for id in ["", "with space", "tab\tbed", "ümlaut", &too_long] {
            let made = request_id(&headers(REQUEST_ID, id.as_bytes()));
            assert_ne!(made, id);
            assert!(Uuid::parse_str(made.to_str().unwrap()).is_ok(), "{made:?}");
        }
    }

    #[test]
    fn a_traceparent_counts_once_and_well_formed() {
        let valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let found = |headers: &HeaderMap| traceparent(headers).map(|found| found.trace_id().to_owned());
        let mut twice = headers(TRACEPARENT, valid.as_bytes());
        assert_eq!(found(&twice).as_deref(), Some("0af7651916cd43dd8448eb211c80319c"));
        twice.append(TRACEPARENT, HeaderValue::from_static("x"));
        assert_eq!(found(&twice), None);
        for wrong in [&b"nonsense"[..], b"", b"00-\xff"] {
            assert_eq!(found(&headers(TRACEPARENT, wrong)), None);
        }
    }
}
