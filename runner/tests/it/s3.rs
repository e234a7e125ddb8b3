//! An S3 server over files, which fails on order and remembers what was written when.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use s3s::Body;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// What happens to an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upload {
    /// 503, and nothing is stored.
    Refused,
    /// Stored, and then 500.
    StoredAndRefused,
    /// Stored, and then the connection closes without an answer.
    StoredAndDropped,
    /// No answer, and nothing is stored.
    Hangs,
    /// Stored, and no answer.
    StoredAndHangs,
    /// Stored after this time.
    Late(Duration),
}

impl Upload {
    fn stores(self) -> bool {
        matches!(self, Self::StoredAndRefused | Self::StoredAndDropped | Self::StoredAndHangs | Self::Late(_))
    }
}

#[derive(Clone)]
pub struct S3 {
    pub address: String,
    shared: Arc<Shared>,
}

struct Shared {
    service: S3Service,
    orders: Mutex<VecDeque<Upload>>,
    /// The paths of uploads that were stored and when, in order.
    stored: Mutex<Vec<(String, Timestamp)>>,
    _root: TempDir,
}

impl S3 {
    pub async fn start() -> Self {
        let root = TempDir::new().unwrap();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(root.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single("minio", "minio123"));
        let service = builder.build();
        let shared = Shared { service, orders: Mutex::default(), stored: Mutex::default(), _root: root };
        let shared = Arc::new(shared);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let serving = shared.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let shared = serving.clone();
                let service = service_fn(move |request| answer(shared.clone(), request));
                tokio::spawn(async move {
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
                });
            }
        });
        Self { address, shared }
    }

    /// What the service has to list in `--input-origins`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn connection_string(&self) -> String {
        format!("http://minio:minio123@{}", self.address)
    }

    /// The next uploads go so, one after the other.
    pub fn order(&self, uploads: impl IntoIterator<Item = Upload>) {
        self.shared.orders.lock().unwrap().extend(uploads);
    }

    pub fn orders_left(&self) -> usize {
        self.shared.orders.lock().unwrap().len()
    }

    pub fn clear_orders(&self) {
        self.shared.orders.lock().unwrap().clear();
    }

    /// The paths of what was uploaded and when, in order.
    pub fn stored(&self) -> Vec<(String, Timestamp)> {
        self.shared.stored.lock().unwrap().clone()
    }
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> io::Result<Response<Body>> {
    // A path of one part is the bucket.
    let is_upload = request.method() == Method::PUT && request.uri().path().trim_matches('/').contains('/');
    let path = request.uri().path().to_owned();
    let order = if is_upload { shared.orders.lock().unwrap().pop_front() } else { None };
    if let Some(Upload::Late(wait)) = order {
        tokio::time::sleep(wait).await;
    }
    let mut response = None;
    if order.is_none_or(Upload::stores) {
        let answered = hyper::service::Service::call(&shared.service, request).await;
        let answered = answered.map_err(|error| io::Error::other(format!("{error:?}")))?;
        if is_upload && answered.status().is_success() {
            shared.stored.lock().unwrap().push((path, Timestamp::now()));
        }
        response = Some(answered);
    }
    let failed = |status: StatusCode| Response::builder().status(status).body(Body::empty()).map_err(io::Error::other);
    match order {
        Some(Upload::Refused) => failed(StatusCode::SERVICE_UNAVAILABLE),
        Some(Upload::StoredAndRefused) => failed(StatusCode::INTERNAL_SERVER_ERROR),
        Some(Upload::StoredAndDropped) => Err(io::Error::other("dropped, as ordered")),
        Some(Upload::Hangs | Upload::StoredAndHangs) => std::future::pending().await,
        Some(Upload::Late(_)) | None => response.ok_or_else(|| io::Error::other("an answer")),
    }
}
