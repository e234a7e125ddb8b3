//! Why the cluster did not give what was asked for. Of texts from outside, only the API server's own message about its
//! refusal is in here: not an address, not a header, not what a library says of either.

use super::rbac::Access;
use crate::bridge::Failed;
use crate::policy::Operation;

/// Longest texts of the API server that reach a script, in characters.
const MAX_MESSAGE_CHARS: usize = 1024;
const MAX_REASON_CHARS: usize = 64;

/// Why an operation failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::bridge) enum Failure {
    /// There is no cluster to ask, or no credentials for it. In our own words.
    NoCluster(&'static str),
    /// No connection.
    Unreachable,
    /// A connection that is not to be trusted.
    Tls,
    /// The connection ended before the answer did.
    Broken,
    /// No whole answer in time.
    Late { timeout_ms: u64 },
    /// An answer over its bound.
    TooLarge { max_bytes: usize },
    /// All summaries together over their bound.
    ListTooLarge { max_bytes: usize },
    /// The process has no room beside the answers of other runs.
    NoRoom,
    /// An answer that is not what the Kubernetes API says it is.
    NotUnderstood,
    /// The API server refused.
    Refused(Box<ApiRefusal>),
    /// The list changed too fast: its pages went stale twice.
    Stale,
    /// The API server asks to wait longer than there is time.
    Busy { wait_ms: u64 },
    /// An argument that no cluster would take.
    Argument { field: &'static str, rule: &'static str },
    /// No pod to run a command in.
    NoPod { namespace: String },
    /// The pod is not running.
    NotRunning { pod: String, phase: String },
    /// The pod has no such container.
    NoContainer { pod: String, container: String, known: String },
    /// The command did not end in time.
    CommandLate { timeout_ms: u64 },
    /// The command could not be started.
    NotStarted { message: String },
}

/// What the API server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::bridge) struct ApiRefusal {
    /// What it was asked for.
    pub verb: &'static str,
    pub resource: &'static str,
    pub namespace: Option<String>,
    /// The HTTP status.
    pub status: u16,
    /// Its word for the reason, such as `NotFound`.
    pub reason: String,
    /// Its message.
    pub message: String,
}

impl Failure {
    /// A refusal of `access`, from the parts of the API server's `Status`.
    pub(super) fn refused(access: &Access, namespace: Option<&str>, status: u16, reason: &str, message: &str) -> Self {
        Self::Refused(Box::new(ApiRefusal {
            verb: access.verbs.first().copied().unwrap_or_default(),
            resource: access.resource,
            namespace: namespace.map(str::to_owned),
            status,
            reason: cut(reason, MAX_REASON_CHARS),
            message: cut(message, MAX_MESSAGE_CHARS),
        }))
    }

    /// What the promise of `operation` rejects with.
    pub(in crate::bridge) fn of(self, operation: Operation) -> Failed {
        let message = format!("{}: {}", operation.as_str(), self.words());
        let cause = Some(self.cause());
        match self {
            Self::Argument { .. } => Failed::type_error(message),
            Self::Refused(refusal) => Failed {
                name: "ClusterError",
                message,
                status: Some(refusal.status),
                reason: Some(refusal.reason).filter(|reason| !reason.is_empty()),
                cause,
            },
            Self::Stale => {
                Failed { name: "ClusterError", message, status: Some(410), reason: Some("Expired".to_owned()), cause }
            }
            Self::Busy { .. } => Failed {
                name: "ClusterError",
                message,
                status: Some(429),
                reason: Some("TooManyRequests".to_owned()),
                cause,
            },
            _ => Failed { name: "ClusterError", message, status: None, reason: None, cause },
        }
    }

    /// One word of a closed set.
    pub(super) fn cause(&self) -> &'static str {
        match self {
            Self::NoCluster(_) => "no_cluster",
            Self::Unreachable => "connect",
            Self::Tls => "tls",
            Self::Broken => "broken",
            Self::Late { .. } | Self::CommandLate { .. } => "timeout",
            Self::TooLarge { .. } | Self::ListTooLarge { .. } => "too_large",
            Self::NoRoom => "no_room",
            Self::NotUnderstood => "not_understood",
            Self::Refused(_) => "status",
            Self::Stale => "stale",
            Self::Busy { .. } => "busy",
            Self::Argument { .. } => "argument",
            Self::NoPod { .. } | Self::NotRunning { .. } | Self::NoContainer { .. } => "no_pod",
            Self::NotStarted { .. } => "not_started",
        }
    }

    fn words(&self) -> String {
        match self {
            Self::NoCluster(why) => format!("there is no cluster: {why}"),
            Self::Unreachable => "no connection to the cluster's API server".to_owned(),
            Self::Tls => "the API server's certificate is not trusted, or it does not speak TLS".to_owned(),
            Self::Broken => "the connection to the API server ended before the answer did".to_owned(),
            Self::Late { timeout_ms } => format!(
                "the API server did not answer in {timeout_ms} ms (--cluster-timeout-ms, ARBEX_CLUSTER_TIMEOUT_MS)"
            ),
            Self::TooLarge { max_bytes } => format!("one answer of the API server is over {max_bytes} bytes"),
            Self::ListTooLarge { max_bytes } => format!(
                "the summaries take over {max_bytes} bytes; lower system.k8s.maxItems, or name a labelSelector where \
                 there is one"
            ),
            Self::NoRoom => {
                "no room beside the answers to other runs now (--cluster-budget-mb, ARBEX_CLUSTER_BUDGET_MB)".to_owned()
            }
            Self::NotUnderstood => "the answer is not what the Kubernetes API gives".to_owned(),
            Self::Refused(refusal) => refusal.words(),
            Self::Stale => {
                "410 Expired: the list went stale while its pages were read, twice; ask again, or for less".to_owned()
            }
            Self::Busy { wait_ms } => format!(
                "429 TooManyRequests: the API server asks to wait {wait_ms} ms, which is longer than this run may take"
            ),
            Self::Argument { field, rule } => format!("{field} must be {rule}"),
            Self::NoPod { namespace } => {
                format!("no pod labelled app=cluster-manager is running in the namespace {namespace:?}")
            }
            Self::NotRunning { pod, phase } => format!("the pod {pod:?} is {phase}, not Running"),
            Self::NoContainer { pod, container, known } => {
                format!("the pod {pod:?} has no container {container:?}; it has {known}")
            }
            Self::CommandLate { timeout_ms } => format!(
                "the command did not end in {timeout_ms} ms (system.k8s.exec.timeoutMs); it may go on in its container"
            ),
            Self::NotStarted { message } => format!("the command could not be run: {message}"),
        }
    }
}

impl ApiRefusal {
    fn words(&self) -> String {
        let Self { verb, resource, namespace, status, reason, message } = self;
        let place = match namespace {
            Some(namespace) => format!(" in the namespace {namespace:?}"),
            None => " of the cluster".to_owned(),
        };
        match status {
            401 => "401 Unauthorized: the API server does not accept this service's credentials".to_owned(),
            403 => format!(
                "403 Forbidden: this service's account may not {verb} {resource}{place}; whoever runs the cluster can \
                 allow it, see docs/cluster-access.md"
            ),
            _ => {
                let reason = if reason.is_empty() { String::new() } else { format!(" {reason}") };
                let message = if message.is_empty() { String::new() } else { format!(": {message}") };
                format!("the API server answered {status}{reason} to {verb} {resource}{place}{message}")
            }
        }
    }
}

/// The beginning of a text that came from outside.
pub(super) fn cut(text: &str, max_chars: usize) -> String {
    match text.char_indices().nth(max_chars) {
        None => text.to_owned(),
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned() + "…",
    }
}
