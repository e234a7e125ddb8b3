//! A store that cannot sign URLs: the bytes of inputs go inline, and outputs are stored there all the same.

use std::process::Stdio;

use arbex_runner::outputs::InputsBy;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::npm;
use crate::service::Service;
use crate::world::{ARBEX, PARENT, SESSION, SUM, World, latest};

const START: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../heat-runtime/tests/azurite/azurite.mjs");

#[tokio::test(flavor = "multi_thread")]
async fn azure_with_a_shared_access_signature_is_read_by_the_runner() {
    let packages = ["azurite@3", "@azure/storage-blob@12"];
    let Some(folder) = npm::packages("the run with Azurite", &packages).await else { return };
    let mut node = Command::new("node");
    node.arg(START).arg(&folder).env_remove("NODE_OPTIONS").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut azurite = node.kill_on_drop(true).spawn().unwrap();
    let line = BufReader::new(azurite.stdout.take().unwrap()).lines().next_line().await.unwrap();
    let said: Value = serde_json::from_str(&line.expect("azurite says where it listens")).unwrap();
    let address = format!("127.0.0.1:{}/{}/assets", said["port"], said["account"].as_str().unwrap());
    let with_signature = format!("http://{address}?{}", said["sas"].as_str().unwrap());
    let key = said["key"].as_str().unwrap().replace('/', "%2F").replace('+', "%2B").replace('=', "%3D");
    let with_key = format!("http://{}:{key}@{address}", said["account"].as_str().unwrap());

    for (connection, by_url) in [(&with_signature, false), (&with_key, true)] {
        let mut world = World::new(&latest(SUM)).await;
        world.inputs.by = InputsBy::Url;
        let source = json!([{ "id": 9, "name": "Azure", "type": 5, "connectionString": connection }]);
        let config = json!({ "runner_config.default_store": "Azure" });
        let seed = json!({ "dataSources": source, "config": config });
        world.core.seed(&serde_json::from_value(seed).unwrap()).unwrap();
        let store = world.runtime("http://127.0.0.1:1").get_data_source_by_id(9).await.unwrap().store().unwrap();
        store.upload_blob("in.csv", "n\n1\n2\n").await.unwrap();
        world.seed_output(PARENT, 9, "in.csv", "2026-01-01T00:00:00Z");
        // A service that may fetch from nowhere reads what came inline, and only that.
        let origins = format!("http://127.0.0.1:{}", said["port"]);
        let origins = if by_url { origins.as_str() } else { "none" };
        let service = Service::start(origins).await;
        let task_id = world.run(&service.url).await;
        assert_eq!(world.status().0, 3, "{:?}", world.status());
        let path = format!("sessions/{SESSION}/nodes/{ARBEX}/tasks/{task_id}.json");
        let output = &world.outputs()[0];
        assert_eq!((output.data_source_id, &output.data_path), (9, &path));
        let envelope: Value = serde_json::from_slice(&store.get(&path).await.unwrap()).unwrap();
        assert_eq!(envelope["output"], 3);
    }
}
