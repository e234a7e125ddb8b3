//! `just demo`: all that a `system-arbex-js` node needs, on this machine. A developer Core and an S3 store in this process, the service
//! and the runner beside it; a CSV is uploaded as the output of a node, and the task of the node below it goes through.

#![allow(clippy::indexing_slicing, reason = "only JSON is indexed, where what is not there is null")]

#[path = "support/processes.rs"]
mod processes;

use std::io::{self, Write};
use std::time::Duration;

use heat_core_dev::{Core, CoreHandle, CoreOptions};
use heat_runtime::{BlobStore, HeatRuntime, HeatRuntimeOptions, NewNodeOutput};
use serde_json::{Value, json};

use processes::Done;

const SCRIPT: &str = include_str!("../../examples/sales-by-region.js");
const CSV: &str = include_str!("../../examples/sales.csv");
const SESSION: &str = "3f0c7c1e-1111-4222-8333-444455556666";
const INPUT_NODE: i64 = 1;
const ARBEX_NODE: i64 = 2;
const STORE: i64 = 1;

#[tokio::main]
async fn main() -> Done<()> {
    let root = tempfile::TempDir::new()?;
    let s3 = processes::s3_server(root.path()).await?;
    let core = core(&s3)?;
    say(&format!("Core     {}   (its journal: {}/__dev/journal)", core.base_url(), core.base_url()))?;
    say(&format!("S3       http://{s3}"))?;
    let binaries = processes::binaries()?;
    let (_service, service) = processes::service(&binaries, &s3).await?;
    say(&format!("service  {service}   (a page to try scripts on)"))?;
    let mut runner = processes::runner(&binaries, &core.base_url(), &service)?;
    let flags = ["--admin-listen", "127.0.0.1:0", "--poll-ms", "100", "--log-format", "text"];
    let _runner = runner.args(flags).spawn()?;

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

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}
