//! Stores to fetch from: listeners that answer byte for byte what a test tells them, over TCP or TLS.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arbex::bridge::CaBundle;
use arbex::call::Origin;
use async_compression::tokio::write::GzipEncoder;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// One request that reached a store.
pub struct Asked {
    /// Path and query.
    pub target: String,
    /// The whole head, as it came.
    pub head: String,
    pub stream: Box<dyn Stream>,
}

impl Asked {
    /// Answer, and end the connection.
    pub async fn answer(mut self, bytes: &[u8]) {
        self.send(bytes).await;
        let _ = self.stream.shutdown().await;
    }

    /// A client that has read enough hangs up, which is its right.
    pub async fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }

    /// Wait until the client hangs up.
    pub async fn gone(&mut self) {
        let mut rest = [0; 64];
        while let Ok(1..) = self.stream.read(&mut rest).await {}
    }
}

/// A store that runs until it is dropped.
pub struct Store {
    pub port: u16,
    scheme: &'static str,
    connections: Arc<AtomicUsize>,
    task: AbortHandle,
}

impl Drop for Store {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Store {
    pub async fn start<F: Future<Output = ()> + Send>(
        handler: impl Fn(Asked) -> F + Send + Sync + Clone + 'static,
    ) -> Self {
        Self::listen("http", None, handler).await
    }

    pub async fn start_tls<F: Future<Output = ()> + Send>(
        identity: &Identity,
        handler: impl Fn(Asked) -> F + Send + Sync + Clone + 'static,
    ) -> Self {
        Self::listen("https", Some(identity.acceptor()), handler).await
    }

    async fn listen<F: Future<Output = ()> + Send>(
        scheme: &'static str,
        tls: Option<TlsAcceptor>,
        handler: impl Fn(Asked) -> F + Send + Sync + Clone + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let (handler, tls) = (handler.clone(), tls.clone());
                tokio::spawn(async move {
                    let stream: Box<dyn Stream> = match tls {
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => Box::new(stream),
                            Err(_) => return,
                        },
                        None => Box::new(stream),
                    };
                    if let Some(asked) = ask(stream).await {
                        handler(asked).await;
                    }
                });
            }
        });
        Self { port, scheme, connections, task: task.abort_handle() }
    }

    pub fn url(&self, target: &str) -> String {
        format!("{}://127.0.0.1:{}{target}", self.scheme, self.port)
    }

    pub fn origin(&self) -> Origin {
        Origin::parse(&self.url("")).unwrap()
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn ask(mut stream: Box<dyn Stream>) -> Option<Asked> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
        if !head.starts_with(b"G") {
            // As servers answer whoever speaks TLS to them.
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            return None;
        }
    }
    let head = String::from_utf8(head).ok()?;
    let target = head.strip_prefix("GET ")?.split(' ').next()?.to_owned();
    Some(Asked { target, head, stream })
}

/// An answer with its length, on a connection that ends with it.
pub fn ok(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

pub async fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzipEncoder::new(Vec::new());
    encoder.write_all(bytes).await.unwrap();
    encoder.shutdown().await.unwrap();
    encoder.into_inner()
}

/// A certificate of an authority of its own.
pub struct Identity {
    ca_pem: String,
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Identity {
    pub fn of(name: &str) -> Self {
        let mut params = CertificateParams::default();
        // Else the authorities of two identities would be taken for one.
        params.distinguished_name.push(DnType::CommonName, format!("the authority of {name}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &ca).unwrap();
        Self { ca_pem: ca.pem(), certificate: certificate.der().clone(), key: key.serialize_der() }
    }

    pub fn ca(&self) -> CaBundle {
        CaBundle::parse(self.ca_pem.as_bytes()).unwrap()
    }

    pub fn acceptor(&self) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let key = PrivateKeyDer::try_from(self.key.clone()).unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![self.certificate.clone()], key).unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}
