use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::signer::Signer;
use percent_encoding::percent_decode_str;
use reqwest::{Method, Response, StatusCode};
use serde::Deserialize;
use tokio::sync::OnceCell;
use url::Url;

use super::{Connector, http_client, retry_config};

/// What a connection string that is a URL does not say.
const DEFAULT_BUCKET: &str = "heat";
const DEFAULT_REGION: &str = "us-east-1";
/// How long the signature of a request we make at once is good for; clocks differ.
const SIGNED_FOR: Duration = Duration::from_secs(300);

type Failed = (&'static str, Box<dyn std::error::Error + Send + Sync>);

pub(super) struct S3 {
    pub(super) objects: AmazonS3,
    pub(super) bucket: String,
    region: String,
    /// What an uploaded blob's URL begins with.
    base_url: String,
    client: reqwest::Client,
    /// Whether the bucket was seen or made. Asked once a store.
    bucket_is_there: OnceCell<()>,
}

#[derive(Debug, PartialEq)]
struct Connection {
    bucket: String,
    region: String,
    access_key_id: String,
    secret_access_key: String,
    /// `None` is Amazon itself.
    endpoint: Option<String>,
}

impl S3 {
    pub(super) fn open(text: &str) -> Result<Self, String> {
        Self::connect(Connection::parse(text)?)
    }

    fn connect(connection: Connection) -> Result<Self, String> {
        let client = http_client()?;
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&connection.bucket)
            .with_region(&connection.region)
            .with_access_key_id(connection.access_key_id)
            .with_secret_access_key(connection.secret_access_key)
            .with_retry(retry_config())
            .with_http_connector(Connector(client.clone()));
        builder = match &connection.endpoint {
            Some(endpoint) => builder.with_endpoint(endpoint).with_virtual_hosted_style_request(false),
            // A certificate for one label does not cover a bucket with dots.
            None => builder.with_virtual_hosted_style_request(!connection.bucket.contains('.')),
        };
        let objects = builder.build().map_err(|error| format!("is refused: {error}"))?;
        let base_url = match &connection.endpoint {
            Some(endpoint) => format!("{endpoint}/{}", connection.bucket),
            None => format!("https://{}.s3.amazonaws.com", connection.bucket),
        };
        let (bucket, region) = (connection.bucket, connection.region);
        Ok(Self { objects, bucket, region, base_url, client, bucket_is_there: OnceCell::new() })
    }

    pub(super) fn url_of(&self, key: &str) -> String {
        format!("{}/{key}", self.base_url)
    }

    /// Creates the bucket unless it is there.
    pub(super) async fn ensure_bucket(&self) -> Result<(), Failed> {
        self.bucket_is_there.get_or_try_init(|| self.create_bucket_if_missing()).await.copied()
    }

    // object_store has no requests for buckets; its signer, asked for the empty path, signs one.
    async fn create_bucket_if_missing(&self) -> Result<(), Failed> {
        let found = self.bucket_request(Method::HEAD, None).await.map_err(|error| ("look for the bucket", error))?;
        // Whoever may not look may still be allowed to write: the upload tells.
        if found.status() != StatusCode::NOT_FOUND {
            return Ok(());
        }
        tracing::info!(bucket = self.bucket, "creating the bucket");
        let body = (self.region != DEFAULT_REGION).then(|| {
            format!("<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>{}</LocationConstraint></CreateBucketConfiguration>", self.region)
        });
        let created = self.bucket_request(Method::PUT, body).await.map_err(|error| ("create the bucket", error))?;
        match created.status() {
            // Someone else was faster.
            StatusCode::CONFLICT => Ok(()),
            status if status.is_success() => Ok(()),
            status => Err(("create the bucket", format!("the store answered {status}").into())),
        }
    }

    async fn bucket_request(
        &self,
        method: Method,
        body: Option<String>,
    ) -> Result<Response, Box<dyn std::error::Error + Send + Sync>> {
        let url = self.objects.signed_url(method.clone(), &Path::default(), SIGNED_FOR).await?;
        let request = self.client.request(method, url).body(body.unwrap_or_default());
        // The URL holds the signature.
        Ok(request.send().await.map_err(reqwest::Error::without_url)?)
    }
}

impl Connection {
    fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with('{') { Self::parse_json(text) } else { Self::parse_url(text) }
    }

    fn parse_json(text: &str) -> Result<Self, String> {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct Json {
            bucket_name: String,
            region: String,
            access_key_id: String,
            secret_access_key: String,
        }
        // serde_json's own words could quote a secret.
        let json: Json = serde_json::from_str(text).map_err(|error| {
            format!("is no JSON object of strings (line {}, column {})", error.line(), error.column())
        })?;
        let fields = [
            ("bucketName", &json.bucket_name),
            ("region", &json.region),
            ("accessKeyId", &json.access_key_id),
            ("secretAccessKey", &json.secret_access_key),
        ];
        if let Some((missing, _)) = fields.iter().find(|(_, value)| value.is_empty()) {
            return Err(format!("has no {missing}; it needs bucketName, region, accessKeyId and secretAccessKey"));
        }
        Ok(Self {
            bucket: json.bucket_name,
            region: json.region,
            access_key_id: json.access_key_id,
            secret_access_key: json.secret_access_key,
            endpoint: None,
        })
    }

    fn parse_url(text: &str) -> Result<Self, String> {
        let mut url = Url::parse(text).map_err(|error| format!("is neither a JSON object nor a URL: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("must begin with http:// or https://".to_owned());
        }
        let access_key_id = decoded(url.username())?;
        let secret_access_key = decoded(url.password().unwrap_or_default())?;
        if access_key_id.is_empty() || secret_access_key.is_empty() {
            return Err("must have the access key and the secret as user and password".to_owned());
        }
        url.set_query(None);
        url.set_fragment(None);
        let bare = url.set_username("").and_then(|()| url.set_password(None));
        bare.map_err(|()| "must have a host".to_owned())?;
        Ok(Self {
            bucket: DEFAULT_BUCKET.to_owned(),
            region: DEFAULT_REGION.to_owned(),
            access_key_id,
            secret_access_key,
            endpoint: Some(url.as_str().trim_end_matches('/').to_owned()),
        })
    }
}

/// A URL's user or password as it was meant.
pub(super) fn decoded(text: &str) -> Result<String, String> {
    let text = percent_decode_str(text).decode_utf8();
    text.map(String::from).map_err(|_| "has a user or a password that is not UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::extract::Request;

    use super::*;

    #[test]
    fn both_forms_are_read() {
        let json = r#"{"bucketName":"b","region":"eu-west-1","accessKeyId":"k","secretAccessKey":"s/+=","more":1}"#;
        let connection = Connection::parse(json).expect("JSON");
        assert_eq!(
            (connection.bucket.as_str(), connection.region.as_str(), connection.endpoint),
            ("b", "eu-west-1", None)
        );
        assert_eq!((connection.access_key_id.as_str(), connection.secret_access_key.as_str()), ("k", "s/+="));

        for (url, endpoint, secret) in [
            ("http://k:s@minio:9000", "http://minio:9000", "s"),
            ("http://k:s@minio:9000/", "http://minio:9000", "s"),
            ("https://k:s%2F%2B%3D@h.example/base/", "https://h.example/base", "s/+="),
        ] {
            let connection = Connection::parse(url).expect(url);
            assert_eq!((connection.bucket.as_str(), connection.region.as_str()), ("heat", "us-east-1"));
            assert_eq!((connection.endpoint.as_deref(), connection.access_key_id.as_str()), (Some(endpoint), "k"));
            assert_eq!(connection.secret_access_key, secret);
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_without_the_secret() {
        for (text, reason) in [
            (r#"{"bucketName":"b","region":"r","accessKeyId":"hush"}"#, "secretAccessKey"),
            (r#"{"bucketName":"","region":"r","accessKeyId":"hush","secretAccessKey":"hush"}"#, "bucketName"),
            (r#"{"bucketName":"b" "hush""#, "no JSON"),
            (r#"{"secretAccessKey":{"hush":1}}"#, "no JSON"),
            ("minio:9000", "http"),
            ("hush", "neither"),
            ("ftp://k:hush@h", "http"),
            ("http://h:9000", "user and password"),
            ("http://hush@h:9000", "user and password"),
        ] {
            let error = Connection::parse(text).expect_err(text);
            assert!(error.contains(reason) && !error.contains("hush"), "{text}: {error}");
        }
    }

    #[tokio::test]
    async fn urls_are_those_of_the_official_client() {
        let json = |bucket: &str| {
            format!(r#"{{"bucketName":"{bucket}","region":"eu-west-1","accessKeyId":"k","secretAccessKey":"s"}}"#)
        };
        for (text, uploaded, signed) in [
            (json("b"), "https://b.s3.amazonaws.com/a/c.json", "https://b.s3.eu-west-1.amazonaws.com/a/c.json?"),
            (json("b.d"), "https://b.d.s3.amazonaws.com/a/c.json", "https://s3.eu-west-1.amazonaws.com/b.d/a/c.json?"),
            (
                "http://k:s@minio:9000/".to_owned(),
                "http://minio:9000/heat/a/c.json",
                "http://minio:9000/heat/a/c.json?",
            ),
        ] {
            let s3 = S3::open(&text).expect(&text);
            assert_eq!(s3.url_of("a/c.json"), uploaded);
            let path = Path::parse("a/c.json").expect("a path");
            let url = s3.objects.signed_url(Method::GET, &path, Duration::from_secs(60)).await.expect("a signature");
            assert!(url.as_str().starts_with(signed) && url.as_str().contains("X-Amz-Expires=60"), "{url}");
        }
    }

    /// Asks a store for a bucket that answers so; gives what it was sent, and how that ended.
    async fn ensure(region: &str, head: u16, put: u16) -> (Vec<String>, Result<(), &'static str>) {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let log = sent.clone();
        let router = Router::new().fallback(move |request: Request| {
            let log = log.clone();
            async move {
                let (head_of, body) = request.into_parts();
                let body = to_bytes(body, usize::MAX).await.expect("a body");
                log.lock().expect("a lock").push(format!(
                    "{} {} {}",
                    head_of.method,
                    head_of.uri.path(),
                    String::from_utf8_lossy(&body)
                ));
                let status = if head_of.method == Method::HEAD { head } else { put };
                axum::http::Response::builder().status(status).body(Body::empty()).expect("a response")
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let s3 = S3::connect(Connection {
            bucket: "b".to_owned(),
            region: region.to_owned(),
            access_key_id: "k".to_owned(),
            secret_access_key: "s".to_owned(),
            endpoint: Some(endpoint),
        })
        .expect("a store");
        let first = s3.ensure_bucket().await.map_err(|(operation, _)| operation);
        if first.is_ok() {
            let asked = sent.lock().expect("a lock").len();
            s3.ensure_bucket().await.expect("the same");
            assert_eq!(sent.lock().expect("a lock").len(), asked, "what is known is not asked again");
        }
        let sent = sent.lock().expect("a lock").clone();
        (sent, first)
    }

    #[tokio::test]
    async fn a_bucket_that_is_missing_is_created_where_it_belongs() {
        let both = ["HEAD /b/ ", "PUT /b/ "];
        assert_eq!(ensure("us-east-1", 404, 200).await, (both.map(str::to_owned).to_vec(), Ok(())));
        assert_eq!(ensure("us-east-1", 404, 409).await.1, Ok(()));
        assert_eq!(ensure("us-east-1", 404, 403).await.1, Err("create the bucket"));
        for there_or_not_ours_to_see in [200, 403] {
            let expected = (vec![both[0].to_owned()], Ok(()));
            assert_eq!(ensure("us-east-1", there_or_not_ours_to_see, 500).await, expected);
        }
        let (sent, ended) = ensure("eu-west-1", 404, 200).await;
        assert_eq!(ended, Ok(()));
        assert!(sent[1].contains("<LocationConstraint>eu-west-1</LocationConstraint>"), "{sent:?}");
    }
}
