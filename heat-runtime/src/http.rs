//! The transport: the one place that knows the base URL, the token, timeouts and repetition, and how an answer is wrapped.

pub(crate) mod answer;
pub(crate) mod call;
pub mod retry;
pub(crate) mod tls;

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, Response, StatusCode};
use tracing::Instrument;

pub(crate) use self::answer::Answer;
pub(crate) use self::call::{Call, segment};
use self::retry::{Failure, Outcome, repeat};
pub use self::retry::{Repeat, RetryPolicy};
use crate::error::Request;
use crate::{Error, HeatRuntimeOptions};

#[derive(Debug)]
pub(crate) struct Transport {
    client: Client,
    base_url: String,
    request_timeout: Duration,
    max_response_bytes: usize,
    retry: RetryPolicy,
}

impl Transport {
    pub(crate) fn new(options: &HeatRuntimeOptions) -> Result<Self, Error> {
        let base_url = options.base_url()?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/plain, */*"));
        if let Some(token) = options.session_token.as_ref().filter(|token| !token.is_empty()) {
            let mut bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| Error::Options {
                field: "session_token",
                reason: "has characters that no HTTP header can hold".to_owned(),
            })?;
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        let client = tls::client_builder()?
            .default_headers(headers)
            .user_agent(concat!("heat-runtime/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(options.connect_timeout)
            .timeout(options.request_timeout)
            .build()
            .map_err(|error| Error::Options { field: "client", reason: crate::error::with_sources(&error) })?;
        Ok(Self {
            client,
            base_url,
            request_timeout: options.request_timeout,
            max_response_bytes: options.max_response_bytes,
            retry: options.retry.clone(),
        })
    }

    /// Sends a call, as often as its kind and the policy allow, and gives the answer's bytes when its status is 2xx.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer, Error> {
        let request = Request { call: call.name, method: call.method_name(), path: call.target() };
        let span = tracing::debug_span!("heat_call", call = request.call, method = request.method, path = request.path);
        let url = format!("{}{}", self.base_url, request.path);
        let attempt = |number| self.attempt(&call, &url, &request, number);
        repeat(&self.retry, call.repeat, attempt).instrument(span).await
    }

    async fn attempt(&self, call: &Call, url: &str, request: &Request, attempts: u32) -> Result<Answer, Failure> {
        let mut builder = self.client.request(call.method.clone(), url);
        builder = match &call.body {
            Some(body) => builder.header(CONTENT_TYPE, "application/json").body(body.clone()),
            // With a length of 0: some servers refuse a PUT that names none.
            None if call.method != Method::GET && call.method != Method::DELETE => builder.header(CONTENT_LENGTH, "0"),
            None => builder,
        };
        let response = builder.send().await.map_err(|error| self.no_answer(error, request, attempts))?;
        let status = response.status();
        let retry_after =
            response.headers().get(RETRY_AFTER).and_then(|value| retry::retry_after(value.to_str().ok()?));
        let content_type =
            response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = self.body(response, request, attempts).await;
        if status.is_success() {
            return Ok(Answer { request: request.clone(), content_type, body: body? });
        }
        let error = Error::Status {
            request: request.clone(),
            status: status.as_u16(),
            message: body.ok().and_then(|body| answer::message(&body)),
            retry_after,
            uncertain: false,
        };
        let outcome = match status {
            StatusCode::TOO_MANY_REQUESTS => Outcome::Refused,
            status if status.is_server_error() => Outcome::Uncertain,
            _ => Outcome::Final,
        };
        Err(Failure { error, outcome, retry_after })
    }

    async fn body(&self, mut response: Response, request: &Request, attempts: u32) -> Result<Bytes, Failure> {
        let limit_bytes = self.max_response_bytes;
        let mut body = BytesMut::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if chunk.len() <= limit_bytes - body.len() => body.extend_from_slice(&chunk),
                Ok(Some(_)) => {
                    let error = Error::TooLarge { request: request.clone(), limit_bytes };
                    return Err(Failure { error, outcome: Outcome::Final, retry_after: None });
                }
                Ok(None) => return Ok(body.freeze()),
                Err(error) => return Err(self.no_answer(error, request, attempts)),
            }
        }
    }

    fn no_answer(&self, error: reqwest::Error, request: &Request, attempts: u32) -> Failure {
        // Of a connection that was never made the server knows nothing.
        let outcome = match () {
            () if error.is_connect() => Outcome::Refused,
            () if error.is_builder() || error.is_redirect() => Outcome::Final,
            () => Outcome::Uncertain,
        };
        let request = request.clone();
        let error = if error.is_timeout() && !error.is_connect() {
            Error::Timeout { request, attempts, limit: self.request_timeout }
        } else {
            // The URL may hold what is nobody's business.
            Error::Connection { request, attempts, source: error.without_url().into() }
        };
        Failure { error, outcome, retry_after: None }
    }
}
