//! What of the cluster's API an operation needs: for docs/cluster-access.md, and so for the chart's roles.

use arbex_cluster::rbac::{
    Access, CLAIMS, DEPLOYMENTS, INGRESSES, NAMESPACES, NODES, POD, POD_EXEC, POD_METRICS, PODS, SERVICES,
    STATEFUL_SETS,
};

use super::Operation;

impl Operation {
    /// What the service's account must be allowed for it.
    pub fn needs(self) -> &'static [Access] {
        match self {
            // It is answered from the request.
            Self::GetPrefix => &[],
            Self::ListPods => &[PODS],
            Self::ListDeployments => &[DEPLOYMENTS],
            Self::ListStatefulSets => &[STATEFUL_SETS],
            Self::ListPersistentVolumeClaims => &[CLAIMS],
            Self::ListIngresses => &[INGRESSES],
            Self::ListServices => &[SERVICES],
            Self::ListNamespaces => &[NAMESPACES],
            Self::ListNodes => &[NODES],
            Self::GetPodMetrics => &[POD_METRICS],
            Self::Exec => &[POD, POD_EXEC],
            Self::ExecClusterManager => &[PODS, POD_EXEC],
        }
    }
}
