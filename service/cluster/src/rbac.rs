//! Every verb and resource that the API server is ever asked for. Requests are made of these entries and of nothing else, so
//! that the list cannot fall behind; docs/cluster-access.md is made from it, and a chart's roles are to allow exactly this.

/// A verb on a resource.
#[derive(Debug, PartialEq, Eq)]
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
}

impl Access {
    /// Only of this list are requests made.
    const fn list(group: &'static str, version: &'static str, resource: &'static str) -> Self {
        Self { verbs: &["list"], group, version, resource, namespaced: true }
    }

    const fn cluster_wide(self) -> Self {
        Self { namespaced: false, ..self }
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
pub const PODS: Access = Access::list("", "v1", "pods");
/// Lists of deployments.
pub const DEPLOYMENTS: Access = Access::list("apps", "v1", "deployments");
/// Lists of stateful sets.
pub const STATEFUL_SETS: Access = Access::list("apps", "v1", "statefulsets");
/// Lists of claims.
pub const CLAIMS: Access = Access::list("", "v1", "persistentvolumeclaims");
/// Lists of ingresses.
pub const INGRESSES: Access = Access::list("networking.k8s.io", "v1", "ingresses");
/// Lists of services.
pub const SERVICES: Access = Access::list("", "v1", "services");
/// The list of namespaces.
pub const NAMESPACES: Access = Access::list("", "v1", "namespaces").cluster_wide();
/// The list of nodes.
pub const NODES: Access = Access::list("", "v1", "nodes").cluster_wide();
/// What pods use.
pub const POD_METRICS: Access = Access::list("metrics.k8s.io", "v1beta1", "pods");
/// One pod, to know its containers.
pub const POD: Access = Access { verbs: &["get"], ..Access::list("", "v1", "pods") };
/// A command over a WebSocket is a GET to the API server, hence `get`; newer ones want `create` as well.
pub const POD_EXEC: Access = Access { verbs: &["create", "get"], ..Access::list("", "v1", "pods/exec") };

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_api() {
        let paths: Vec<_> = ACCESSES.iter().map(|access| access.path(access.namespaced.then_some("n"))).collect();
        let expected = [
            "/api/v1/namespaces/n/pods",
            "/apis/apps/v1/namespaces/n/deployments",
            "/apis/apps/v1/namespaces/n/statefulsets",
            "/api/v1/namespaces/n/persistentvolumeclaims",
            "/apis/networking.k8s.io/v1/namespaces/n/ingresses",
            "/api/v1/namespaces/n/services",
            "/api/v1/namespaces",
            "/api/v1/nodes",
            "/apis/metrics.k8s.io/v1beta1/namespaces/n/pods",
            "/api/v1/namespaces/n/pods",
            "/api/v1/namespaces/n/pods",
        ];
        assert_eq!(paths, expected);
    }
}
