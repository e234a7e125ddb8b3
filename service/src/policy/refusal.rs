//! Why something is not allowed, in words that say who can change it.

use crate::caller::Capability;

/// Why an operation is refused. The script sees the words, in an error named `PermissionError`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// `system.enabled` is false.
    #[error("ctx.system is switched off by the node's configuration (system.enabled: false)")]
    SystemOff,
    /// Not one of `system.configPrefixes`.
    #[error("the prefix {prefix:?} is not listed in the node's configuration (system.configPrefixes)")]
    PrefixNotListed {
        /// What was asked for.
        prefix: String,
    },
    /// The operator allows no reads.
    #[error("the operator has not switched on cluster reads (--cluster-reads, ARBEX_CLUSTER_READS)")]
    ReadsOff,
    /// The operator allows no reads outside of namespaces.
    #[error(
        "the operator allows reads within namespaces only (--cluster-reads all, ARBEX_CLUSTER_READS=all allows this)"
    )]
    ClusterWideOff,
    /// The operator allows no commands.
    #[error("the operator has not switched on commands in pods (--cluster-exec, ARBEX_CLUSTER_EXEC)")]
    ExecOff,
    /// The token is not good for it.
    #[error("the caller's token lacks the capability {:?}", .0.as_str())]
    CallerLacks(Capability),
    /// `system.k8s.exec.enabled` is not true.
    #[error("commands in pods are off in the node's configuration (system.k8s.exec.enabled: true switches them on)")]
    ExecNotConfigured,
    /// `system.k8s.exec.allowClusterManager` is not true.
    #[error("the node's configuration does not allow the cluster manager's pods (system.k8s.exec.allowClusterManager)")]
    ClusterManagerNotConfigured,
    /// It begins with none of `system.k8s.exec.podNamePrefixes`.
    #[error("the pod {pod:?} begins with no prefix of the node's configuration (system.k8s.exec.podNamePrefixes)")]
    PodNotListed {
        /// What was asked for.
        pod: String,
    },
    /// None is named, and there is none to begin with.
    #[error(
        "no namespace is allowed to both the node (system.k8s.namespaces) and the operator (--cluster-namespaces, \
         ARBEX_CLUSTER_NAMESPACES); without a list, each allows the service's own namespace, if it has one"
    )]
    NoNamespace,
    /// The configuration does not list it.
    #[error("the namespace {namespace:?} is not listed in the node's configuration (system.k8s.namespaces)")]
    NamespaceNotConfigured {
        /// What was asked for.
        namespace: String,
    },
    /// The configuration lists it, the operator does not.
    #[error("the operator does not allow the namespace {namespace:?} (--cluster-namespaces, ARBEX_CLUSTER_NAMESPACES)")]
    NamespaceNotAllowed {
        /// What was asked for.
        namespace: String,
    },
}
