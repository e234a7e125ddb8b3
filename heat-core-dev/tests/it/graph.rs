//! Outputs start children; styles; data.

use std::sync::Arc;

use bytes::Bytes;
use heat_core_dev::{BlobReader, Casing, CoreOptions, Style, Wrapping};
use serde_json::{Value, json};

use crate::support::{SESSION, claim, get, options, output, post, put, send, start};

#[tokio::test]
async fn a_child_starts_when_all_its_parents_have_an_output() {
    let core = start(options());
    assert_eq!(post(&core, "/api/nodes/71/output", output(71, "a")).await.0, 200);
    assert_eq!(core.open_tasks(), (0, 0), "node 70 has none");
    assert_eq!(post(&core, "/api/nodes/70/output", output(70, "b")).await.0, 200);
    assert_eq!(core.open_tasks(), (1, 0));
    post(&core, "/api/nodes/70/output", output(70, "c")).await;
    assert_eq!(core.open_tasks(), (1, 0), "one already waits, and will see this output");
    let (_, task) = claim(&core, "r").await;
    let paths: Vec<_> = task["parentNodeOutputs"].as_array().expect("outputs").iter().map(|o| &o["dataPath"]).collect();
    assert_eq!(paths, ["c", "a"]);
    post(&core, "/api/nodes/70/output", output(70, "d")).await;
    assert_eq!(core.open_tasks(), (1, 1), "the one under way did not see this output");
}

/// 72 with a child of its own.
async fn chain() -> (heat_core_dev::CoreHandle, i64) {
    let core = start(options());
    let child = json!({ "nodes": [
        { "id": 80, "sessionId": SESSION, "nodeTemplateId": 10, "name": "child", "parentIds": [72] }
    ] });
    core.seed(&serde_json::from_value(child).expect("a seed")).expect("it fits");
    let id = core.queue_task(72).expect("node 72");
    claim(&core, "r").await;
    post(&core, "/api/nodes/72/output", output(72, "x")).await;
    assert_eq!(core.open_tasks(), (0, 1), "72 is not complete yet");
    (core, id)
}

#[tokio::test]
async fn a_completed_task_starts_the_next() {
    let (core, id) = chain().await;
    put(&core, &format!("/api/tasks/{id}/complete")).await;
    assert_eq!(core.open_tasks(), (1, 0));
}

#[tokio::test]
async fn a_failed_task_starts_nothing() {
    let (core, id) = chain().await;
    put(&core, &format!("/api/tasks/{id}/fail")).await;
    assert_eq!(core.open_tasks(), (0, 0));
    assert_eq!(core.outputs(72).last().expect("an output").data_path, "x", "it is kept, though");
}

#[tokio::test]
async fn a_new_session_has_the_nodes_of_its_template() {
    let core = start(options());
    let (status, session) = post(&core, "/api/sessions?projectId=4", json!({ "name": "new" })).await;
    assert_eq!((status, &session["sessionTemplateId"]), (200, &json!(2)), "the project's");
    let id = session["id"].as_str().expect("a guid");
    let (_, nodes) = get(&core, &format!("/api/nodes?sessionId={id}")).await;
    let nodes = nodes["template"].as_array().expect("nodes").clone();
    let names: Vec<_> = nodes.iter().map(|node| &node["name"]).collect();
    assert_eq!(names, ["n", "m"]);
    assert_eq!(nodes[1]["parents"][0]["id"], nodes[0]["id"]);
}

#[tokio::test]
async fn reprocess_queues_a_task() {
    let core = start(options());
    let (_, task) = get(&core, "/api/nodes/72/reprocess").await;
    assert_eq!(claim(&core, "r").await.1["id"], task["id"]);
    assert_eq!(get(&core, "/api/nodes/720/reprocess").await.0, 404);
}

#[tokio::test]
async fn ids_and_times_are_the_same_in_every_run() {
    let run = async || {
        let core = start(options());
        let (_, output) = post(&core, "/api/nodes/72/output", output(72, "a")).await;
        let (_, session) = post(&core, "/api/sessions?projectId=4", json!({ "name": "new" })).await;
        (output, session["id"].clone())
    };
    let (output, session) = run().await;
    assert_eq!((&output["id"], &output["createdAt"]), (&json!(777), &json!("2026-01-02T03:04:05Z")));
    assert_eq!(session, json!("00000000-0001-4000-8000-000000000001"));
    assert_eq!(run().await, (output, session));
}

#[tokio::test]
async fn data_comes_from_the_seed_a_test_or_a_reader() {
    let blob_reader: BlobReader = Arc::new(|address| {
        Box::pin(async move {
            assert_eq!(address.data_source["connectionString"], json!("x"));
            (address.data_path == "read").then(|| Bytes::from_static(b"a,b\n"))
        })
    });
    let core = start(CoreOptions { blob_reader: Some(blob_reader), ..options() });
    let data = |id: &Value| format!("/api/node-instances/outputs/{id}/data");
    assert_eq!(get(&core, &data(&json!(501))).await, (200, json!({ "custom-charts": [], "x": 1 })));
    assert_eq!(get(&core, &data(&json!(502))).await.0, 404);
    core.put_blob(1, "a/c.json", "[1]");
    assert_eq!(get(&core, &data(&json!(502))).await, (200, json!([1])));
    let (_, stored) = post(&core, "/api/nodes/72/output", output(72, "read")).await;
    assert_eq!(get(&core, &data(&stored["id"])).await.0, 200);
    assert_eq!(get(&core, &data(&json!(9))).await.0, 404);
    let (status, _) = send(&core, "PUT", "/__dev/blobs/1/read/it.json", Some(&json!({ "y": 2 })), &[]).await;
    assert_eq!(status, 204);
    let (_, stored) = post(&core, "/api/nodes/72/output", output(72, "read/it.json")).await;
    assert_eq!(get(&core, &data(&stored["id"])).await, (200, json!({ "y": 2 })));
}

#[tokio::test]
async fn styles() {
    let core = start(options());
    let set = |wrapping, casing| core.set_style(Style { wrapping, casing });
    set(Wrapping::Always, Casing::Camel);
    assert_eq!(get(&core, "/api/nodes/72").await.1["template"]["id"], json!(72));
    assert_eq!(get(&core, "/api/config/runner_config").await.1["template"]["default_store"], json!("S"));
    assert_eq!(get(&core, "/api/node-instances/outputs/501/data").await.1["template"]["x"], json!(1));
    set(Wrapping::Never, Casing::Camel);
    assert_eq!(get(&core, &format!("/api/nodes?sessionId={SESSION}")).await.1[0]["id"], json!(70));
    set(Wrapping::Documented, Casing::Pascal);
    assert_eq!(get(&core, "/api/nodes/72").await.1["CurrentOutput"]["DataPath"], json!("a/c.json"));
    assert_eq!(get(&core, &format!("/api/nodes?sessionId={SESSION}")).await.1["Template"][0]["Id"], json!(70));
    assert_eq!(get(&core, "/api/config/runner_config").await.1["default_store"], json!("S"), "its names are data");
    assert_eq!(get(&core, "/api/node-instances/outputs/501/data").await.1["x"], json!(1));
}
