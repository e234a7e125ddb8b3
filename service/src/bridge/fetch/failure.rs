//! Why a fetch failed: a closed set. No variant holds text, so that nothing of an address, a header or an answer can be in the
//! message that a script sees.

use crate::bridge::Failed;
use crate::run::Fetched;

/// Why an input was not fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bridge) enum Failure {
    /// Its origin is not on the operator's list; nothing was sent.
    NotListed,
    /// The host's name does not resolve.
    Unresolved,
    /// The host refused the connection.
    Refused,
    /// No connection in time.
    NoConnection,
    /// No connection for another reason.
    Unreachable,
    /// The connection is not to be trusted, or not TLS.
    Tls(Tls),
    /// The answer is no HTTP, or its head is too long.
    NotHttp,
    /// Any status but 200.
    Status(u16),
    /// The connection ended before the answer did.
    Broken,
    /// Not complete in time.
    Late { timeout_ms: u64 },
    /// Longer than allowed, as it came or unpacked.
    TooLarge { max_bytes: usize },
    /// The process has no room beside the fetched inputs of all runs.
    NoRoom,
    /// The run has no room beside what it holds already.
    RunFull { max_bytes: usize },
    /// A content encoding that is not unpacked here.
    Encoding,
    /// It should be gzip and is not.
    NotGzip,
    /// The gzip ends before its end.
    GzipEnds,
    /// The gzip is damaged, or something else comes behind it.
    GzipDamaged,
}

/// What is wrong with TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bridge) enum Tls {
    UnknownIssuer,
    WrongName,
    WrongTime,
    BadCertificate,
    Handshake,
}

impl Failure {
    /// The label under which it is counted.
    pub(super) fn result(self) -> Fetched {
        match self {
            Self::NotListed => Fetched::NotListed,
            Self::Unresolved | Self::Refused | Self::NoConnection | Self::Unreachable => Fetched::Connect,
            Self::Tls(_) => Fetched::Tls,
            Self::Status(_) => Fetched::Status,
            Self::NotHttp | Self::Broken => Fetched::Broken,
            Self::Late { .. } => Fetched::Timeout,
            Self::TooLarge { .. } => Fetched::TooLarge,
            Self::NoRoom | Self::RunFull { .. } => Fetched::NoRoom,
            Self::Encoding | Self::NotGzip | Self::GzipEnds | Self::GzipDamaged => Fetched::Encoding,
        }
    }

    /// What the promise rejects with: a `PermissionError` when the operator does not allow it, else a `FetchError`.
    pub(in crate::bridge) fn of_input(self, output_id: Option<i64>) -> Failed {
        let input = output_id.map_or_else(|| "the input".to_owned(), |id| format!("input {id}"));
        let name = if self == Self::NotListed { "PermissionError" } else { "FetchError" };
        let message = format!("{input} could not be fetched: {}", self.words());
        let status = if let Self::Status(status) = self { Some(status) } else { None };
        Failed { name, message, status, reason: None, cause: Some(self.result().as_str()) }
    }

    fn words(self) -> String {
        let words = match self {
            Self::NotListed => {
                "the operator does not allow its origin (--input-origins, ARBEX_INPUT_ORIGINS lists what is allowed)"
            }
            Self::Unresolved => "the name of its host does not resolve",
            Self::Refused => "connection refused",
            Self::NoConnection => "no connection in time",
            Self::Unreachable => "no connection",
            Self::Tls(Tls::UnknownIssuer) => {
                "TLS: no authority that is trusted signed the certificate (--input-ca-file, ARBEX_INPUT_CA_FILE adds one)"
            }
            Self::Tls(Tls::WrongName) => "TLS: the certificate is for another host",
            Self::Tls(Tls::WrongTime) => "TLS: the certificate is expired or not valid yet",
            Self::Tls(Tls::BadCertificate) => "TLS: the certificate is not valid",
            Self::Tls(Tls::Handshake) => "TLS: no agreement with the host; it may not speak TLS there",
            Self::NotHttp => "the answer is not HTTP, or its head is too long",
            Self::Status(status @ 300..=399) => {
                return format!("the store answered {status}, and redirects are not followed");
            }
            Self::Status(status) => return format!("the store answered {status}"),
            Self::Broken => "the connection ended before the answer did",
            Self::Late { timeout_ms } => return format!("not complete after {timeout_ms} ms"),
            Self::TooLarge { max_bytes } => return format!("more than {max_bytes} bytes"),
            Self::RunFull { max_bytes } => {
                return format!(
                    "this run holds too much of fetched inputs (at most {max_bytes} bytes); dispose() of readers first"
                );
            }
            Self::NoRoom => "no room beside the inputs of other runs now (--input-budget-mb, ARBEX_INPUT_BUDGET_MB)",
            Self::Encoding => "its content encoding is not gzip",
            Self::NotGzip => "it is not gzip, as its content encoding says",
            Self::GzipEnds => "its gzip ends too early",
            Self::GzipDamaged => "its gzip is damaged, or something else comes behind it",
        };
        words.to_owned()
    }
}
