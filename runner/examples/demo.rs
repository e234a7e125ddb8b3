//! `just demo`: all that a `system-arbex-js` node needs, on this machine. A developer Core and an S3 store in this process, the service
//! and the runner beside it; a CSV is uploaded as the output of a node, and the task of the node below it goes through.

#![allow(clippy::indexing_slicing, reason = "only JSON is indexed, where what is not there is null")]

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use heat_core_dev::{Core, CoreHandle, CoreOptions};
use heat_runtime::{BlobStore, HeatRuntime, HeatRuntimeOptions, NewNodeOutput};
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

const SCRIPT: &str = include_str!("../../examples/sales-by-region.js");
const CSV: &str = include_str!("../../examples/sales.csv");
const SESSION: &str = "3f0c7c1e-1111-4222-8333-444455556666";
const INPUT_NODE: i64 = 1;
const ARBEX_NODE: i64 = 2;
const STORE: i64 = 1;

type Done<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Done<()> {
    let root = tempfile::TempDir::new()?;
    let s3 = s3_server(root.path()).await?;
    let core = core(&s3)?;
    say(&format!("Core     {}   (its journal: {}/__dev/journal)", core.base_url(), core.base_url()))?;
    say(&format!("S3       http://{s3}"))?;
    let binaries = std::env::current_exe()?;
    let binaries =
        binaries.parent().and_then(Path::parent).ok_or("the demo is where cargo builds examples")?.to_owned();
    let (_service, service) = service(&binaries, &s3).await?;
    say(&format!("service  {service}   (a page to try scripts on)"))?;
    let _runner = runner(&binaries, &core, &service)?;

    let client = HeatRuntime::new(HeatRuntimeOptions::new(core.base_url()))?;
    let store = client.get_data_source_by_id(STORE).await?.store()?;
    store.upload_blob_as("uploads/sales.csv", CSV, Some("text/csv")).await?;
    let output = NewNodeOutput {
        node_instance_id: INPUT_NODE,
        configuration: "{}".to_owned(),
        data_source_id: STORE,
        data_path: "uploads/sales.csv".to_owned(),
        output_identifier: "upload".to_owned(),
        ..NewNodeOutput::default()
    };
    // Core makes a task of it: the node below has all its parents' outputs now.
    client.create_node_output(INPUT_NODE, &output).await?;
    say(&format!(
        "\nuploaded {} bytes of CSV as the output of node {INPUT_NODE}; node {ARBEX_NODE} has a task",
        CSV.len()
    ))?;

    show(&core, &store).await?;
    say("\nall of it runs on until Ctrl-C; other uploads: POST /api/nodes/1/output of Core")?;
    tokio::signal::ctrl_c().await?;
    Ok(())
}

/// Waits for the end of the task, and prints what it left.
async fn show(core: &CoreHandle, store: &BlobStore) -> Done<()> {
    for _ in 0..600 {
        let audit = core.audit();
        if audit.tasks > 0 && audit.unended.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for event in core.journal() {
        say(&format!("  {}  task {}  {:?}", event.at, event.task_id, event.kind))?;
    }
    let node = core.node(ARBEX_NODE).unwrap_or_default();
    say(&format!("node {ARBEX_NODE}: lastState {}, {}", node["lastState"], node["statusDetails"]))?;
    for output in core.outputs(ARBEX_NODE) {
        say(&format!("\noutput {} ({}) at {}", output.id, output.output_identifier, output.data_path))?;
        let envelope: Value = serde_json::from_slice(&store.get(&output.data_path).await?)?;
        say(&serde_json::to_string_pretty(&envelope)?)?;
    }
    Ok(())
}

fn core(s3: &str) -> Done<CoreHandle> {
    let configuration = json!({ "script": SCRIPT, "parent": { "nodeInstanceName": "upload", "mode": "latest" } });
    let seed = json!({
        "config": { "runner_config.default_store": "HEAT Managed Object Store" },
        "dataSources": [{
            "id": STORE, "name": "HEAT Managed Object Store", "type": 4, "connectionString": format!("http://minio:minio123@{s3}")
        }],
        "runnerTypes": [{ "id": 1, "name": "arbex", "containerImage": "arbex", "enabled": true }],
        "nodeTemplates": [
            { "id": 1, "name": "input-node", "type": "Input" },
            { "id": 2, "name": "system-arbex-js", "type": "Transform", "supportedRunnerIds": [1] }
        ],
        "sessionTemplates": [{ "id": 1, "name": "one script", "configuration": "{}" }],
        "projects": [{ "id": 1, "title": "Demo", "ownerId": 1, "defaultSessionTemplateId": 1 }],
        "sessions": [{ "id": SESSION, "name": "demo", "projectId": 1, "sessionTemplateId": 1 }],
        "nodes": [
            { "id": INPUT_NODE, "sessionId": SESSION, "nodeTemplateId": 1, "name": "upload" },
            { "id": ARBEX_NODE, "sessionId": SESSION, "nodeTemplateId": 2, "name": "sales-by-region", "parentIds": [INPUT_NODE],
              "configuration": configuration.to_string() }
        ]
    });
    Ok(Core::start(CoreOptions { seed: serde_json::from_value(seed)?, ..CoreOptions::default() })?)
}

async fn service(binaries: &Path, s3: &str) -> Done<(Child, String)> {
    let mut process = command(binaries.join("arbex"))?
        .args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "same", "--log-format", "json"])
        .args(["--input-origins", &format!("http://{s3}")])
        .stderr(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(process.stderr.take().ok_or("the service has a log")?).lines();
    while let Some(line) = lines.next_line().await? {
        let event: Value = serde_json::from_str(&line)?;
        if let (Some("listening"), Some(address)) = (event["message"].as_str(), event["address"].as_str()) {
            let url = format!("http://{address}");
            // Read on: a full pipe would stop the service.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok((process, url));
        }
    }
    Err("the service did not start".into())
}

fn runner(binaries: &Path, core: &CoreHandle, service: &str) -> Done<Child> {
    let mut command = command(binaries.join("arbex-runner"))?;
    command.args(["--core-url", &core.base_url(), "--service-url", service, "--admin-listen", "127.0.0.1:0"]);
    Ok(command.args(["--poll-ms", "100", "--log-format", "text"]).spawn()?)
}

/// A process that ends with this one.
fn command(path: PathBuf) -> Done<Command> {
    if !path.exists() {
        return Err(format!("{} is not there: `just demo` builds it", path.display()).into());
    }
    let mut command = Command::new(path);
    command.kill_on_drop(true);
    Ok(command)
}

async fn s3_server(root: &Path) -> Done<String> {
    let files = FileSystem::new(root).map_err(|error| format!("{}: {error:?}", root.display()))?;
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_auth(SimpleAuth::from_single("minio", "minio123"));
    let service = builder.build();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
            });
        }
    });
    Ok(address)
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}
