//! Blobs over Azurite, the Azure emulator, where npm can bring it.

use std::process::Stdio;
use std::time::Duration;

use heat_runtime::{BlobStore, ConnectionString, DataSource, DataSourceType, StoreError};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::fake::fetch;
use crate::npm;

const START: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/azurite/azurite.mjs");

/// A running emulator and what its script says of it; ends with this.
struct Azurite {
    _child: Child,
    said: Value,
}

impl Azurite {
    async fn start() -> Option<Self> {
        let folder = npm::packages("the test against Azurite", &["azurite@3", "@azure/storage-blob@12"]).await?;
        let mut node = Command::new("node");
        node.arg(START)
            .arg(&folder)
            .env_remove("NODE_OPTIONS")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = node.spawn().unwrap();
        let line = BufReader::new(child.stdout.take().unwrap()).lines().next_line().await.unwrap();
        let said = serde_json::from_str(&line.expect("azurite's script ended without a word")).unwrap();
        Some(Self { _child: child, said })
    }

    fn store(&self, user: &str, path: &str, query: &str) -> BlobStore {
        let mut data_source = DataSource::default();
        data_source.name = "store".to_owned();
        data_source.r#type = DataSourceType::AzureBlob as i64;
        let url = format!(
            "http://{user}127.0.0.1:{}/{}/{path}{query}",
            self.said["port"],
            self.said["account"].as_str().unwrap()
        );
        data_source.connection_string = ConnectionString(url);
        data_source.store().unwrap()
    }

    fn with_key(&self) -> BlobStore {
        let key = self.said["key"].as_str().unwrap().replace('/', "%2F").replace('+', "%2B").replace('=', "%3D");
        self.store(&format!("{}:{key}@", self.said["account"].as_str().unwrap()), "assets", "")
    }
}

#[tokio::test]
async fn a_blob_goes_up_and_comes_back() {
    let Some(azurite) = Azurite::start().await else { return };
    let with_key = azurite.with_key();
    let with_signature = azurite.store("", "assets", &format!("?{}", azurite.said["sas"].as_str().unwrap()));
    let anonymous = azurite.store("", "assets", "");

    let blob: Vec<u8> = (0..100_000_u32).map(|number| number as u8).collect();
    for store in [&with_key, &with_signature] {
        for (key, escaped) in
            [("sessions/3f0c/900.json", "sessions/3f0c/900.json"), ("a b/ä&.bin", "a%20b/%C3%A4&.bin")]
        {
            let url = store.upload_blob_as(key, blob.clone(), Some("text/x")).await.unwrap();
            assert_eq!(url, format!("http://127.0.0.1:{}/devstoreaccount1/assets/{escaped}", azurite.said["port"]));
            assert_eq!(store.get(key).await.unwrap(), blob);
            let info = store.head(key).await.unwrap();
            assert_eq!((info.size_bytes, info.content_type.as_deref()), (100_000, Some("text/x")));
        }
        assert!(matches!(store.get("not/there").await.unwrap_err(), StoreError::NotFound { .. }));
    }

    let signed = with_key.presigned_get_url("sessions/3f0c/900.json", Duration::from_secs(60)).await.unwrap();
    let (status, fetched) = fetch(&signed).await;
    assert!(status == 200 && fetched == blob, "{status}");
    assert_ne!(fetch(signed.split('?').next().unwrap()).await.0, 200);
    for store in [&with_signature, &anonymous] {
        let error = store.presigned_get_url("top", Duration::from_secs(60)).await.unwrap_err();
        assert!(matches!(error, StoreError::Unsupported { .. }), "{error:?}");
    }
    assert!(anonymous.get("sessions/3f0c/900.json").await.is_err());
    assert!(anonymous.upload_blob("x", "x").await.is_err());
}
