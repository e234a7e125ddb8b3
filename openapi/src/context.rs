//! What the platform tells a run about its session, node, parents and system.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// The surroundings of a run. Every part is optional; unknown keys are kept in `other` and never reach the script.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Context {
    /// The session that the node belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,

    /// The node that runs the script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<Node>,

    /// All graph parents of the node, metadata only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<Parent>,

    /// What `ctx.system` shows without a cluster call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemContext>,

    /// Keys that this version does not know.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// A session. There is deliberately no e-mail address and no display name here: scripts must not see them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "id": "3f0c6a1e", "projectId": 4, "simulationName": "sim-a", "template": "demo", "configuration": {}, "nodes": [] }))]
pub struct Session {
    /// Identifier of the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,

    /// Identifier of its project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<i64>,

    /// Name of the simulation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulation_name: Option<String>,

    /// Name of the session template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,

    /// Session settings. A string that holds JSON is parsed for the script; any other string stays a string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    pub configuration: Option<Value>,

    /// Every node of the session, at most 10000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<SessionNode>,

    /// Keys that this version does not know.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// One node of the session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "instanceId": 71, "instanceName": "csv-input", "templateName": "input-node", "lastState": "ProcessingSucceeded", "statusDetails": "" }))]
pub struct SessionNode {
    /// Identifier of the node instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<i64>,

    /// Its name in the graph.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_name: Option<String>,

    /// Name of its template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_name: Option<String>,

    /// State after its last task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_state: Option<LastState>,

    /// Free text of that state; the script sees its first 1024 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_details: Option<String>,

    /// Keys that this version does not know.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// State of a node as a name or as the platform's number. The script sees names for 3 (`ProcessingSucceeded`) and 2
/// (`ProcessingFailed`), every other number as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum LastState {
    /// The platform's number.
    Number(i64),
    /// A name.
    Name(String),
}

/// The node that runs the script.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "instanceId": 72, "instanceName": "arbex", "templateName": "system-arbex-js", "taskId": 900 }))]
pub struct Node {
    /// Identifier of the node instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<i64>,

    /// Its name in the graph.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_name: Option<String>,

    /// Name of its template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_name: Option<String>,

    /// Identifier of the task that this run is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_id: Option<i64>,

    /// What `ctx.node.configuration` shows instead of the configuration of the request. A string that holds JSON is
    /// parsed for the script; any other string stays a string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    pub configuration: Option<Value>,

    /// Keys that this version does not know.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// A graph parent of the node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "name": "csv-input", "templateName": "input-node", "instanceId": 71 }))]
pub struct Parent {
    /// Its name in the graph.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,

    /// Name of its template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_name: Option<String>,

    /// Identifier of the node instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<i64>,

    /// Keys that this version does not know.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// What `ctx.system` shows without a cluster call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "version": { "version": "1.2.3" }, "k8sNamespaces": ["heat"] }))]
pub struct SystemContext {
    /// The platform's build information, passed to the script as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    pub version: Option<Value>,

    /// Namespaces that the script may list. Can only take away: from `configuration.system.k8s.namespaces`, or, without that, from the service's own namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k8s_namespaces: Option<Vec<String>>,

    /// Platform configuration by allowed prefix, with secrets redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<BTreeMap<String, Vec<ConfigEntry>>>,

    /// Keys that this version does not know.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// One key of the platform configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "name": "system.x", "valueType": 0, "value": "1", "description": null }))]
pub struct ConfigEntry {
    /// The whole key.
    pub name: String,
    /// The platform's number of the value's type.
    pub value_type: i64,
    /// The value, `**REDACTED**` where the key names a secret.
    pub value: Option<String>,
    /// What the key is for.
    pub description: Option<String>,
}
