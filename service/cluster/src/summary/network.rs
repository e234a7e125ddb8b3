//! Services and ingresses.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Service, ServicePort};
use k8s_openapi::api::networking::v1::{HTTPIngressPath, Ingress, IngressTLS};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde::{Deserialize, Serialize};

use super::Named;

#[derive(Deserialize, Serialize)]
#[serde(from = "Ingress", rename_all = "camelCase")]
pub(crate) struct IngressSummary {
    name: String,
    namespace: String,
    class_name: Option<String>,
    /// Each once, in the order of the rules.
    hosts: Vec<String>,
    paths: Vec<PathSummary>,
    tls: Vec<TlsSummary>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PathSummary {
    host: Option<String>,
    path: Option<String>,
    path_type: String,
    service: Option<String>,
    /// Its number, or its name.
    port: Option<IntOrString>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TlsSummary {
    hosts: Vec<String>,
    secret_name: Option<String>,
}

impl From<Ingress> for IngressSummary {
    fn from(ingress: Ingress) -> Self {
        let Named { name, namespace, .. } = ingress.metadata.into();
        let spec = ingress.spec.unwrap_or_default();
        let mut summary = Self {
            name,
            namespace,
            class_name: spec.ingress_class_name,
            hosts: Vec::new(),
            paths: Vec::new(),
            tls: spec.tls.unwrap_or_default().into_iter().map(TlsSummary::from).collect(),
        };
        for rule in spec.rules.unwrap_or_default() {
            if let Some(host) = &rule.host
                && !summary.hosts.contains(host)
            {
                summary.hosts.push(host.clone());
            }
            let paths = rule.http.map(|http| http.paths).unwrap_or_default();
            summary.paths.extend(paths.into_iter().map(|path| PathSummary::new(rule.host.clone(), path)));
        }
        summary
    }
}

impl PathSummary {
    fn new(host: Option<String>, path: HTTPIngressPath) -> Self {
        let (service, port) = path.backend.service.map(|service| (service.name, service.port)).unzip();
        let port =
            port.flatten().and_then(|port| port.number.map(IntOrString::Int).or(port.name.map(IntOrString::String)));
        Self { host, path: path.path, path_type: path.path_type, service, port }
    }
}

impl From<IngressTLS> for TlsSummary {
    fn from(tls: IngressTLS) -> Self {
        Self { hosts: tls.hosts.unwrap_or_default(), secret_name: tls.secret_name }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(from = "Service", rename_all = "camelCase")]
pub(crate) struct ServiceSummary {
    name: String,
    namespace: String,
    r#type: String,
    cluster_ip: Option<String>,
    ports: Vec<PortSummary>,
    selector: BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PortSummary {
    name: Option<String>,
    port: i32,
    target_port: Option<IntOrString>,
    protocol: String,
    node_port: Option<i32>,
}

impl From<Service> for ServiceSummary {
    fn from(service: Service) -> Self {
        let Named { name, namespace, .. } = service.metadata.into();
        let spec = service.spec.unwrap_or_default();
        Self {
            name,
            namespace,
            // What Kubernetes takes when a service names none.
            r#type: spec.type_.unwrap_or_else(|| "ClusterIP".to_owned()),
            cluster_ip: spec.cluster_ip,
            ports: spec.ports.unwrap_or_default().into_iter().map(PortSummary::from).collect(),
            selector: spec.selector.unwrap_or_default(),
        }
    }
}

impl From<ServicePort> for PortSummary {
    fn from(port: ServicePort) -> Self {
        Self {
            name: port.name,
            port: port.port,
            target_port: port.target_port,
            protocol: port.protocol.unwrap_or_else(|| "TCP".to_owned()),
            node_port: port.node_port,
        }
    }
}
