//! Claims, namespaces and nodes.

use k8s_openapi::api::core::v1::{Namespace, Node, NodeCondition, PersistentVolumeClaim};
use serde::{Deserialize, Serialize};

use super::{Named, instant, quantity};

/// A node's roles stand in the names of its labels.
const ROLE: &str = "node-role.kubernetes.io/";

/// What the API server has not been told yet.
const UNKNOWN: &str = "Unknown";

#[derive(Deserialize, Serialize)]
#[serde(from = "PersistentVolumeClaim", rename_all = "camelCase")]
pub(crate) struct ClaimSummary {
    name: String,
    namespace: String,
    phase: String,
    storage_class: Option<String>,
    capacity: Option<String>,
    access_modes: Vec<String>,
    volume_name: Option<String>,
}

impl From<PersistentVolumeClaim> for ClaimSummary {
    fn from(claim: PersistentVolumeClaim) -> Self {
        let Named { name, namespace, .. } = claim.metadata.into();
        let spec = claim.spec.unwrap_or_default();
        let status = claim.status.unwrap_or_default();
        Self {
            name,
            namespace,
            phase: status.phase.unwrap_or_else(|| UNKNOWN.to_owned()),
            storage_class: spec.storage_class_name,
            capacity: quantity(&status.capacity, "storage"),
            access_modes: spec.access_modes.unwrap_or_default(),
            volume_name: spec.volume_name,
        }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(from = "Namespace")]
pub(crate) struct NamespaceSummary {
    name: String,
    phase: String,
}

impl From<Namespace> for NamespaceSummary {
    fn from(namespace: Namespace) -> Self {
        let phase = namespace.status.and_then(|status| status.phase);
        Self { name: namespace.metadata.name.unwrap_or_default(), phase: phase.unwrap_or_else(|| UNKNOWN.to_owned()) }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(from = "Node", rename_all = "camelCase")]
pub(crate) struct NodeSummary {
    name: String,
    ready: bool,
    roles: Vec<String>,
    kubelet_version: String,
    cpu_capacity: Option<String>,
    memory_capacity: Option<String>,
    cpu_allocatable: Option<String>,
    memory_allocatable: Option<String>,
    conditions: Vec<ConditionSummary>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConditionSummary {
    r#type: String,
    status: String,
    reason: Option<String>,
    message: Option<String>,
    last_transition_time: Option<String>,
}

impl From<Node> for NodeSummary {
    fn from(node: Node) -> Self {
        let Named { name, labels, .. } = node.metadata.into();
        let status = node.status.unwrap_or_default();
        let conditions: Vec<_> =
            status.conditions.unwrap_or_default().into_iter().map(ConditionSummary::from).collect();
        Self {
            name,
            ready: conditions.iter().any(|condition| condition.r#type == "Ready" && condition.status == "True"),
            roles: labels.keys().filter_map(|label| label.strip_prefix(ROLE)).map(str::to_owned).collect(),
            kubelet_version: status.node_info.map(|info| info.kubelet_version).unwrap_or_default(),
            cpu_capacity: quantity(&status.capacity, "cpu"),
            memory_capacity: quantity(&status.capacity, "memory"),
            cpu_allocatable: quantity(&status.allocatable, "cpu"),
            memory_allocatable: quantity(&status.allocatable, "memory"),
            conditions,
        }
    }
}

impl From<NodeCondition> for ConditionSummary {
    fn from(condition: NodeCondition) -> Self {
        Self {
            r#type: condition.type_,
            status: condition.status,
            reason: condition.reason,
            message: condition.message,
            last_transition_time: instant(condition.last_transition_time),
        }
    }
}
