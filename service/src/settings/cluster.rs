//! What scripts may ask of the cluster.

use std::path::Path;

use arbex_cluster::{ClusterSettings, ClusterSource, is_label};
use arbex_settings::{Fallback, Reader};

use crate::policy::{Reads, Rules};

const BYTES_PER_MB: usize = 1024 * 1024;

/// What stands for a file or a context that is not named.
const NONE: &str = "none";

/// What stands for the namespace that the service runs in.
const OWN: &str = "own";

/// Flags about `ctx.system.k8s`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Cluster")]
pub struct ClusterFlags {
    /// What scripts may read of the cluster; off, no script makes the service connect to it
    ///
    /// `namespaced` allows what lives in --cluster-namespaces, `all` the lists of namespaces and of nodes, too. A script gets it
    /// only where its caller's token has the capability `system` as well, and the node's configuration names the namespace.
    #[arg(long, value_name = "READS")]
    cluster_reads: Option<String>,

    /// Whether scripts may run commands in pods
    ///
    /// Only where the caller's token has the capability `exec`, and the node's configuration switches it on and names the pods.
    /// Each is logged with its caller, its pod and its arguments. Needs --cluster-reads.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    cluster_exec: Option<String>,

    /// Namespaces that scripts may reach; `own` is the one that the service runs in
    #[arg(long, value_name = "NAMES")]
    cluster_namespaces: Option<String>,

    /// A kubeconfig instead of the pod's service account
    #[arg(long, value_name = "FILE")]
    cluster_kubeconfig: Option<String>,

    /// A context of --cluster-kubeconfig instead of its current one
    #[arg(long, value_name = "NAME")]
    cluster_context: Option<String>,

    /// Longest wait for one answer of the API server
    ///
    /// A long list takes several. A run's own timeoutMs goes on meanwhile and may end it before.
    #[arg(long, value_name = "MS")]
    cluster_timeout_ms: Option<String>,

    /// Memory of the cluster's answers to all runs together
    ///
    /// A call that would need more fails; it is counted until the script has what it asked for.
    #[arg(long, value_name = "MIB")]
    cluster_budget_mb: Option<String>,
}

impl ClusterFlags {
    pub(super) fn check(&self, reader: &mut Reader<'_>) -> (Rules, ClusterSettings) {
        let standard = ClusterSettings::default();
        let words = [("off", Reads::Off), ("namespaced", Reads::Namespaced), ("all", Reads::All)];
        let off = Fallback { value: Reads::Off, told: "off".to_owned() };
        let reads = reader.word("cluster-reads", &self.cluster_reads, off, &words);
        let exec = reader.word(
            "cluster-exec",
            &self.cluster_exec,
            Fallback { value: false, told: "false".to_owned() },
            &[("true", true), ("false", false)],
        );
        if exec && reads == Reads::Off {
            let names = ["cluster-exec", "cluster-reads"];
            reader.conflict(&names, "needs --cluster-reads (ARBEX_CLUSTER_READS): a pod is looked at first".to_owned());
        }
        let namespaces = reader.value(
            "cluster-namespaces",
            &self.cluster_namespaces,
            Fallback { value: vec![None], told: OWN.to_owned() },
            format!(
                "names of namespaces with commas between them (lower case letters, digits, -), or {OWN} among them"
            ),
            parse_namespaces,
        );
        let context = reader.value(
            "cluster-context",
            &self.cluster_context,
            Fallback { value: None, told: NONE.to_owned() },
            format!("the name of a context, or {NONE}"),
            |text| (!text.is_empty()).then(|| Some(text.to_owned()).filter(|name| name != NONE)),
        );
        let source = reader.value(
            "cluster-kubeconfig",
            &self.cluster_kubeconfig,
            Fallback { value: ClusterSource::default(), told: NONE.to_owned() },
            format!("a readable kubeconfig that has --cluster-context, or else a current context, or {NONE}"),
            |text| match text {
                NONE => Some(ClusterSource::default()),
                file => ClusterSource::kubeconfig(Path::new(file), context.as_deref()),
            },
        );
        let timeout_ms =
            reader.whole("cluster-timeout-ms", &self.cluster_timeout_ms, standard.timeout_ms, 1..=600_000, "ms");
        let budget_mb = reader.whole(
            "cluster-budget-mb",
            &self.cluster_budget_mb,
            standard.budget_bytes / BYTES_PER_MB,
            1..=1_048_576,
            "MiB",
        );

        // Nothing is looked for where nothing is allowed.
        let own = if reads == Reads::Off { None } else { source.own_namespace() };
        let named = namespaces.into_iter().filter_map(|named| named.or_else(|| own.clone())).collect();
        let rules = Rules { reads, exec, namespaces: Some(named), own_namespace: own };
        let budget_bytes = BYTES_PER_MB.saturating_mul(budget_mb);
        (rules, ClusterSettings { source, timeout_ms, budget_bytes, ..standard })
    }
}

/// Names; none is our own.
fn parse_namespaces(text: &str) -> Option<Vec<Option<String>>> {
    let parse = |name: &str| match name.trim() {
        OWN => Some(None),
        name => is_label(name).then(|| Some(name.to_owned())),
    };
    text.split(',').map(parse).collect()
}
