//! Blobs of a data source: S3 (and what speaks it, as MinIO) and Azure Blob Storage, over `object_store`.

mod azure;
mod key;
mod s3;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use object_store::client::{ClientOptions, HttpClient, HttpConnector};
use object_store::signer::Signer;
use object_store::{Attribute, Attributes, BackoffConfig, GetOptions, GetResult, ObjectStore, PutOptions, RetryConfig};
use reqwest::Method;

use self::azure::Azure;
use self::key::path;
use self::s3::S3;
use crate::dto::DataSourceType;
use crate::{DataSource, StoreError};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Silence on a connection; blobs may be large, so that the whole may take longer.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(900);

/// An open data source. Clones share connections.
#[derive(Clone)]
pub struct BlobStore {
    data_source: Arc<str>,
    backend: Arc<Backend>,
}

enum Backend {
    S3(S3),
    Azure(Azure),
}

/// What a store says of a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlobInfo {
    /// Its length in bytes.
    pub size_bytes: u64,
    /// Its `Content-Type`, where the store has one.
    pub content_type: Option<String>,
}

impl DataSource {
    /// Whether there is a connection string at all.
    ///
    /// # Errors
    ///
    /// [`StoreError::ConnectionString`] without one.
    pub fn validate(&self) -> Result<(), StoreError> {
        if self.connection_string.0.trim().is_empty() {
            return Err(self.unreadable("is empty"));
        }
        Ok(())
    }

    /// Opens the data source's store; sends nothing yet. Open it once and keep it: it holds connections.
    ///
    /// An S3 connection string is JSON, `{ bucketName, region, accessKeyId, secretAccessKey }`, or the URL of an endpoint with key and
    /// secret as user and password: then the bucket is `heat`, the region `us-east-1`, and the bucket stands in the path.
    ///
    /// An Azure connection string is a URL whose path is the container: `https://account.blob.core.windows.net/container`, read without
    /// credentials. Beyond the official client, it may bring a shared access signature as its query, or the account and its key as
    /// user and password; and the account may stand before the container, as emulators have it.
    ///
    /// # Errors
    ///
    /// [`StoreError::ConnectionString`], [`StoreError::NoBlobs`] for other kinds of data sources.
    pub fn store(&self) -> Result<BlobStore, StoreError> {
        self.validate()?;
        let text = self.connection_string.0.trim();
        let unreadable = |reason: String| self.unreadable(&reason);
        let backend = match self.kind() {
            Some(DataSourceType::S3) => Backend::S3(S3::open(text).map_err(unreadable)?),
            Some(DataSourceType::AzureBlob) => Backend::Azure(Azure::open(text).map_err(unreadable)?),
            other => {
                let kind = other.map(|kind| format!("{kind:?}")).unwrap_or_else(|| self.r#type.to_string());
                return Err(StoreError::NoBlobs { data_source: self.name.clone(), kind });
            }
        };
        Ok(BlobStore { data_source: self.name.as_str().into(), backend: Arc::new(backend) })
    }

    /// A blob's bytes; opens the store for this one.
    pub async fn get(&self, key: &str) -> Result<Bytes, StoreError> {
        self.store()?.get(key).await
    }

    /// Stores a blob and gives its URL; opens the store for this one.
    pub async fn upload_blob(&self, key: &str, data: impl Into<Bytes>) -> Result<String, StoreError> {
        self.store()?.upload_blob(key, data).await
    }

    fn unreadable(&self, reason: &str) -> StoreError {
        StoreError::ConnectionString { data_source: self.name.clone(), reason: reason.to_owned() }
    }
}

impl BlobStore {
    /// A blob's bytes, all of them. [`head`](Self::head) tells how many that will be.
    pub async fn get(&self, key: &str) -> Result<Bytes, StoreError> {
        let result = self.get_opts("get", key, GetOptions::default()).await?;
        result.bytes().await.map_err(|error| self.failed("get", key, error))
    }

    /// A blob's length and type.
    pub async fn head(&self, key: &str) -> Result<BlobInfo, StoreError> {
        let result = self.get_opts("head", key, GetOptions { head: true, ..GetOptions::default() }).await?;
        let content_type = result.attributes.get(&Attribute::ContentType).map(|value| value.as_ref().to_owned());
        Ok(BlobInfo { size_bytes: result.meta.size, content_type })
    }

    /// Stores a blob, in place of one that has the key already, and gives its URL, which holds no credentials. A bucket that is not
    /// there is created.
    pub async fn upload_blob(&self, key: &str, data: impl Into<Bytes>) -> Result<String, StoreError> {
        self.upload_blob_as(key, data, None).await
    }

    /// As [`upload_blob`](Self::upload_blob), with a `Content-Type`.
    pub async fn upload_blob_as(
        &self,
        key: &str,
        data: impl Into<Bytes>,
        content_type: Option<&str>,
    ) -> Result<String, StoreError> {
        let path = path(key)?;
        if let Backend::S3(s3) = &*self.backend {
            s3.ensure_bucket().await.map_err(|(operation, source)| StoreError::Failed {
                data_source: self.data_source.to_string(),
                operation,
                key: s3.bucket.clone(),
                source,
            })?;
        }
        let mut attributes = Attributes::new();
        if let Some(content_type) = content_type {
            attributes.insert(Attribute::ContentType, content_type.to_owned().into());
        }
        let options = PutOptions { attributes, ..PutOptions::default() };
        let stored = self.objects().put_opts(&path, data.into().into(), options).await;
        stored.map_err(|error| self.failed("upload", key, error))?;
        Ok(match &*self.backend {
            Backend::S3(s3) => s3.url_of(key),
            Backend::Azure(azure) => azure.url_of(key),
        })
    }

    /// A URL that lets whoever has it read this blob, and nothing else, until it expires; at most 7 days.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unsupported`] for Azure without an account key, and for keys that stand escaped in an Azure URL.
    pub async fn presigned_get_url(&self, key: &str, expires_in: Duration) -> Result<String, StoreError> {
        let path = path(key)?;
        let unsupported = |reason| StoreError::Unsupported {
            data_source: self.data_source.to_string(),
            operation: "presign",
            reason,
        };
        let signed = match &*self.backend {
            Backend::S3(s3) => s3.objects.signed_url(Method::GET, &path, expires_in).await,
            Backend::Azure(azure) => {
                azure.can_sign(key).map_err(unsupported)?;
                azure.objects.signed_url(Method::GET, &path, expires_in).await
            }
        };
        signed.map(String::from).map_err(|error| self.failed("presign", key, error))
    }

    /// The key of a data path: what follows this store's own URL where the path is such a URL, else the path itself.
    pub fn key_of<'a>(&self, data_path: &'a str) -> &'a str {
        let base = match &*self.backend {
            Backend::S3(s3) => s3.url_of(""),
            Backend::Azure(azure) => azure.url_of(""),
        };
        data_path.strip_prefix(base.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/')).unwrap_or(data_path)
    }

    async fn get_opts(&self, operation: &'static str, key: &str, options: GetOptions) -> Result<GetResult, StoreError> {
        let path = path(key)?;
        self.objects().get_opts(&path, options).await.map_err(|error| self.failed(operation, key, error))
    }

    fn objects(&self) -> &dyn ObjectStore {
        match &*self.backend {
            Backend::S3(s3) => &s3.objects,
            Backend::Azure(azure) => &azure.objects,
        }
    }

    fn failed(&self, operation: &'static str, key: &str, error: object_store::Error) -> StoreError {
        let (data_source, key) = (self.data_source.to_string(), key.to_owned());
        match error {
            object_store::Error::NotFound { .. } => StoreError::NotFound { data_source, key },
            source => StoreError::Failed { data_source, operation, key, source: source.into() },
        }
    }
}

impl fmt::Debug for BlobStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("BlobStore").field("data_source", &self.data_source).finish_non_exhaustive()
    }
}

/// Gives `object_store` our client: our TLS, our timeouts.
#[derive(Clone, Debug)]
struct Connector(reqwest::Client);

impl HttpConnector for Connector {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.0.clone()))
    }
}

fn http_client() -> Result<reqwest::Client, String> {
    let builder = crate::http::tls::client_builder().map_err(|error| error.to_string())?;
    let builder = builder.connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT).timeout(TOTAL_TIMEOUT);
    // A redirect would carry what was signed for one host to another.
    builder.redirect(reqwest::redirect::Policy::none()).build().map_err(|error| crate::error::with_sources(&error))
}

fn retry_config() -> RetryConfig {
    RetryConfig { backoff: BackoffConfig::default(), max_retries: 4, retry_timeout: Duration::from_secs(60) }
}
