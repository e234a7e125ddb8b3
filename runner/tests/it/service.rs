//! The real service, as a process of its own that ends with the test.

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub struct Service {
    pub url: String,
    pub process: Child,
}

impl Service {
    pub async fn start(input_origin: &str) -> Self {
        Self::start_with("127.0.0.1:0", &["--slots", "4", "--input-origins", input_origin]).await
    }

    pub async fn start_with(address: &str, flags: &[&str]) -> Self {
        let mut process = Command::new(binary())
            .args(["serve", "--listen", address, "--admin-listen", "same", "--log-format", "json"])
            .args(flags)
            // Of these tests, and no setting of the service, which would say so.
            .env_remove("ARBEX_BIN")
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next_line().await.unwrap().expect("the service says where it listens");
            let event: Value = serde_json::from_str(&line).unwrap();
            if event["message"] == "listening" {
                break event["address"].as_str().unwrap().to_owned();
            }
        };
        // Read on: a full pipe would stop the service.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { url: format!("http://{address}"), process }
    }
}

/// `ARBEX_BIN`, else the one built beside these tests.
#[expect(clippy::disallowed_methods, reason = "a test has no settings")]
fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("ARBEX_BIN") {
        return path.into();
    }
    let tests = std::env::current_exe().unwrap();
    let path = tests.parent().and_then(|deps| deps.parent()).unwrap().join("arbex");
    assert!(
        path.exists(),
        "these tests call the real service, and {} is not there: build it with `cargo build --release -p arbex` (in the same \
         profile as the tests), or name one in ARBEX_BIN",
        path.display()
    );
    path
}
