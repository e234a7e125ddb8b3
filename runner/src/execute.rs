//! The call of `POST /execute`: sent again while the service is busy or its answer was lost, within a budget of time. What a script did
//! is an answer like any other and is never asked for again.

use std::time::{Duration, SystemTime};

use arbex_api::{Context, Envelope, Input, Problem};
use arbex_traces::{fail, note};
use bytes::{Bytes, BytesMut};
use heat_runtime::with_sources;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::time::Instant;
use tracing::{Instrument as _, Span};

use crate::certificates::Certificates;
use crate::failure::{Failure, Stage};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The same for all attempts: one search in the service's log finds them all.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// An envelope has the output, the console and the profile, each of which the service bounds; this only keeps a stranger at the
/// service's address from filling the memory.
const MAX_ANSWER_BYTES: usize = 256 << 20;
/// Of a problem's faults a status shows the first.
const MAX_FAULTS: usize = 5;

/// How the service is called.
#[derive(Clone, Debug)]
pub struct ExecuteSettings {
    /// Base URL.
    pub url: String,
    /// Sent as a bearer token.
    pub token: Option<String>,
    /// What the service may show beside certificates that the system trusts.
    pub certificates: Certificates,
    /// What one answer may take beyond the node's own `timeoutMs`: queue, compilation, transfer.
    pub margin: Duration,
    /// How long a call may be repeated, from its beginning; 0 sends it once.
    pub retry_budget: Duration,
}

/// Why a call was sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// 429 or 503: nothing was run.
    Busy,
    /// There was no connection: nothing was run.
    Unreachable,
    /// The answer did not come, or broke off.
    Lost,
}

impl Retry {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Busy, Self::Unreachable, Self::Lost];

    /// The value of the label `reason`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Unreachable => "unreachable",
            Self::Lost => "lost",
        }
    }
}

/// The request's members, with the configuration's text untouched.
#[derive(Serialize)]
struct Body<'r> {
    configuration: &'r RawValue,
    context: &'r Context,
    inputs: &'r [Input],
}

/// The service.
#[derive(Debug)]
pub struct ExecuteClient {
    client: Client,
    endpoint: reqwest::Url,
    margin: Duration,
    retry_budget: Duration,
}

/// One attempt that brought no envelope.
enum Missed {
    Again { why: Retry, wait: Option<Duration>, words: String },
    Final(Failure),
}

impl Missed {
    /// The `error.type` of the attempt's span.
    fn kind(&self) -> &'static str {
        match self {
            Self::Again { why, .. } => why.as_str(),
            Self::Final(_) => "refused",
        }
    }
}

impl ExecuteClient {
    /// Connects to nothing yet.
    ///
    /// # Errors
    ///
    /// Words for whoever wrote the settings.
    pub fn new(settings: &ExecuteSettings) -> Result<Self, String> {
        let url = reqwest::Url::parse(settings.url.trim()).map_err(|error| format!("--service-url: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || !url.username().is_empty() {
            return Err("--service-url: must be http:// or https://, without user and query".to_owned());
        }
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(token) = &settings.token {
            let bearer = HeaderValue::from_str(&format!("Bearer {token}"));
            let mut bearer =
                bearer.map_err(|_| "--service-token: has characters that no header can hold".to_owned())?;
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        let client = Client::builder()
            .tls_backend_preconfigured(settings.certificates.client_config()?)
            .http1_only()
            .default_headers(headers)
            .user_agent(concat!("arbex-runner/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| with_sources(&error))?;
        let endpoint = format!("{}/execute", url.as_str().trim_end_matches('/'));
        let endpoint = reqwest::Url::parse(&endpoint).map_err(|error| format!("--service-url: {error}"))?;
        Ok(Self { client, endpoint, margin: settings.margin, retry_budget: settings.retry_budget })
    }

    /// The longest that [`execute`](Self::execute) may take for a run of `timeout_ms`: what is signed for it must last as long.
    pub fn longest(&self, timeout_ms: u64) -> Duration {
        self.retry_budget + self.attempt_timeout(timeout_ms)
    }

    fn attempt_timeout(&self, timeout_ms: u64) -> Duration {
        // What is beyond an hour is refused by the service at once.
        Duration::from_millis(timeout_ms.min(3_600_000)) + self.margin
    }

    /// Has the service run a script. All attempts have the same body and the same `Idempotency-Key`.
    ///
    /// # Errors
    ///
    /// [`Stage::Service`]: refused, or no answer within the budget.
    pub async fn execute(
        &self,
        configuration: &RawValue,
        context: &Context,
        inputs: &[Input],
        timeout_ms: u64,
        key: &str,
        on_retry: impl Fn(Retry),
    ) -> Result<Envelope, Failure> {
        let body = serde_json::to_vec(&Body { configuration, context, inputs });
        let body = Bytes::from(body.map_err(|error| Failure::of(Stage::Service, "the request is no JSON", &error))?);
        let began = Instant::now();
        let mut next_wait = FIRST_WAIT;
        let mut attempts = 1_u32;
        loop {
            let span = self.span(attempts);
            let attempt = self.attempt(&body, timeout_ms, key, &span).instrument(span.clone()).await;
            let (why, told, words) = match attempt.inspect_err(|missed| fail(&span, missed.kind())) {
                Ok(envelope) => return Ok(envelope),
                Err(Missed::Final(failure)) => return Err(failure),
                Err(Missed::Again { why, wait, words }) => (why, wait, words),
            };
            // With a random part, so that many runners do not come back as one.
            let wait = next_wait.mul_f64(0.5 + fastrand::f64() / 2.0).max(told.unwrap_or_default());
            if began.elapsed() + wait > self.retry_budget {
                let waited_ms = began.elapsed().as_millis();
                let words =
                    format!("the Arbex service: {words}; gave up after {attempts} attempt(s) in {waited_ms} ms");
                return Err(Failure::new(Stage::Service, words));
            }
            let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            tracing::warn!(reason = why.as_str(), attempts, wait_ms, words, "execute is sent again");
            on_retry(why);
            tokio::time::sleep(wait).await;
            next_wait = (next_wait * 2).min(LONGEST_WAIT);
            attempts += 1;
        }
    }

    /// Of one attempt. What the service does for it continues its trace.
    fn span(&self, attempt: u32) -> Span {
        let span = arbex_traces::span!("POST /execute", otel.kind = "client");
        if !span.is_disabled() {
            note(&span, "http.request.method", "POST");
            note(&span, "http.request.resend_count", i64::from(attempt - 1));
            note(&span, "url.path", self.endpoint.path().to_owned());
            note(&span, "server.address", self.endpoint.host_str().unwrap_or_default().to_owned());
            note(&span, "server.port", i64::from(self.endpoint.port_or_known_default().unwrap_or_default()));
        }
        span
    }

    async fn attempt(&self, body: &Bytes, timeout_ms: u64, key: &str, span: &Span) -> Result<Envelope, Missed> {
        let endpoint = self.endpoint.clone();
        let mut request =
            self.client.post(endpoint).header(IDEMPOTENCY_KEY, key).header(REQUEST_ID, key).body(body.clone());
        if let Some(traceparent) = arbex_traces::traceparent(span) {
            request = request.header(TRACEPARENT, traceparent);
        }
        let response = request.timeout(self.attempt_timeout(timeout_ms)).send().await.map_err(no_answer)?;
        let (status, headers) = (response.status(), response.headers());
        note(span, "http.response.status_code", i64::from(status.as_u16()));
        let wait = headers.get(RETRY_AFTER).and_then(|value| retry_after(value.to_str().ok()?));
        let request_id = headers.get("x-request-id").and_then(|value| value.to_str().ok()).unwrap_or("none").to_owned();
        let answer = whole(response).await?;
        if status == StatusCode::OK {
            return serde_json::from_slice(&answer).map_err(|error| {
                let words = format!("the Arbex service answered no envelope (request {request_id}): {error}");
                Missed::Final(Failure::new(Stage::Service, words))
            });
        }
        let problem = serde_json::from_slice::<Problem>(&answer).ok();
        let words = format!("answered {} (request {request_id})", said(status, problem.as_ref()));
        match status {
            // 408: the body did not arrive, so nothing was run either.
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT => {
                Err(Missed::Again { why: Retry::Busy, wait, words })
            }
            // A gateway between us lost it; or, with our key, the first attempt still runs.
            StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT | StatusCode::CONFLICT => {
                Err(Missed::Again { why: Retry::Lost, wait, words })
            }
            _ => Err(Missed::Final(Failure::new(Stage::Service, format!("the Arbex service {words}")))),
        }
    }
}

/// Status, the service's own words, and its first faults.
fn said(status: StatusCode, problem: Option<&Problem>) -> String {
    let Some(problem) = problem else { return status.to_string() };
    if problem.errors.is_empty() {
        return format!("{}: {}: {}", status.as_u16(), problem.title, problem.detail);
    }
    let mut faults: Vec<_> =
        problem.errors.iter().take(MAX_FAULTS).map(|fault| format!("{}: {}", fault.pointer, fault.message)).collect();
    if problem.errors.len() > MAX_FAULTS {
        faults.push(format!("and {} more", problem.errors.len() - MAX_FAULTS));
    }
    format!("{}: {}", status.as_u16(), faults.join("; "))
}

fn no_answer(error: reqwest::Error) -> Missed {
    let why = if error.is_connect() { Retry::Unreachable } else { Retry::Lost };
    let words = match why {
        Retry::Unreachable => "cannot be reached",
        _ if error.is_timeout() => "did not answer in time",
        _ => "broke off its answer",
    };
    // Its URL is in the settings, and may hold what is nobody's business.
    let words = format!("{words} ({})", with_sources(&error.without_url()));
    Missed::Again { why, wait: None, words }
}

async fn whole(mut response: Response) -> Result<Bytes, Missed> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(no_answer)? {
        if chunk.len() > MAX_ANSWER_BYTES - body.len() {
            let words = format!("the Arbex service answered more than {MAX_ANSWER_BYTES} bytes");
            return Err(Missed::Final(Failure::new(Stage::Service, words)));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// `Retry-After`: seconds, or a date.
fn retry_after(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value.trim()).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(retry_after(" 7 "), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Thu, 01 Jan 1970 00:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(retry_after("soon"), None);
    }
}
