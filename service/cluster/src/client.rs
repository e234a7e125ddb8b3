//! The client of the API server: connections, one bounded GET at a time, and what went wrong in our own words.

use std::error::Error;
use std::io;
use std::time::{Duration, Instant};

use http::header::{ACCEPT, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kube::Client;
use kube::client::{AuthError, Body, ConfigExt as _};
use kube::core::Status;
use tokio::sync::Mutex;
use tower::{BoxError, Layer as _, ServiceExt as _, util::option_layer};

use super::failure::Failure;
use super::rbac::Access;
use super::source::ClusterSource;
use arbex_room::{Reserved, Room};

/// A connection that nobody used for so long is closed.
const IDLE: Duration = Duration::from_secs(30);

/// Connections that are kept for later.
const MAX_IDLE: usize = 32;

/// Longest answer that is a refusal. Also what the WebSocket handshake reads of one.
const MAX_REFUSAL_BYTES: usize = 64 * 1024;

/// Room is taken in steps of at least this size.
const STEP_BYTES: usize = 64 * 1024;

/// What is waited when the API server says 429 and not for how long.
const DEFAULT_WAIT: Duration = Duration::from_secs(1);

/// Longer than any run. A time that is much further off than this has no `Instant`.
const MAX_WAIT_SECONDS: u64 = 24 * 60 * 60;

/// The API server, once somebody asked for it.
pub(super) struct Api {
    source: ClusterSource,
    timeout: Duration,
    connect_timeout: Duration,
    /// Longest answer, in bytes.
    max_bytes: usize,
    client: Mutex<Option<Client>>,
}

/// The body of an answer, and the room it takes.
pub(super) struct Answer {
    pub bytes: Vec<u8>,
    pub reserved: Reserved,
}

impl Api {
    pub(super) fn new(source: ClusterSource, timeout: Duration, connect_timeout: Duration, max_bytes: usize) -> Self {
        Self { source, timeout, connect_timeout, max_bytes, client: Mutex::default() }
    }

    /// A client, made when the first is wanted and again when its credentials expire. One that cannot be made is tried again
    /// for the next who asks: what it reads may be mounted later.
    pub(super) async fn client(&self) -> Result<Client, Failure> {
        let mut kept = self.client.lock().await;
        if let Some(client) = &*kept
            && client.valid_until().is_none_or(|until| jiff::Timestamp::now() < until)
        {
            return Ok(client.clone());
        }
        let config = self.source.config().await.map_err(Failure::NoCluster)?;
        let connect_timeout = self.connect_timeout;
        // A kubeconfig may name a program to be asked for credentials.
        let made = tokio::task::spawn_blocking(move || make(&config, connect_timeout)).await;
        let client = made.unwrap_or(Err("the client could not be made")).map_err(Failure::NoCluster)?;
        *kept = Some(client.clone());
        Ok(client)
    }

    /// What the API server answers to a GET of `target`, which is `access`. When it is busy it is asked again as it says, as
    /// long as that is before `deadline`.
    pub(super) async fn get(
        &self,
        access: &Access,
        namespace: Option<&str>,
        target: &Request<Vec<u8>>,
        deadline: Instant,
        room: &Room,
    ) -> Result<Answer, Failure> {
        loop {
            let asked = self.get_once(access, namespace, target, room);
            let late = Failure::Late { timeout_ms: u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX) };
            let wait = match tokio::time::timeout(self.timeout, asked).await.unwrap_or(Err(late))? {
                Asked::Answer(answer) => return Ok(answer),
                Asked::Wait(wait) => wait,
            };
            if deadline <= Instant::now() + wait {
                return Err(Failure::Busy { wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) });
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn get_once(
        &self,
        access: &Access,
        namespace: Option<&str>,
        target: &Request<Vec<u8>>,
        room: &Room,
    ) -> Result<Asked, Failure> {
        let client = self.client().await?;
        let mut request = Request::new(Body::empty());
        request.uri_mut().clone_from(target.uri());
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        let answer = client.send(request).await.map_err(|error| failure(&error))?;
        let (head, body) = answer.into_parts();
        match head.status {
            StatusCode::OK => read(body, self.max_bytes, room).await.map(Asked::Answer),
            StatusCode::TOO_MANY_REQUESTS => Ok(Asked::Wait(wait(&head.headers))),
            status => {
                let read = read(body, MAX_REFUSAL_BYTES, room).await;
                // Whatever stands between may answer with a page of its own, which is nobody's to see.
                let told = read.ok().and_then(|answer| serde_json::from_slice::<Status>(&answer.bytes).ok());
                let (reason, message) = told.map(|told| (told.reason, told.message)).unwrap_or_default();
                Err(Failure::refused(access, namespace, status.as_u16(), &reason, &message))
            }
        }
    }

    /// Longest wait for an answer, in milliseconds.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }
}

enum Asked {
    Answer(Answer),
    Wait(Duration),
}

/// Seconds; the other form, a date, is not one that the API server gives.
fn wait(headers: &HeaderMap) -> Duration {
    let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let seconds = seconds.filter(|&seconds: &u64| 0 < seconds).map(|seconds| seconds.min(MAX_WAIT_SECONDS));
    seconds.map_or(DEFAULT_WAIT, Duration::from_secs)
}

/// The library's own stack without its log lines, which hold addresses, and without its repetitions, which know no deadline.
fn make(config: &kube::Config, connect_timeout: Duration) -> Result<Client, &'static str> {
    const REFUSED: &str = "the credentials for it cannot be used";
    let told = |error: kube::Error| {
        tracing::debug!(error = &error as &dyn Error, "no client");
        REFUSED
    };
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(connect_timeout));
    let connector = config.rustls_https_connector_with_connector(connector).map_err(told)?;
    let mut builder = HyperClient::builder(TokioExecutor::new());
    builder.pool_idle_timeout(IDLE).pool_max_idle_per_host(MAX_IDLE).pool_timer(TokioTimer::new());
    let service = builder.build::<_, Body>(connector).map_err(BoxError::from);
    // A refusal of the WebSocket handshake is read by the library, whole.
    let service = service.map_response(|answer: Response<_>| {
        let is_refusal = answer.status().is_client_error() || answer.status().is_server_error();
        let max_bytes = if is_refusal { MAX_REFUSAL_BYTES } else { usize::MAX };
        answer.map(|body| Limited::new(body, max_bytes))
    });
    let service = config.extra_headers_layer().map_err(told)?.layer(service);
    let service = option_layer(config.auth_layer().map_err(told)?).layer(service);
    let service = config.base_uri_layer().layer(service.map_err(BoxError::from));
    Ok(Client::new(service, config.default_namespace.clone()))
}

async fn read(mut body: Body, max_bytes: usize, room: &Room) -> Result<Answer, Failure> {
    let mut reserved = room.reserve(0).ok_or(Failure::NoRoom)?;
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(chunk) = frame.map_err(|_| Failure::Broken)?.into_data() else { continue };
        let wanted = bytes.len() + chunk.len();
        if max_bytes < wanted {
            return Err(Failure::TooLarge { max_bytes });
        }
        if bytes.capacity() < wanted {
            let capacity = wanted.max(bytes.capacity() * 2).max(STEP_BYTES);
            reserved.grow(room, capacity).ok_or(Failure::NoRoom)?;
            bytes.reserve_exact(capacity - bytes.len());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Answer { bytes, reserved })
}

/// The first error in the chain that says what happened. Its own text goes to the log alone, and there only for who looks.
pub(super) fn failure(error: &(dyn Error + 'static)) -> Failure {
    tracing::debug!(error, "the API server was not reached");
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<AuthError>() {
            return Failure::NoCluster("the credentials for it cannot be used");
        }
        if error.is::<rustls::Error>() {
            return Failure::Tls;
        }
        if let Some(http) = error.downcast_ref::<hyper_util::client::legacy::Error>()
            && http.is_connect()
            && !is_tls(error)
        {
            return Failure::Unreachable;
        }
        if let Some(io) = error.downcast_ref::<io::Error>() {
            if matches!(io.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::TimedOut) {
                return Failure::Unreachable;
            }
            // An I/O error steps over the error it wraps when it is asked for its source.
            if let Some(inner) = io.get_ref() {
                next = Some(inner);
                continue;
            }
        }
        next = error.source();
    }
    Failure::Broken
}

fn is_tls(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<rustls::Error>() {
            return true;
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    false
}
