//! Objects to put into a server.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStateRunning, ContainerStateWaiting, ContainerStatus, Pod, PodSpec, PodStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// Name, namespace and labels.
pub fn metadata(namespace: &str, name: &str, labels: &[(&str, &str)]) -> ObjectMeta {
    let labels: BTreeMap<_, _> = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    ObjectMeta {
        name: Some(name.to_owned()),
        namespace: Some(namespace.to_owned()).filter(|namespace| !namespace.is_empty()),
        labels: Some(labels).filter(|labels| !labels.is_empty()),
        ..ObjectMeta::default()
    }
}

/// A pod with these containers, all of them ready when it is `Running`, all of them crashing when it is not.
pub fn pod(namespace: &str, name: &str, phase: &str, labels: &[(&str, &str)], containers: &[&str]) -> Pod {
    let running = phase == "Running";
    let state = if running {
        ContainerState { running: Some(ContainerStateRunning::default()), ..ContainerState::default() }
    } else {
        let waiting = ContainerStateWaiting { reason: Some("CrashLoopBackOff".to_owned()), message: None };
        ContainerState { waiting: Some(waiting), ..ContainerState::default() }
    };
    let status = |name: &&str| ContainerStatus {
        name: (*name).to_owned(),
        ready: running,
        restart_count: if running { 0 } else { 7 },
        state: Some(state.clone()),
        ..ContainerStatus::default()
    };
    let container = |name: &&str| Container {
        name: (*name).to_owned(),
        image: Some(format!("registry.example/{name}:1")),
        ..Container::default()
    };
    Pod {
        metadata: metadata(namespace, name, labels),
        spec: Some(PodSpec {
            containers: containers.iter().map(container).collect(),
            node_name: Some("node-1".to_owned()),
            ..PodSpec::default()
        }),
        status: Some(PodStatus {
            phase: Some(phase.to_owned()),
            pod_ip: Some("10.0.0.1".to_owned()),
            container_statuses: Some(containers.iter().map(status).collect()),
            ..PodStatus::default()
        }),
    }
}
