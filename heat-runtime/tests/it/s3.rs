//! Blobs over a real S3 server, in this process.

use std::time::Duration;

use heat_runtime::{ConnectionString, DataSource, DataSourceType, StoreError};
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::fake::fetch;

const KEY: &str = "minio";
/// With what a URL must escape.
const SECRET: &str = "se/c+r=t";

struct Server {
    address: String,
    root: TempDir,
}

impl Server {
    async fn start() -> Self {
        let root = TempDir::new().unwrap();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(root.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let service = builder.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let service = service.clone();
                tokio::spawn(async move {
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
                });
            }
        });
        Self { address, root }
    }

    fn data_source(&self, secret: &str) -> DataSource {
        let secret = secret.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D");
        data_source(DataSourceType::S3, &format!("http://{KEY}:{secret}@{}/", self.address))
    }
}

fn data_source(kind: DataSourceType, connection_string: &str) -> DataSource {
    let mut data_source = DataSource::default();
    data_source.name = "store".to_owned();
    data_source.r#type = kind as i64;
    data_source.connection_string = ConnectionString::from(connection_string);
    data_source
}

#[tokio::test]
async fn a_blob_goes_up_and_comes_back() {
    let server = Server::start().await;
    let store = server.data_source(SECRET).store().unwrap();
    assert!(!server.root.path().join("heat").exists());

    let blob: Vec<u8> = (0..200_000_u32).map(|number| number as u8).collect();
    for key in ["sessions/3f0c/nodes/72/tasks/900.json", "a b/ä%20+&?#.bin", "top"] {
        let url = store.upload_blob_as(key, blob.clone(), Some("application/json")).await.unwrap();
        assert_eq!(url, format!("http://{}/heat/{key}", server.address));
        assert_eq!(store.key_of(&url), key);
        assert_eq!(store.key_of(key), key);
        assert_eq!(store.get(key).await.unwrap(), blob);
        let info = store.head(key).await.unwrap();
        assert_eq!((info.size_bytes, info.content_type.as_deref()), (200_000, Some("application/json")));

        let url = store.presigned_get_url(key, Duration::from_secs(60)).await.unwrap();
        assert!(!url.contains(SECRET), "{url}");
        let (status, fetched) = fetch(&url).await;
        assert!(status == 200 && fetched == blob, "{status}");
        assert_eq!(fetch(&url.replace("X-Amz-Expires=60", "X-Amz-Expires=61")).await.0, 403);
        assert_eq!(fetch(url.split('?').next().unwrap()).await.0, 403);
    }
    // In place of what is there.
    store.upload_blob("top", "").await.unwrap();
    assert!(store.get("top").await.unwrap().is_empty());
    // And for a caller with one blob.
    let again = server.data_source(SECRET);
    again.upload_blob("one", "x").await.unwrap();
    assert_eq!(again.get("one").await.unwrap(), "x");
}

#[tokio::test]
async fn what_goes_wrong_has_its_name_and_no_secret() {
    let server = Server::start().await;
    let store = server.data_source(SECRET).store().unwrap();
    store.upload_blob("there", "x").await.unwrap();
    assert!(matches!(store.get("not/there").await.unwrap_err(), StoreError::NotFound { .. }));
    assert!(matches!(store.head("not/there").await.unwrap_err(), StoreError::NotFound { .. }));
    assert!(matches!(store.get("/there").await.unwrap_err(), StoreError::Key { .. }));

    let stranger = server.data_source("hush").store().unwrap();
    for error in [stranger.get("there").await.unwrap_err(), stranger.upload_blob("there", "y").await.unwrap_err()] {
        assert!(matches!(error, StoreError::Failed { .. }), "{error:?}");
        assert!(!format!("{error:?} {error} {stranger:?}").contains("hush"));
    }
    assert_eq!(store.get("there").await.unwrap(), "x");
}

#[test]
fn only_stores_of_blobs_are_opened() {
    assert!(
        matches!(data_source(DataSourceType::PostgreSql, "Host=x").store().unwrap_err(), StoreError::NoBlobs { kind, .. } if kind == "PostgreSql")
    );
    assert!(matches!(data_source(DataSourceType::S3, " ").store().unwrap_err(), StoreError::ConnectionString { .. }));
    let mut unknown = data_source(DataSourceType::S3, "x");
    unknown.r#type = 77;
    assert!(matches!(unknown.store().unwrap_err(), StoreError::NoBlobs { kind, .. } if kind == "77"));
    let secret = data_source(DataSourceType::S3, "http://k:hush@h");
    assert!(!format!("{secret:?} {:?}", secret.store()).contains("hush"));
}
