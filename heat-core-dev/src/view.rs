//! Rows to DTOs: what clients get has more members than what is kept, as others are looked up.

use serde_json::{Value, json};

use crate::graph::Node;
use crate::resource::{Resource, Row};
use crate::store::{Key, Store, ids, number, text};

/// Which outputs a node comes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outputs {
    /// `outputs` has all of them.
    All,
    /// `outputs` is empty: lists and tasks would grow with everything a node ever stored.
    Current,
}

/// The DTO of a row.
pub(crate) fn row(store: &Store, resource: Resource, row: &Row) -> Value {
    match resource {
        Resource::Project => project(store, row),
        Resource::Session => session(store, row),
        Resource::SessionTemplate => session_template(store, row),
        Resource::SessionTemplateNode => session_template_node(store, row, true),
        Resource::NodeTemplate => node_template(store, row),
        Resource::RunnerType => with(row, &[], json!({})),
        Resource::DataSource => with(row, &["updatedAt"], json!({})),
        Resource::SessionUser => with(row, &["createdAt", "updatedAt"], json!({})),
        Resource::ScenarioInstance => scenario(store, row),
        Resource::SessionDimension => dimension(store, row),
        Resource::NodeInstance | Resource::NodeOutput | Resource::RunnerTask => Value::Null,
    }
}

/// A row without some members and with some more.
fn with(row: &Row, without: &[&str], more: Value) -> Value {
    let mut dto = row.clone();
    dto.retain(|name, _| !without.contains(&name.as_str()));
    if let Value::Object(mut more) = more {
        dto.append(&mut more);
    }
    Value::Object(dto)
}

fn linked(store: &Store, resource: Resource, id: Option<i64>) -> Value {
    let target = id.and_then(|id| store.row(resource, &Key::Number(id)));
    target.map_or(Value::Null, |target| row(store, resource, target))
}

fn project(store: &Store, row: &Row) -> Value {
    let template = linked(store, Resource::SessionTemplate, number(row, "defaultSessionTemplateId"));
    let hex_id = format!("{:x}", number(row, "id").unwrap_or_default());
    with(row, &["updatedAt"], json!({ "hexId": hex_id, "owner": null, "defaultSessionTemplate": template }))
}

fn session(store: &Store, row: &Row) -> Value {
    let id = text(row, "id");
    let of_session = |resource| {
        let rows = store.rows(resource).filter(|row| text(row, "sessionId") == id);
        rows.map(|row| self::row(store, resource, row)).collect::<Vec<_>>()
    };
    let more = json!({
        "project": linked(store, Resource::Project, number(row, "projectId")),
        "sessionTemplate": linked(store, Resource::SessionTemplate, number(row, "sessionTemplateId")),
        "scenarios": of_session(Resource::ScenarioInstance),
        "dimensions": of_session(Resource::SessionDimension),
    });
    with(row, &["createdAt", "updatedAt"], more)
}

fn session_template(store: &Store, row: &Row) -> Value {
    let id = number(row, "id");
    let nodes = store.rows(Resource::SessionTemplateNode).filter(|node| number(node, "sessionTemplateId") == id);
    let nodes: Vec<_> = nodes.map(|node| session_template_node(store, node, true)).collect();
    with(row, &["createdAt", "updatedAt"], json!({ "nodes": nodes }))
}

fn session_template_node(store: &Store, row: &Row, deep: bool) -> Value {
    let parents = if deep { ids(row, "parentIds") } else { Vec::new() };
    let parents = parents.iter().filter_map(|id| store.row(Resource::SessionTemplateNode, &Key::Number(*id)));
    // One level: a parent's own parents are asked for by its id.
    let parents: Vec<_> = parents.map(|parent| session_template_node(store, parent, false)).collect();
    let template = linked(store, Resource::NodeTemplate, number(row, "nodeTemplateId"));
    let without = ["createdAt", "updatedAt", "parentIds", "sessionTemplateId"];
    with(row, &without, json!({ "nodeTemplate": template, "parents": parents }))
}

fn node_template(store: &Store, row: &Row) -> Value {
    let runners = ids(row, "supportedRunnerIds");
    let runners: Vec<_> = runners.iter().map(|id| linked(store, Resource::RunnerType, Some(*id))).collect();
    let feature = text(row, "featureInternalName");
    let feature = json!({
        "internalName": feature,
        "displayName": feature,
        "icon": "",
        "isEnabled": true,
        "ownershipType": 0,
        "description": "",
        "createdAt": row.get("createdAt"),
        "updatedAt": row.get("updatedAt"),
    });
    let more = json!({ "supportedRunners": runners, "feature": feature });
    with(row, &["createdAt", "updatedAt", "supportedRunnerIds"], more)
}

fn scenario(store: &Store, row: &Row) -> Value {
    let own = |dimension: &&Row| {
        text(dimension, "scenarioInstanceId") == text(row, "scenarioInstanceId")
            && text(dimension, "sessionId") == text(row, "sessionId")
    };
    let dimensions: Vec<_> =
        store.rows(Resource::SessionDimension).filter(own).map(|row| dimension_dto(store, row)).collect();
    with(row, &["createdAt", "updatedAt"], json!({ "dimensions": dimensions }))
}

fn dimension(store: &Store, row: &Row) -> Value {
    let output = number(row, "nodeOutputId").and_then(|id| store.outputs.get(&id));
    let without = ["createdAt", "updatedAt", "dimensionUserIds", "sessionId"];
    with(row, &without, dimension_links(store, row, json!({ "data": output })))
}

/// The other shape of a dimension, which names its session and its users' ids.
pub(crate) fn dimension_dto(store: &Store, row: &Row) -> Value {
    let users = ids(row, "dimensionUserIds").iter().map(i64::to_string).collect::<Vec<_>>();
    with(row, &["createdAt", "updatedAt"], dimension_links(store, row, json!({ "dimensionUserIds": users })))
}

fn dimension_links(store: &Store, row: &Row, mut links: Value) -> Value {
    let session_id = text(row, "sessionId");
    let users = ids(row, "dimensionUserIds").into_iter().map(|id| {
        let user = store
            .rows(Resource::SessionUser)
            .find(|user| text(user, "sessionId") == session_id && number(user, "userId") == Some(id));
        json!({
            "internalId": id,
            "externalHEATId": user.map(|user| text(user, "externalHeatId")).unwrap_or_default(),
            "role": user.map(|user| text(user, "role")).unwrap_or_default(),
            "group": user.map(|user| text(user, "grouping")).unwrap_or_default(),
        })
    });
    let users: Vec<_> = users.collect();
    let own = |scenario: &&Row| {
        text(scenario, "sessionId") == session_id
            && text(scenario, "scenarioInstanceId") == text(row, "scenarioInstanceId")
    };
    // Its own dimensions are left out: they would come round to this one.
    let scenario = store.rows(Resource::ScenarioInstance).find(own);
    let scenario = scenario.map(|scenario| with(scenario, &["createdAt", "updatedAt"], json!({ "dimensions": null })));
    if let Some(links) = links.as_object_mut() {
        links.insert("dimensionUsers".to_owned(), json!(users));
        links.insert("scenarioInstance".to_owned(), json!(scenario));
    }
    links
}

/// A `NodeInstance`; its parents come one level deep and without outputs, as the client asks for each by its id.
pub(crate) fn node(store: &Store, node: &Node, outputs: Outputs) -> Value {
    let parents = node.parents.iter().filter_map(|id| store.nodes.get(id));
    let parents: Vec<_> = parents.map(|parent| node_alone(store, parent, Outputs::Current, &[])).collect();
    node_alone(store, node, outputs, &parents)
}

fn node_alone(store: &Store, node: &Node, outputs: Outputs, parents: &[Value]) -> Value {
    let all = if outputs == Outputs::All { node.outputs.as_slice() } else { &[] };
    let all: Vec<_> = all.iter().filter_map(|id| store.outputs.get(id)).collect();
    json!({
        "id": node.id,
        "sessionId": node.session_id,
        "session": null,
        "nodeTemplateId": node.node_template_id,
        "nodeTemplate": linked(store, Resource::NodeTemplate, Some(node.node_template_id)),
        "name": node.name,
        "configuration": node.configuration,
        "lastProcessed": node.last_processed,
        "lastState": node.last_state,
        "statusDetails": node.status_details,
        "currentOutputId": node.outputs.last(),
        "currentOutput": store.current_output(node.id),
        "outputs": all,
        "parents": parents,
    })
}
