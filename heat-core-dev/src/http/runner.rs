//! What a runner needs: tasks, nodes, outputs, and what build it talks to.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodFilter;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use crate::auth::Caller;
use crate::core::BlobAddress;
use crate::http::answer::typed;
use crate::http::{App, Call, Routes, answer};
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::store::{Key, Store};
use crate::style::{Reply, Wrapping};
use crate::view;
use crate::wire::NodeOutput;

pub(super) const ROUTES: Routes = &[
    (MethodFilter::GET, "/version", version),
    (MethodFilter::POST, "/api/tasks/claim", claim),
    (MethodFilter::PUT, "/api/tasks/{id}/signal", |store, call| store.signal(call.id("id")?).map(Reply::raw)),
    (MethodFilter::PUT, "/api/tasks/{id}/complete", |store, call| store.complete(call.id("id")?).map(Reply::raw)),
    (MethodFilter::PUT, "/api/tasks/{id}/fail", |store, call| store.fail(call.id("id")?).map(Reply::raw)),
    (MethodFilter::GET, "/api/nodes", list_nodes),
    (MethodFilter::GET, "/api/nodes/{id}", get_node),
    (MethodFilter::PUT, "/api/nodes/{id}/status", set_status),
    (MethodFilter::POST, "/api/nodes/{id}/output", add_output),
    (MethodFilter::GET, "/api/nodes/{id}/output", latest_output),
    (MethodFilter::GET, "/api/nodes/{id}/output/all", all_outputs),
    (MethodFilter::GET, "/api/nodes/{id}/reprocess", reprocess),
    (MethodFilter::GET, "/api/sessions/{id}/node-outputs", session_outputs),
];

fn version(_: &mut Store, _: &Call) -> Result<Reply, Refusal> {
    Ok(Reply::raw(json!({ "product": "heat-core-dev", "version": env!("CARGO_PKG_VERSION") })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Claim {
    runner_tag: String,
    supported_node_template_names: Vec<String>,
}

fn claim(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let claim: Claim = typed(&call.body)?;
    let supported: Vec<_> = claim.supported_node_template_names.iter().map(String::as_str).collect();
    store.claim(&claim.runner_tag, &supported).map(Reply::raw)
}

fn list_nodes(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let session_id =
        call.query.get("sessionId").ok_or_else(|| Refusal::bad("say of which session: ?sessionId=<guid>"))?;
    store.known(Resource::Session, &Key::from(session_id.as_str()))?;
    let nodes: Vec<_> =
        store.nodes_of(session_id).map(|node| view::node(store, node, view::Outputs::Current)).collect();
    Ok(Reply::wrapped(json!(nodes)))
}

fn get_node(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let node = store.node(call.id("id")?)?;
    Ok(Reply::raw(view::node(store, node, view::Outputs::All)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    last_state: i64,
    status_details: String,
    configuration: Option<String>,
}

fn set_status(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let status: Status = typed(&call.body)?;
    store.set_status(call.id("id")?, status.last_state, &status.status_details, status.configuration.as_deref())?;
    Ok(Reply::done())
}

fn add_output(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let mut output: NodeOutput = typed(&call.body)?;
    // Both are the Core's to give.
    output.id = 0;
    output.created_at.clear();
    let output = store.add_output(call.id("id")?, output)?;
    Ok(Reply::raw(json!(output)))
}

fn latest_output(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let id = call.id("id")?;
    store.node(id)?;
    let output = store.current_output(id);
    output.map(|output| Reply::raw(json!(output))).ok_or_else(|| Refusal::absent(format!("node {id} has no output")))
}

fn all_outputs(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let node = store.node(call.id("id")?)?;
    let outputs: Vec<_> = node.outputs.iter().filter_map(|id| store.outputs.get(id)).collect();
    Ok(Reply::raw(json!(outputs)))
}

fn reprocess(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let id = call.id("id")?;
    store.node(id)?;
    Ok(Reply::raw(json!({ "id": store.queue_task(id) })))
}

fn session_outputs(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    store.known(Resource::Session, &call.key(Resource::Session, "id")?)?;
    let nodes = store.nodes_of(call.text("id"));
    let outputs: Vec<_> = nodes.flat_map(|node| &node.outputs).filter_map(|id| store.outputs.get(id)).collect();
    Ok(Reply::raw(json!(outputs)))
}

/// The bytes a runner stored: those the Core was given, else those the blob reader finds.
pub(super) async fn output_data(
    State(app): State<App>,
    Path(id): Path<String>,
    _: Extension<Caller>,
    _: Uri,
) -> Response {
    match read_data(&app, &id).await {
        Ok((path, bytes)) => data_response(&app, &path, bytes),
        Err(refusal) => refusal.into_response(),
    }
}

async fn read_data(app: &App, id: &str) -> Result<(String, Bytes), Refusal> {
    let absent = || Refusal::absent(format!("there is no output {id}"));
    let (address, given) = {
        let store = &app.lock().store;
        let output = id.parse().ok().and_then(|id: i64| store.outputs.get(&id)).ok_or_else(absent)?;
        let given = store.blobs.get(&(output.data_source_id, output.data_path.clone())).cloned();
        let data_source = store.known(Resource::DataSource, &Key::Number(output.data_source_id))?;
        (BlobAddress { data_source: json!(data_source), data_path: output.data_path.clone() }, given)
    };
    let path = address.data_path.clone();
    let bytes = match (given, &app.blob_reader) {
        (Some(bytes), _) => Some(bytes),
        (None, Some(reader)) => reader(address).await,
        (None, None) => None,
    };
    let bytes = bytes.ok_or_else(|| Refusal::absent(format!("nothing is stored at {path:?}")))?;
    Ok((path, bytes))
}

fn data_response(app: &App, path: &str, bytes: Bytes) -> Response {
    let style = app.lock().style;
    if let Ok(json) = serde_json::from_slice(&bytes) {
        // Only JSON can be wrapped; without, the bytes go out as they are.
        if style.wrapping == Wrapping::Always {
            return answer::json(StatusCode::OK, &Reply::data(json).styled(style));
        }
        return ([(CONTENT_TYPE, "application/json")], bytes).into_response();
    }
    let kind = match path.rsplit('.').next() {
        Some("csv") => "text/csv",
        Some("tsv") => "text/tab-separated-values",
        Some("txt") => "text/plain",
        _ => "application/octet-stream",
    };
    ([(CONTENT_TYPE, kind)], bytes).into_response()
}
