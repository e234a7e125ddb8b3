//! What a run may do beyond its inputs: the one place that says so.
//!
//! The operator's [`Rules`], the caller's capabilities and the node's configuration go in, a [`Grant`] comes out. It allows
//! nothing that one of the three does not. The bridge asks it before every operation, so that what is refused never reaches
//! the cluster. Pure: no clock, no I/O.

mod needs;
mod refusal;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use refusal::Refusal;

use crate::call::{Exec, System};
use crate::caller::{Caller, Capability};

/// What a script may ask of `ctx.system`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `config.getPrefix`
    GetPrefix,
    /// `k8s.listPods`
    ListPods,
    /// `k8s.listDeployments`
    ListDeployments,
    /// `k8s.listStatefulSets`
    ListStatefulSets,
    /// `k8s.listPersistentVolumeClaims`
    ListPersistentVolumeClaims,
    /// `k8s.listIngresses`
    ListIngresses,
    /// `k8s.listServices`
    ListServices,
    /// `k8s.listNamespaces`
    ListNamespaces,
    /// `k8s.listNodes`
    ListNodes,
    /// `k8s.getPodMetrics`
    GetPodMetrics,
    /// `k8s.exec`
    Exec,
    /// `k8s.execClusterManager`
    ExecClusterManager,
}

impl Operation {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 12] = [
        Self::GetPrefix,
        Self::ListPods,
        Self::ListDeployments,
        Self::ListStatefulSets,
        Self::ListPersistentVolumeClaims,
        Self::ListIngresses,
        Self::ListServices,
        Self::ListNamespaces,
        Self::ListNodes,
        Self::GetPodMetrics,
        Self::Exec,
        Self::ExecClusterManager,
    ];

    /// The method's name: in messages, and as the value of the label `operation`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GetPrefix => "getPrefix",
            Self::ListPods => "listPods",
            Self::ListDeployments => "listDeployments",
            Self::ListStatefulSets => "listStatefulSets",
            Self::ListPersistentVolumeClaims => "listPersistentVolumeClaims",
            Self::ListIngresses => "listIngresses",
            Self::ListServices => "listServices",
            Self::ListNamespaces => "listNamespaces",
            Self::ListNodes => "listNodes",
            Self::GetPodMetrics => "getPodMetrics",
            Self::Exec => "exec",
            Self::ExecClusterManager => "execClusterManager",
        }
    }

    /// Whether it asks for what lives outside of any namespace.
    const fn is_cluster_wide(self) -> bool {
        matches!(self, Self::ListNamespaces | Self::ListNodes)
    }
}

/// How much of the cluster scripts may read at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reads {
    /// Nothing.
    #[default]
    Off,
    /// What lives in an allowed namespace.
    Namespaced,
    /// The list of namespaces and of nodes, too.
    All,
}

/// What the operator allows at most, to anyone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Cluster reads.
    pub reads: Reads,
    /// Whether commands may be run in pods.
    pub exec: bool,
    /// Namespaces that may be reached; none: [`Self::own_namespace`] alone.
    pub namespaces: Option<Vec<String>>,
    /// The namespace that this service runs in, if it is known.
    pub own_namespace: Option<String>,
}

/// What one run may do.
#[derive(Debug, Clone)]
pub struct Grant {
    reads: Reads,
    exec: bool,
    caller: Caller,
    /// None: the configuration switches `ctx.system` off.
    system: Option<Granted>,
}

#[derive(Debug, Clone)]
struct Granted {
    asked: System,
    /// Those that the configuration asks for, or else our own, without what the request's context leaves out, and without what the
    /// operator does not allow; in the order of the configuration.
    namespaces: Vec<String>,
    /// What the request alone says of them.
    named: Vec<String>,
}

impl Grant {
    /// What is left of what the configuration asks for in `system`.
    pub fn new(rules: &Rules, caller: &Caller, system: Option<&System>) -> Self {
        let system = system.map(|asked| {
            let own = rules.own_namespace.as_slice();
            let allowed = rules.namespaces.as_deref().unwrap_or(own);
            let (listed, told) = (asked.kubernetes.namespaces.as_deref(), asked.kubernetes.told.as_deref());
            let is_told = |namespace: &&String| told.is_none_or(|told| told.contains(namespace));
            let mut namespaces: Vec<String> = Vec::new();
            for namespace in listed.unwrap_or(own).iter().filter(is_told) {
                if allowed.contains(namespace) && !namespaces.contains(namespace) {
                    namespaces.push(namespace.clone());
                }
            }
            let named = listed.or(told).unwrap_or_default().iter().filter(is_told).cloned().collect();
            Granted { asked: asked.clone(), namespaces, named }
        });
        Self { reads: rules.reads, exec: rules.exec, caller: caller.clone(), system }
    }

    /// Who is it that calls, for the log.
    pub fn caller(&self) -> &Arc<str> {
        &self.caller.name
    }

    /// Whether there is a `ctx.system`.
    pub fn has_system(&self) -> bool {
        self.system.is_some()
    }

    /// Whether there is a `ctx.system.config`.
    pub fn has_config(&self) -> bool {
        self.system.as_ref().is_some_and(|system| !system.asked.config_prefixes.is_empty())
    }

    /// `ctx.system.k8sNamespaces`: those that may be named. While cluster reads are off, those that the request names, so that a
    /// script can be tried without a cluster.
    pub fn namespaces(&self) -> &[String] {
        let Some(system) = &self.system else { return &[] };
        match self.reads {
            Reads::Off => &system.named,
            Reads::Namespaced | Reads::All => &system.namespaces,
        }
    }

    /// Most items of one list.
    pub fn max_items(&self) -> usize {
        self.system
            .as_ref()
            .map_or(0, |system| usize::try_from(system.asked.kubernetes.max_items).unwrap_or(usize::MAX))
    }

    /// Whether the platform configuration below `prefix` may be read.
    ///
    /// # Errors
    ///
    /// The reason why not.
    pub fn config(&self, prefix: &str) -> Result<(), Refusal> {
        let prefixes = &self.system()?.asked.config_prefixes;
        if prefixes.iter().any(|listed| listed == prefix) {
            return Ok(());
        }
        Err(Refusal::PrefixNotListed { prefix: prefix.to_owned() })
    }

    /// Whether the cluster may be read so; gives the namespace to read, none for what lives in no namespace.
    ///
    /// # Errors
    ///
    /// The reason why not.
    pub fn read<'a>(&'a self, operation: Operation, namespace: Option<&str>) -> Result<Option<&'a str>, Refusal> {
        let system = self.system()?;
        match self.reads {
            Reads::Off => return Err(Refusal::ReadsOff),
            Reads::Namespaced if operation.is_cluster_wide() => return Err(Refusal::ClusterWideOff),
            Reads::Namespaced | Reads::All => {}
        }
        self.needs(Capability::System)?;
        if operation.is_cluster_wide() { Ok(None) } else { system.namespace(namespace).map(Some) }
    }

    /// Whether a command may be run in `pod`, or in one of the cluster manager's when it names none; gives the namespace, and
    /// the configuration's bounds.
    ///
    /// # Errors
    ///
    /// The reason why not.
    pub fn exec<'a>(&'a self, pod: Option<&str>, namespace: Option<&str>) -> Result<(&'a str, &'a Exec), Refusal> {
        let system = self.system()?;
        if self.reads == Reads::Off {
            return Err(Refusal::ReadsOff);
        }
        if !self.exec {
            return Err(Refusal::ExecOff);
        }
        self.needs(Capability::Exec)?;
        let exec = system.asked.kubernetes.exec.as_ref().ok_or(Refusal::ExecNotConfigured)?;
        match pod {
            None if exec.allow_cluster_manager => {}
            None => return Err(Refusal::ClusterManagerNotConfigured),
            // An empty prefix would be every pod: nobody means that by a list of prefixes.
            Some(pod) if exec.pod_name_prefixes.iter().any(|prefix| !prefix.is_empty() && pod.starts_with(prefix)) => {}
            Some(pod) => return Err(Refusal::PodNotListed { pod: pod.to_owned() }),
        }
        Ok((system.namespace(namespace)?, exec))
    }

    fn system(&self) -> Result<&Granted, Refusal> {
        self.system.as_ref().ok_or(Refusal::SystemOff)
    }

    fn needs(&self, capability: Capability) -> Result<(), Refusal> {
        if self.caller.capabilities.has(capability) { Ok(()) } else { Err(Refusal::CallerLacks(capability)) }
    }
}

impl Granted {
    /// The allowed namespace that `named` is, or the first.
    fn namespace(&self, named: Option<&str>) -> Result<&str, Refusal> {
        let Some(named) = named else {
            return self.namespaces.first().map(String::as_str).ok_or(Refusal::NoNamespace);
        };
        let listed = self.namespaces.iter().find(|namespace| *namespace == named);
        listed.map(String::as_str).ok_or_else(|| {
            let namespace = named.to_owned();
            if self.asked.kubernetes.namespaces.is_some() && self.named.contains(&namespace) {
                Refusal::NamespaceNotAllowed { namespace }
            } else {
                Refusal::NamespaceNotConfigured { namespace }
            }
        })
    }
}
