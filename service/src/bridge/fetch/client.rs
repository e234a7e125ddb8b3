//! The HTTP client: connections, TLS, and what went wrong with either in our own words.

use std::error::Error;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use std::{io, vec};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::header::{ACCEPT_ENCODING, USER_AGENT};
use http::{HeaderValue, Request, Response, StatusCode, Uri};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, TrustAnchor};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use tokio::sync::Semaphore;
use tower::Service;

use super::failure::{Failure, Tls};
use crate::call::Location;

/// About the longest head of an answer (one that arrives at a stroke may be twice as long), and what is read at once.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// Most headers of an answer.
const MAX_HEADERS: usize = 100;

/// A connection that nobody used for so long is closed.
const IDLE: Duration = Duration::from_secs(30);

/// Connections of one origin that are kept for later.
const MAX_IDLE: usize = 32;

/// Names that are looked up at once. A lookup cannot be called off, and it takes a thread of those that large bodies are decoded
/// on: while a resolver does not answer, these few are all that wait for it.
const MAX_LOOKUPS: usize = 16;

const AGENT: HeaderValue = HeaderValue::from_static(concat!("arbex/", env!("CARGO_PKG_VERSION")));
const GZIP: HeaderValue = HeaderValue::from_static("gzip");

pub(super) type HttpClient = Client<InTime<HttpsConnector<HttpConnector<Resolver>>>, Empty<Bytes>>;

/// A connector that is given up when it takes too long, TLS and all. The client lets a connection that another request did not
/// wait for be finished in the background: without an end of its own, a host that is silent would keep it for ever.
#[derive(Clone)]
pub(super) struct InTime<C> {
    connector: C,
    timeout: Duration,
}

impl<C> Service<Uri> for InTime<C>
where
    C: Service<Uri, Error = Box<dyn Error + Send + Sync>>,
    C::Response: Send,
    C::Future: Send + 'static,
{
    type Response = C::Response;
    type Error = C::Error;
    type Future = BoxFuture<'static, Result<C::Response, C::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), C::Error>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connected = tokio::time::timeout(self.timeout, self.connector.call(uri));
        async move { connected.await.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into())) }.boxed()
    }
}

/// The system's resolver, a few names at once.
#[derive(Clone)]
pub(super) struct Resolver(Arc<Semaphore>);

/// A name that does not resolve.
#[derive(Debug, thiserror::Error)]
#[error("the name does not resolve")]
pub(super) struct Unresolved;

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = Unresolved;
    type Future = BoxFuture<'static, Result<Self::Response, Unresolved>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Unresolved>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let lookups = Arc::clone(&self.0);
        let resolved = async move {
            let permit = lookups.acquire_owned().await.map_err(|_| Unresolved)?;
            let lookup = move || {
                let _permit = permit;
                (name.as_str(), 0).to_socket_addrs()
            };
            tokio::task::spawn_blocking(lookup).await.map_err(|_| Unresolved)?.map_err(|_| Unresolved)
        };
        resolved.boxed()
    }
}

/// Certificates of authorities that an operator trusts beside the public ones.
#[derive(Debug, Clone, Default)]
pub struct CaBundle(Vec<TrustAnchor<'static>>);

impl CaBundle {
    /// The certificates of a PEM file; none when there is none in it, or one that cannot be read.
    pub fn parse(pem: &[u8]) -> Option<Self> {
        let mut store = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            store.add(certificate.ok()?).ok()?;
        }
        (!store.is_empty()).then_some(Self(store.roots))
    }
}

pub(super) fn new(ca: &CaBundle, connect_timeout: Duration) -> Result<HttpClient, String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    roots.roots.extend_from_slice(&ca.0);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let tls = tls.map_err(|error| error.to_string())?.with_root_certificates(roots).with_no_client_auth();

    let resolver = Resolver(Arc::new(Semaphore::new(MAX_LOOKUPS)));
    let mut connector = HttpConnector::new_with_resolver(resolver);
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(connect_timeout));
    let connector =
        HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(connector);

    let mut builder = Client::builder(TokioExecutor::new());
    builder.http1_max_buf_size(MAX_HEAD_BYTES).http1_max_headers(MAX_HEADERS);
    builder.pool_idle_timeout(IDLE).pool_max_idle_per_host(MAX_IDLE).pool_timer(TokioTimer::new());
    Ok(builder.build(InTime { connector, timeout: connect_timeout }))
}

/// The answer to a GET, its body still to be read. Any status but 200 is a failure: what comes with it is no input, and a
/// redirect leads to where the operator did not say.
pub(super) async fn get(client: &HttpClient, location: &Location) -> Result<Response<Incoming>, Failure> {
    let mut request = Request::new(Empty::new());
    *request.uri_mut() = location.uri();
    *request.headers_mut() = location.headers().clone();
    // A caller that signed these headers must find its own.
    request.headers_mut().entry(ACCEPT_ENCODING).or_insert(GZIP);
    request.headers_mut().entry(USER_AGENT).or_insert(AGENT);
    let answer = client.request(request).await.map_err(|error| {
        let is_connect = error.is_connect();
        cause(&error).unwrap_or(if is_connect { Failure::Unreachable } else { Failure::Broken })
    })?;
    match answer.status() {
        StatusCode::OK => Ok(answer),
        status => Err(Failure::Status(status.as_u16())),
    }
}

/// The first error in the chain that says what happened. Its own text is left behind: it may quote the address or the answer.
fn cause(error: &(dyn Error + 'static)) -> Option<Failure> {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<Unresolved>() {
            return Some(Failure::Unresolved);
        }
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(Failure::Tls(tls_cause(tls)));
        }
        if let Some(http) = error.downcast_ref::<hyper::Error>()
            && http.is_parse()
        {
            return Some(Failure::NotHttp);
        }
        if let Some(io) = error.downcast_ref::<io::Error>() {
            match io.kind() {
                io::ErrorKind::ConnectionRefused => return Some(Failure::Refused),
                io::ErrorKind::TimedOut => return Some(Failure::NoConnection),
                _ => {}
            }
            // An I/O error steps over the error it wraps when it is asked for its source.
            if let Some(inner) = io.get_ref() {
                next = Some(inner);
                continue;
            }
        }
        next = error.source();
    }
    None
}

fn tls_cause(error: &rustls::Error) -> Tls {
    use CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet, NotValidYetContext,
        UnknownIssuer,
    };

    match error {
        rustls::Error::InvalidCertificate(UnknownIssuer) => Tls::UnknownIssuer,
        rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => Tls::WrongName,
        rustls::Error::InvalidCertificate(
            Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. },
        ) => Tls::WrongTime,
        rustls::Error::InvalidCertificate(_) => Tls::BadCertificate,
        _ => Tls::Handshake,
    }
}
