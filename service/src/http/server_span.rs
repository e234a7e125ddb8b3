//! The span of a request, for a trace that is sent (docs/tracing.md). It begins before the request's line in the log knows its trace,
//! and continues the caller's. The one text of the caller in it is the request id, which was checked.

use arbex_traces::{Traceparent, fail, note, span};
use axum::extract::{MatchedPath, Request};
use axum::http::HeaderValue;
use axum::response::Response;
use tracing::{Span, field};

use super::idempotency::Replayed;
use super::observe::{RunSummary, is_polled};

/// Paths of ours are short, but for names below `/sdk`.
const MAX_PATH_CHARS: usize = 256;

/// A request's span; disabled where no traces are sent, and for what is asked every few seconds.
#[derive(Clone)]
pub(super) struct ServerSpan(Span);

impl ServerSpan {
    pub(super) fn begin(
        request: &Request,
        method: &'static str,
        route: Option<&MatchedPath>,
        id: &HeaderValue,
        caller: Option<&Traceparent<'_>>,
    ) -> Self {
        if route.is_some_and(|route| is_polled(route.as_str())) {
            return Self(Span::none());
        }
        let span = span!("request", otel.kind = "server", otel.name = field::Empty);
        if span.is_disabled() {
            return Self(span);
        }
        if let Some(caller) = caller {
            arbex_traces::continue_from(&span, caller);
        }
        note(&span, "http.request.method", method);
        note(&span, "arbex.request_id", id.to_str().unwrap_or_default().to_owned());
        match route.map(MatchedPath::as_str) {
            // A path that is none of ours is a caller's text.
            None => span.record("otel.name", method),
            Some(route) => {
                note(&span, "http.route", route.to_owned());
                let path: String = request.uri().path().chars().take(MAX_PATH_CHARS).collect();
                note(&span, "url.path", path);
                span.record("otel.name", format!("{method} {route}"))
            }
        };
        Self(span)
    }

    pub(super) fn span(&self) -> Span {
        self.0.clone()
    }

    /// For the log.
    pub(super) fn trace_id(&self) -> Option<String> {
        arbex_traces::trace_id(&self.0)
    }

    pub(super) fn end(&self, response: &Response) {
        let span = &self.0;
        if span.is_disabled() {
            return;
        }
        let status = response.status();
        note(span, "http.response.status_code", i64::from(status.as_u16()));
        if status.is_server_error() {
            fail(span, status.as_str());
        }
        if let Some(run) = response.extensions().get::<RunSummary>() {
            note(span, "arbex.run.status", run.status().as_str());
            if let Some(reason) = run.reason() {
                note(span, "arbex.reason", reason.as_str());
            }
        }
        if response.extensions().get::<Replayed>().is_some() {
            note(span, "arbex.replayed", true);
        }
    }

    pub(super) fn hung_up(&self) {
        fail(&self.0, "client_hung_up");
    }
}
