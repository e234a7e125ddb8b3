//! Pods, and what makes them.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{Container, ContainerState, ContainerStatus, Pod, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::{Deserialize, Serialize};

use super::{Named, instant, quantity};

/// What the API server has not been told yet.
const UNKNOWN: &str = "Unknown";

#[derive(Deserialize, Serialize)]
#[serde(from = "Pod", rename_all = "camelCase")]
pub(crate) struct PodSummary {
    name: String,
    namespace: String,
    phase: String,
    /// All of its containers are.
    ready: bool,
    restarts: i64,
    node: Option<String>,
    pod_ip: Option<String>,
    start_time: Option<String>,
    created_at: Option<String>,
    labels: BTreeMap<String, String>,
    containers: Vec<ContainerSummary>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContainerSummary {
    name: String,
    image: String,
    ready: bool,
    restarts: i32,
    state: Option<String>,
    cpu_request: Option<String>,
    cpu_limit: Option<String>,
    memory_request: Option<String>,
    memory_limit: Option<String>,
}

impl From<Pod> for PodSummary {
    fn from(pod: Pod) -> Self {
        let Named { name, namespace, created_at, labels } = pod.metadata.into();
        let spec = pod.spec.unwrap_or_default();
        let status = pod.status.unwrap_or_default();
        let mut told = status.container_statuses.unwrap_or_default();
        let containers: Vec<_> = spec
            .containers
            .into_iter()
            .map(|container| {
                let told = told.iter().position(|told| told.name == container.name).map(|at| told.swap_remove(at));
                ContainerSummary::new(container, told)
            })
            .collect();
        Self {
            name,
            namespace,
            phase: status.phase.unwrap_or_else(|| UNKNOWN.to_owned()),
            ready: !containers.is_empty() && containers.iter().all(|container| container.ready),
            restarts: containers.iter().map(|container| i64::from(container.restarts)).sum(),
            node: spec.node_name,
            pod_ip: status.pod_ip,
            start_time: instant(status.start_time),
            created_at,
            labels,
            containers,
        }
    }
}

impl ContainerSummary {
    fn new(container: Container, told: Option<ContainerStatus>) -> Self {
        let resources = container.resources.unwrap_or_default();
        let (ready, restarts) = told.as_ref().map_or((false, 0), |told| (told.ready, told.restart_count));
        Self {
            name: container.name,
            image: container.image.unwrap_or_default(),
            ready,
            restarts,
            state: told.and_then(|told| state(told.state?)),
            cpu_request: quantity(&resources.requests, "cpu"),
            cpu_limit: quantity(&resources.limits, "cpu"),
            memory_request: quantity(&resources.requests, "memory"),
            memory_limit: quantity(&resources.limits, "memory"),
        }
    }
}

/// `running`, `waiting: CrashLoopBackOff`, `terminated: OOMKilled`.
fn state(state: ContainerState) -> Option<String> {
    let with = |word: &str, reason: Option<String>| match reason {
        Some(reason) if !reason.is_empty() => format!("{word}: {reason}"),
        _ => word.to_owned(),
    };
    match (state.running, state.waiting, state.terminated) {
        (Some(_), ..) => Some("running".to_owned()),
        (_, Some(waiting), _) => Some(with("waiting", waiting.reason)),
        (.., Some(terminated)) => Some(with("terminated", terminated.reason)),
        _ => None,
    }
}

/// Of a deployment or a stateful set; `replicas` is how many there should be.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WorkloadSummary {
    name: String,
    namespace: String,
    replicas: i32,
    ready_replicas: i32,
    available_replicas: i32,
    updated_replicas: i32,
    images: Vec<String>,
    created_at: Option<String>,
    labels: BTreeMap<String, String>,
}

#[derive(Deserialize, Serialize)]
#[serde(from = "Deployment")]
pub(crate) struct DeploymentSummary {
    #[serde(flatten)]
    workload: WorkloadSummary,
}

#[derive(Deserialize, Serialize)]
#[serde(from = "StatefulSet")]
pub(crate) struct StatefulSetSummary {
    #[serde(flatten)]
    workload: WorkloadSummary,
}

impl From<Deployment> for DeploymentSummary {
    fn from(deployment: Deployment) -> Self {
        let spec = deployment.spec.unwrap_or_default();
        let status = deployment.status.unwrap_or_default();
        let counted = Counted {
            ready: status.ready_replicas,
            available: status.available_replicas,
            updated: status.updated_replicas,
        };
        Self { workload: WorkloadSummary::of(deployment.metadata, spec.replicas, spec.template, counted) }
    }
}

impl From<StatefulSet> for StatefulSetSummary {
    fn from(set: StatefulSet) -> Self {
        let spec = set.spec.unwrap_or_default();
        let status = set.status.unwrap_or_default();
        let counted = Counted {
            ready: status.ready_replicas,
            available: status.available_replicas,
            updated: status.updated_replicas,
        };
        Self { workload: WorkloadSummary::of(set.metadata, spec.replicas, spec.template, counted) }
    }
}

/// Replicas as the status counts them; nobody has counted those that are missing.
struct Counted {
    ready: Option<i32>,
    available: Option<i32>,
    updated: Option<i32>,
}

impl WorkloadSummary {
    fn of(metadata: ObjectMeta, replicas: Option<i32>, template: PodTemplateSpec, counted: Counted) -> Self {
        let Named { name, namespace, created_at, labels } = metadata.into();
        Self {
            name,
            namespace,
            replicas: replicas.unwrap_or(1),
            ready_replicas: counted.ready.unwrap_or(0),
            available_replicas: counted.available.unwrap_or(0),
            updated_replicas: counted.updated.unwrap_or(0),
            images: images(template),
            created_at,
            labels,
        }
    }
}

fn images(template: PodTemplateSpec) -> Vec<String> {
    let containers = template.spec.unwrap_or_default().containers;
    containers.into_iter().filter_map(|container| container.image).collect()
}
