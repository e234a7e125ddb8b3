//! Posts batches to the collector.

use std::error::Error;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{HttpClient, HttpError};
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::{Builder, Runtime};

/// One attempt, from the look-up of the name to the last byte of the answer.
const ATTEMPT: Duration = Duration::from_secs(5);

/// An answer says how many spans were refused, and why.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// A failure's words come from the network.
const MAX_FAILURE_CHARS: usize = 200;

/// Why the last batch was not taken, in words.
pub(crate) type LastFailure = Arc<Mutex<String>>;

/// The batches come from a thread of the library's own, which waits for each: so the client has a runtime of its own, on that thread, and
/// what the process does else neither waits for it nor holds it up.
#[derive(Debug)]
pub(crate) struct Client {
    runtime: Runtime,
    http: hyper_util::client::legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    failure: LastFailure,
}

impl Client {
    pub(crate) fn new() -> Result<Self, String> {
        let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(2).thread_name("traces").build();
        let runtime = runtime.map_err(|error| format!("traces: {error}"))?;
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let tls = tls.map_err(|error| format!("traces: tls: {error}"))?;
        let tls = tls.with_root_certificates(roots).with_no_client_auth();
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
        let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
            // Between two batches nobody turns the runtime, so nobody would see that a kept connection has ended.
            .pool_max_idle_per_host(0)
            .build(connector);
        Ok(Self { runtime, http, failure: LastFailure::default() })
    }

    pub(crate) fn failure(&self) -> LastFailure {
        Arc::clone(&self.failure)
    }

    async fn post(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = self.http.request(request.map(Full::new)).await?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await?.to_bytes();
        Ok(Response::from_parts(head, body))
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let attempt = async { tokio::time::timeout(ATTEMPT, self.post(request)).await };
        let answered = match self.runtime.block_on(attempt) {
            Ok(answered) => answered,
            Err(_) => Err(format!("no answer within {} ms", ATTEMPT.as_millis()).into()),
        };
        let words = match &answered {
            Ok(answer) if answer.status().is_success() => return answered,
            Ok(answer) => format!("it answers {}", answer.status()),
            Err(error) => with_sources(&**error),
        };
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = words.chars().take(MAX_FAILURE_CHARS).collect();
        answered
    }
}

fn with_sources(error: &(dyn Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        // Writing to a string cannot fail.
        let _ = write!(words, ": {error}");
        source = error.source();
    }
    words
}
