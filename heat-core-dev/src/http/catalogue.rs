//! What sessions are made of: projects, session templates and their nodes, node templates, runner types, data sources.

use axum::routing::MethodFilter;
use serde_json::{Map, Value, json};

use crate::http::{Call, Routes};
use crate::refusal::Refusal;
use crate::resource::{Resource, Row};
use crate::store::{Key, Store, ids, number, text};
use crate::style::Reply;
use crate::view;

const GET: MethodFilter = MethodFilter::GET;
const POST: MethodFilter = MethodFilter::POST;
const PUT: MethodFilter = MethodFilter::PUT;
const DELETE: MethodFilter = MethodFilter::DELETE;

use Resource::{DataSource, NodeTemplate, Project, RunnerType, SessionTemplate, SessionTemplateNode};

pub(super) const ROUTES: Routes = &[
    (GET, "/api/datasources", |store, _| list(store, DataSource)),
    (POST, "/api/datasources", |store, call| create(store, call, DataSource)),
    (GET, "/api/datasources/{id}", |store, call| get(store, call, DataSource)),
    (PUT, "/api/datasources/{id}", |store, call| update(store, call, DataSource)),
    (DELETE, "/api/datasources/{id}", |store, call| delete(store, call, DataSource)),
    (GET, "/api/projects", |store, _| list(store, Project)),
    (POST, "/api/projects", |store, call| create(store, call, Project)),
    (GET, "/api/projects/{id}", |store, call| get(store, call, Project)),
    (PUT, "/api/projects/{id}", |store, call| update(store, call, Project)),
    (DELETE, "/api/projects/{id}", |store, call| delete(store, call, Project)),
    (GET, "/api/nodetemplates", |store, _| list(store, NodeTemplate)),
    (POST, "/api/nodetemplates", |store, call| create(store, call, NodeTemplate)),
    (GET, "/api/nodetemplates/{id}", |store, call| get(store, call, NodeTemplate)),
    (PUT, "/api/nodetemplates/{id}", |store, call| update(store, call, NodeTemplate)),
    (DELETE, "/api/nodetemplates/{id}", |store, call| delete(store, call, NodeTemplate)),
    (GET, "/api/nodetemplates/runner-mappings", runner_mappings),
    (GET, "/api/runnertypes", |store, _| list(store, RunnerType)),
    (POST, "/api/runnertypes", |store, call| create(store, call, RunnerType)),
    (GET, "/api/runnertypes/{id}", |store, call| get(store, call, RunnerType)),
    (PUT, "/api/runnertypes/{id}", |store, call| update(store, call, RunnerType)),
    (DELETE, "/api/runnertypes/{id}", |store, call| delete(store, call, RunnerType)),
    (GET, "/api/runnertypes/supportedtemplates/{id}", supported_templates),
    (GET, "/api/sessiontemplates", |store, _| list(store, SessionTemplate)),
    (POST, "/api/sessiontemplates", |store, call| create(store, call, SessionTemplate)),
    (GET, "/api/sessiontemplates/{id}", |store, call| get(store, call, SessionTemplate)),
    (PUT, "/api/sessiontemplates/{id}", |store, call| update(store, call, SessionTemplate)),
    (DELETE, "/api/sessiontemplates/{id}", delete_session_template),
    (GET, "/api/sessiontemplates/{id}/export", export),
    (POST, "/api/sessiontemplates/import", import),
    (GET, "/api/session-templates/{id}/nodes", list_nodes),
    (POST, "/api/session-templates/{id}/nodes", add_node),
    (GET, "/api/session-templates/{id}/nodes/{nodeId}", get_node),
    (PUT, "/api/session-templates/{id}/nodes/{nodeId}", update_node),
    (DELETE, "/api/session-templates/{id}/nodes/{nodeId}", remove_node),
];

fn reply(resource: Resource, body: Value) -> Reply {
    if resource == NodeTemplate { Reply::wrapped(body) } else { Reply::raw(body) }
}

fn list(store: &Store, resource: Resource) -> Result<Reply, Refusal> {
    let rows: Vec<_> = store.rows(resource).map(|row| view::row(store, resource, row)).collect();
    Ok(reply(resource, json!(rows)))
}

fn get(store: &Store, call: &Call, resource: Resource) -> Result<Reply, Refusal> {
    let row = store.known(resource, &call.key(resource, "id")?)?;
    Ok(reply(resource, view::row(store, resource, row)))
}

fn create(store: &mut Store, call: &Call, resource: Resource) -> Result<Reply, Refusal> {
    let row = store.insert(resource, call.object()?, None)?;
    Ok(reply(resource, view::row(store, resource, &row)))
}

fn update(store: &mut Store, call: &Call, resource: Resource) -> Result<Reply, Refusal> {
    let row = store.patch(resource, &call.key(resource, "id")?, call.object()?)?;
    Ok(reply(resource, view::row(store, resource, &row)))
}

fn delete(store: &mut Store, call: &Call, resource: Resource) -> Result<Reply, Refusal> {
    store.delete(resource, &call.key(resource, "id")?)?;
    Ok(Reply::done())
}

/// Runner types by the node template they run.
fn runner_mappings(store: &mut Store, _: &Call) -> Result<Reply, Refusal> {
    let templates = store.rows(NodeTemplate);
    let mappings = templates.map(|row| (text(row, "name").to_owned(), json!(ids(row, "supportedRunnerIds"))));
    Ok(Reply::data(Value::Object(mappings.collect())))
}

fn supported_templates(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let id = call.id("id")?;
    store.known(RunnerType, &Key::Number(id))?;
    let supporting = store.rows(NodeTemplate).filter(|row| ids(row, "supportedRunnerIds").contains(&id));
    let names: Vec<_> = supporting.map(|row| text(row, "name")).collect();
    Ok(Reply::raw(json!(names)))
}

fn template_id(store: &Store, call: &Call) -> Result<i64, Refusal> {
    let id = call.id("id")?;
    store.known(SessionTemplate, &Key::Number(id))?;
    Ok(id)
}

fn delete_session_template(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let id = template_id(store, call)?;
    store.delete(SessionTemplate, &Key::Number(id))?;
    store.delete_where(SessionTemplateNode, |row| number(row, "sessionTemplateId") == Some(id));
    Ok(Reply::done())
}

fn nodes_of(store: &Store, template_id: i64) -> impl Iterator<Item = &Row> {
    store.rows(SessionTemplateNode).filter(move |row| number(row, "sessionTemplateId") == Some(template_id))
}

/// A template as text to move it by: its nodes name each other and their node templates.
fn export(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let id = template_id(store, call)?;
    let template = store.known(SessionTemplate, &Key::Number(id))?;
    let name_of = |resource: Resource, id: i64| {
        store.row(resource, &Key::Number(id)).map(|row| text(row, "name")).unwrap_or_default().to_owned()
    };
    let node = |row: &Row| {
        let parents: Vec<_> = ids(row, "parentIds").iter().map(|id| name_of(SessionTemplateNode, *id)).collect();
        json!({
            "name": text(row, "name"),
            "nodeTemplate": name_of(NodeTemplate, number(row, "nodeTemplateId").unwrap_or_default()),
            "defaultConfiguration": text(row, "defaultConfiguration"),
            "parents": parents,
        })
    };
    Ok(Reply::data(json!({
        "manifest": 1,
        "name": text(template, "name"),
        "description": text(template, "description"),
        "configuration": text(template, "configuration"),
        "nodes": nodes_of(store, id).map(node).collect::<Vec<_>>(),
    })))
}

/// What [`export`] gave; a node's parents stand above it.
fn import(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let manifest = call.object()?;
    let empty = Vec::new();
    let nodes = manifest.get("nodes").and_then(Value::as_array).unwrap_or(&empty);
    // Everything is looked up before anything is made.
    let mut found = Vec::new();
    for node in nodes.iter().filter_map(Value::as_object) {
        let wanted = text(node, "nodeTemplate");
        let template = store.rows(NodeTemplate).find(|row| text(row, "name") == wanted);
        let template = template.and_then(|row| number(row, "id"));
        let template = template.ok_or_else(|| Refusal::bad(format!("there is no node template {wanted:?}")))?;
        found.push((node, template));
    }
    let template = store.insert(SessionTemplate, manifest, None)?;
    let mut made = Map::new();
    for (node, node_template_id) in found {
        let parents = node.get("parents").and_then(Value::as_array).unwrap_or(&empty);
        let parents: Vec<_> = parents.iter().filter_map(Value::as_str).filter_map(|name| made.get(name)).collect();
        let mut row = node.clone();
        row.insert("parentIds".to_owned(), json!(parents));
        row.insert("nodeTemplateId".to_owned(), json!(node_template_id));
        row.insert("sessionTemplateId".to_owned(), json!(template.get("id")));
        let row = store.insert(SessionTemplateNode, &row, None)?;
        made.insert(text(&row, "name").to_owned(), json!(row.get("id")));
    }
    Ok(Reply::raw(view::row(store, SessionTemplate, &template)))
}

fn list_nodes(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let id = template_id(store, call)?;
    let nodes: Vec<_> = nodes_of(store, id).map(|row| view::row(store, SessionTemplateNode, row)).collect();
    Ok(Reply::raw(json!(nodes)))
}

fn node_key(store: &Store, call: &Call) -> Result<Key, Refusal> {
    let id = template_id(store, call)?;
    let key = Key::Number(call.id("nodeId")?);
    if number(store.known(SessionTemplateNode, &key)?, "sessionTemplateId") != Some(id) {
        return Err(Refusal::absent(format!("session template {id} has no node {}", call.text("nodeId"))));
    }
    Ok(key)
}

fn known_links(store: &Store, sent: &Row) -> Result<(), Refusal> {
    if let Some(id) = number(sent, "nodeTemplateId")
        && store.row(NodeTemplate, &Key::Number(id)).is_none()
    {
        return Err(Refusal::bad(format!("nodeTemplateId: there is no node template {id}")));
    }
    for id in ids(sent, "parentIds") {
        if store.row(SessionTemplateNode, &Key::Number(id)).is_none() {
            return Err(Refusal::bad(format!("parentIds: there is no node {id}")));
        }
    }
    Ok(())
}

fn add_node(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let mut sent = call.object()?.clone();
    sent.insert("sessionTemplateId".to_owned(), json!(template_id(store, call)?));
    known_links(store, &sent)?;
    let row = store.insert(SessionTemplateNode, &sent, None)?;
    Ok(Reply::raw(view::row(store, SessionTemplateNode, &row)))
}

fn get_node(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let row = store.known(SessionTemplateNode, &node_key(store, call)?)?;
    Ok(Reply::raw(view::row(store, SessionTemplateNode, row)))
}

fn update_node(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let key = node_key(store, call)?;
    let sent = call.object_without(&["sessionTemplateId"])?;
    known_links(store, &sent)?;
    let row = store.patch(SessionTemplateNode, &key, &sent)?;
    Ok(Reply::raw(view::row(store, SessionTemplateNode, &row)))
}

fn remove_node(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let key = node_key(store, call)?;
    store.delete(SessionTemplateNode, &key)?;
    Ok(Reply::done())
}
