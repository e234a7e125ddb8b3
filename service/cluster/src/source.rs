//! Where the cluster is, and who we are there: the pod's own service account, or a kubeconfig.

use std::path::Path;

use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig};

/// Where a pod finds the namespace that it runs in.
const NAMESPACE_FILE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// Which cluster is asked.
#[derive(Clone, Default)]
pub struct ClusterSource(Option<Box<Named>>);

#[derive(Clone)]
struct Named {
    kubeconfig: Kubeconfig,
    context: String,
}

/// Its contents are credentials.
impl std::fmt::Debug for ClusterSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "kubeconfig" } else { "in-cluster" })
    }
}

impl ClusterSource {
    /// The cluster of a kubeconfig: of `context`, or of its current one. None when the file is none, or does not have it.
    pub fn kubeconfig(file: &Path, context: Option<&str>) -> Option<Self> {
        let kubeconfig = Kubeconfig::read_from(file).ok()?;
        let context = context.map(str::to_owned).or_else(|| kubeconfig.current_context.clone())?;
        kubeconfig.contexts.iter().find(|named| named.name == context)?;
        Some(Self(Some(Box::new(Named { kubeconfig, context }))))
    }

    /// The namespace to stand for "our own": the pod's, or the context's.
    pub fn own_namespace(&self) -> Option<String> {
        let namespace = match &self.0 {
            None => std::fs::read_to_string(NAMESPACE_FILE).ok()?.trim().to_owned(),
            Some(named) => {
                let context = named.kubeconfig.contexts.iter().find(|context| context.name == named.context)?;
                context.context.as_ref()?.namespace.clone()?
            }
        };
        Some(namespace).filter(|namespace| super::names::is_label(namespace))
    }

    /// All that a client needs. Read anew for each client: what is mounted may change.
    pub(super) async fn config(&self) -> Result<Config, &'static str> {
        match &self.0 {
            None => Config::incluster().map_err(|error| {
                tracing::debug!(error = &error as &dyn std::error::Error, "no service account");
                "this service runs in no pod with a service account, and --cluster-kubeconfig names no file"
            }),
            Some(named) => {
                let options =
                    KubeConfigOptions { context: Some(named.context.clone()), ..KubeConfigOptions::default() };
                Config::from_custom_kubeconfig(named.kubeconfig.clone(), &options).await.map_err(|error| {
                    tracing::debug!(error = &error as &dyn std::error::Error, "the kubeconfig gives no configuration");
                    "the kubeconfig's context is not complete, or names files that cannot be read"
                })
            }
        }
    }
}
