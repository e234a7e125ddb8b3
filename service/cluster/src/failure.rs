//! Why the cluster did not give what was asked for. Of texts from outside, only the API server's own message about its
//! refusal is in here: not an address, not a header, not what a library says of either.

use std::fmt;

use super::rbac::Access;

/// Longest texts of the API server that reach a script, in characters.
const MAX_MESSAGE_CHARS: usize = 1024;
const MAX_REASON_CHARS: usize = 64;

/// Why the cluster gave nothing. The words are for the script's author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// There is no cluster to ask, or no credentials for it. In our own words.
    #[error("there is no cluster: {0}")]
    NoCluster(&'static str),
    /// No connection.
    #[error("no connection to the cluster's API server")]
    Unreachable,
    /// A connection that is not to be trusted.
    #[error("the API server's certificate is not trusted, or it does not speak TLS")]
    Tls,
    /// The connection ended before the answer did.
    #[error("the connection to the API server ended before the answer did")]
    Broken,
    /// No whole answer in time.
    #[error("the API server did not answer in {timeout_ms} ms (--cluster-timeout-ms, ARBEX_CLUSTER_TIMEOUT_MS)")]
    Late {
        /// How long was waited, in milliseconds.
        timeout_ms: u64,
    },
    /// An answer over its bound.
    #[error("one answer of the API server is over {max_bytes} bytes")]
    TooLarge {
        /// The bound.
        max_bytes: usize,
    },
    /// All summaries together over their bound.
    #[error(
        "the summaries take over {max_bytes} bytes; lower system.k8s.maxItems, or name a labelSelector where there is one"
    )]
    ListTooLarge {
        /// The bound.
        max_bytes: usize,
    },
    /// The process has no room beside the answers of other runs.
    #[error("no room beside the answers to other runs now (--cluster-budget-mb, ARBEX_CLUSTER_BUDGET_MB)")]
    NoRoom,
    /// An answer that is not what the Kubernetes API says it is.
    #[error("the answer is not what the Kubernetes API gives")]
    NotUnderstood,
    /// The API server refused.
    #[error("{0}")]
    Refused(Box<ApiRefusal>),
    /// The list changed too fast: its pages went stale twice.
    #[error("410 Expired: the list went stale while its pages were read, twice; ask again, or for less")]
    Stale,
    /// The API server asks to wait longer than there is time.
    #[error("429 TooManyRequests: the API server asks to wait {wait_ms} ms, which is longer than this run may take")]
    Busy {
        /// How long, in milliseconds.
        wait_ms: u64,
    },
    /// An argument that no cluster would take.
    #[error("{field} must be {rule}")]
    Argument {
        /// The argument's name.
        field: &'static str,
        /// What it has to be.
        rule: &'static str,
    },
    /// No pod to run a command in.
    #[error("no pod labelled app=cluster-manager is running in the namespace {namespace:?}")]
    NoPod {
        /// Where one was looked for.
        namespace: String,
    },
    /// The pod is not running.
    #[error("the pod {pod:?} is {phase}, not Running")]
    NotRunning {
        /// Its name.
        pod: String,
        /// Its phase.
        phase: String,
    },
    /// The pod has no such container.
    #[error("the pod {pod:?} has no container {container:?}; it has {known}")]
    NoContainer {
        /// Its name.
        pod: String,
        /// What was asked for.
        container: String,
        /// Those that it has, with commas between them.
        known: String,
    },
    /// The command did not end in time.
    #[error("the command did not end in {timeout_ms} ms (system.k8s.exec.timeoutMs); it may go on in its container")]
    CommandLate {
        /// How long was waited, in milliseconds.
        timeout_ms: u64,
    },
    /// The command could not be started.
    #[error("the command could not be run: {message}")]
    NotStarted {
        /// Why not, as the API server says it.
        message: String,
    },
}

/// What the API server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiRefusal {
    /// What it was asked to do.
    pub verb: &'static str,
    /// With what.
    pub resource: &'static str,
    /// Where; none outside of namespaces.
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

    /// The HTTP status that the API server answered.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            Self::Stale => Some(410),
            Self::Busy { .. } => Some(429),
            _ => None,
        }
    }

    /// The API server's own word for it.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => Some(refusal.reason.as_str()).filter(|reason| !reason.is_empty()),
            Self::Stale => Some("Expired"),
            Self::Busy { .. } => Some("TooManyRequests"),
            _ => None,
        }
    }

    /// One word of a closed set.
    pub fn cause(&self) -> &'static str {
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
}

impl fmt::Display for ApiRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verb, resource, namespace, status, reason, message } = self;
        let place = match namespace {
            Some(namespace) => format!(" in the namespace {namespace:?}"),
            None => " of the cluster".to_owned(),
        };
        match status {
            401 => f.write_str("401 Unauthorized: the API server does not accept this service's credentials"),
            403 => write!(
                f,
                "403 Forbidden: this service's account may not {verb} {resource}{place}; whoever runs the cluster can \
                 allow it, see docs/cluster-access.md"
            ),
            _ => {
                let reason = if reason.is_empty() { String::new() } else { format!(" {reason}") };
                let message = if message.is_empty() { String::new() } else { format!(": {message}") };
                write!(f, "the API server answered {status}{reason} to {verb} {resource}{place}{message}")
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
