//! Every verb and resource that the API server is ever asked for. Requests are made of these entries and of nothing else, so
//! that the list cannot fall behind; docs/cluster-access.md is made from it, and a chart's roles are to allow exactly this.

use crate::policy::{Operation, Reads};

/// A verb on a resource, and what needs it.
#[derive(Debug)]
pub struct Access {
    /// As a role names them.
    pub verbs: &'static [&'static str],
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The group's version.
    pub version: &'static str,
    /// The resource, in the plural; `pods/exec` for a part of one.
    pub resource: &'static str,
    /// Whether it lives in a namespace: a role's matter, else a cluster role's.
    pub namespaced: bool,
    /// The methods of `ctx.system.k8s` that need it.
    pub operations: &'static [Operation],
}

impl Access {
    /// Only of this list are requests made.
    const fn list(
        group: &'static str,
        version: &'static str,
        resource: &'static str,
        operations: &'static [Operation],
    ) -> Self {
        Self { verbs: &["list"], group, version, resource, namespaced: true, operations }
    }

    const fn cluster_wide(self) -> Self {
        Self { namespaced: false, ..self }
    }

    /// The least of the operator's settings for which it is needed: reads, and whether commands.
    pub fn needed_for(&self) -> (Reads, bool) {
        let is_exec = |operation: &Operation| matches!(operation, Operation::Exec | Operation::ExecClusterManager);
        (if self.namespaced { Reads::Namespaced } else { Reads::All }, self.operations.iter().all(is_exec))
    }

    /// Where its collection is served: `/api/v1/namespaces/heat/pods`. A part of a resource is found below the resource itself.
    pub(super) fn path(&self, namespace: Option<&str>) -> String {
        let root = if self.group.is_empty() { "/api".to_owned() } else { format!("/apis/{}", self.group) };
        let resource = self.resource.split('/').next().unwrap_or_default();
        match namespace {
            Some(namespace) => format!("{root}/{}/namespaces/{namespace}/{resource}", self.version),
            None => format!("{root}/{}/{resource}", self.version),
        }
    }
}

/// Lists of pods; the cluster manager's is found by one, too.
pub(super) const PODS: Access = Access::list("", "v1", "pods", &[Operation::ListPods, Operation::ExecClusterManager]);
pub(super) const DEPLOYMENTS: Access = Access::list("apps", "v1", "deployments", &[Operation::ListDeployments]);
pub(super) const STATEFUL_SETS: Access = Access::list("apps", "v1", "statefulsets", &[Operation::ListStatefulSets]);
pub(super) const CLAIMS: Access =
    Access::list("", "v1", "persistentvolumeclaims", &[Operation::ListPersistentVolumeClaims]);
pub(super) const INGRESSES: Access = Access::list("networking.k8s.io", "v1", "ingresses", &[Operation::ListIngresses]);
pub(super) const SERVICES: Access = Access::list("", "v1", "services", &[Operation::ListServices]);
pub(super) const NAMESPACES: Access = Access::list("", "v1", "namespaces", &[Operation::ListNamespaces]).cluster_wide();
pub(super) const NODES: Access = Access::list("", "v1", "nodes", &[Operation::ListNodes]).cluster_wide();
pub(super) const POD_METRICS: Access = Access::list("metrics.k8s.io", "v1beta1", "pods", &[Operation::GetPodMetrics]);
/// One pod, to know its containers.
pub(super) const POD: Access =
    Access { verbs: &["get"], operations: &[Operation::Exec], ..Access::list("", "v1", "pods", &[]) };
/// A command over a WebSocket is a GET to the API server, hence `get`; newer ones want `create` as well.
pub(super) const POD_EXEC: Access = Access {
    verbs: &["create", "get"],
    operations: &[Operation::Exec, Operation::ExecClusterManager],
    ..Access::list("", "v1", "pods/exec", &[])
};

/// All of it.
pub const ACCESSES: [&Access; 11] = [
    &PODS,
    &DEPLOYMENTS,
    &STATEFUL_SETS,
    &CLAIMS,
    &INGRESSES,
    &SERVICES,
    &NAMESPACES,
    &NODES,
    &POD_METRICS,
    &POD,
    &POD_EXEC,
];
