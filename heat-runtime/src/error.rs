use std::fmt;
use std::time::Duration;

/// Which call went wrong: its name, and what was sent. Never holds a token, a body or a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method of this library, as `claim_task`.
    pub call: &'static str,
    /// As `POST`.
    pub method: &'static str,
    /// Path and query, as `/api/nodes?sessionId=…`.
    pub path: String,
}

impl fmt::Display for Request {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {} {}", self.call, self.method, self.path)
    }
}

/// What can go wrong. Each variant tells what was asked for and what would help.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The options cannot work; nothing was sent.
    #[error("{field}: {reason}")]
    Options {
        /// The option's name.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },

    /// An argument would name another resource than the one that was meant; nothing was sent.
    #[error("{call}: {argument} must be a name or an id, not {value:?}")]
    Argument {
        /// The method of this library.
        call: &'static str,
        /// The argument's name.
        argument: &'static str,
        /// Its value.
        value: String,
    },

    /// Core answered with a status other than 2xx.
    #[error("{request} answered {status}{}", said(.message))]
    Status {
        /// What was asked.
        request: Request,
        /// The HTTP status.
        status: u16,
        /// Core's own words, when it had any: the `message` of its JSON, or the beginning of its text.
        message: Option<String>,
        /// How long Core asked to be left alone.
        retry_after: Option<Duration>,
        /// Whether an earlier attempt of this call may have been carried out: its answer was lost, or it ended in a 5xx.
        uncertain: bool,
    },

    /// No answer: the connection could not be made, or broke.
    #[error("{request} got no answer in {attempts} attempt(s)")]
    Connection {
        /// What was asked.
        request: Request,
        /// How often it was tried.
        attempts: u32,
        /// What the last attempt met.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// No whole answer in time.
    #[error("{request} had no whole answer within {} ms, in {attempts} attempt(s)", .limit.as_millis())]
    Timeout {
        /// What was asked.
        request: Request,
        /// How often it was tried.
        attempts: u32,
        /// The bound of one attempt.
        limit: Duration,
    },

    /// The answer is longer than [`HeatRuntimeOptions::max_response_bytes`](crate::HeatRuntimeOptions::max_response_bytes).
    #[error("{request} answered more than max_response_bytes ({limit_bytes})")]
    TooLarge {
        /// What was asked.
        request: Request,
        /// The bound.
        limit_bytes: usize,
    },

    /// The answer is not what this call answers.
    #[error("{request} answered something else than expected: {reason}")]
    Decode {
        /// What was asked.
        request: Request,
        /// What does not fit, and where.
        reason: String,
    },

    /// [`HeatRuntime::init`](crate::HeatRuntime::init) has nothing to run.
    #[error("At least one processor must be registered before calling init()")]
    NoProcessor,

    /// The debug run could not be made, or its task is not valid.
    #[error("{0}")]
    Debug(String),

    /// A processor failed in a debug run.
    #[error("{0}")]
    Process(#[source] crate::ProcessError),

    /// A data source's store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What can go wrong with a data source's blobs. Never holds a connection string.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The connection string cannot be read.
    #[error("data source '{data_source}': its connection string {reason}")]
    ConnectionString {
        /// The data source's name.
        data_source: String,
        /// What is wrong with it, without quoting it.
        reason: String,
    },

    /// The data source is no store of blobs.
    #[error("data source '{data_source}' is of type {kind}, which holds no blobs: only S3 and AzureBlob do")]
    NoBlobs {
        /// The data source's name.
        data_source: String,
        /// Its type, as `PostgreSQL`.
        kind: String,
    },

    /// The key cannot be asked for as it is.
    #[error("key {key:?} cannot be used: {reason}")]
    Key {
        /// The key.
        key: String,
        /// What is wrong with it.
        reason: String,
    },

    /// There is no such blob (or no such bucket or container).
    #[error("data source '{data_source}' has no blob {key:?}")]
    NotFound {
        /// The data source's name.
        data_source: String,
        /// The key.
        key: String,
    },

    /// The store's credentials cannot do this.
    #[error("data source '{data_source}' cannot {operation}: {reason}")]
    Unsupported {
        /// The data source's name.
        data_source: String,
        /// As `presign`.
        operation: &'static str,
        /// Why not, and what would help.
        reason: &'static str,
    },

    /// The store refused, or did not answer.
    #[error("data source '{data_source}' could not {operation} {key:?}")]
    Failed {
        /// The data source's name.
        data_source: String,
        /// As `get`, `upload`, `create the bucket`.
        operation: &'static str,
        /// The key, or the bucket's name.
        key: String,
        /// What the store's client said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// The HTTP status, when Core answered with one that is not 2xx.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether Core said 404.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether Core said, of a task it once gave: there is no such open task for you (404, 409 or 410).
    pub fn is_not_ours(&self) -> bool {
        matches!(self.status(), Some(404 | 409 | 410))
    }

    /// How long Core asked to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The text the official client would store as a node's status for this error.
    pub(crate) fn status_details(&self) -> String {
        match self {
            Self::Status { status, .. } => format!("Request failed with status code {status}"),
            other => with_sources(other),
        }
    }
}

/// An error and what it came from, in one line; what a cause repeats is said once.
pub fn with_sources(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let said = source.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = source.source();
    }
    text
}

fn said(message: &Option<String>) -> String {
    message.as_ref().map(|message| format!(": {message}")).unwrap_or_default()
}
