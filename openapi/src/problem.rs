//! RFC 9457 problem documents: every answer that is not a run.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `application/problem+json` (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "type": "/problems/invalid-configuration",
    "title": "The request is well-formed but invalid",
    "status": 422,
    "detail": "1 fault",
    "errors": [ { "pointer": "/configuration/maxMemoryMb", "message": "must be an integer from 16 to 640 (MiB), got 2048" } ]
}))]
pub struct Problem {
    /// Stable relative URI of the kind of problem.
    pub r#type: String,

    /// Short summary, the same for each problem of that type.
    pub title: String,

    /// HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,

    /// What happened this time.
    pub detail: String,

    /// Each fault of the request, when the problem is in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
}

/// One fault in a JSON document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({ "pointer": "/configuration/maxMemoryMb", "message": "must be an integer from 16 to 640 (MiB), got 2048" }))]
pub struct Fault {
    /// JSON pointer (RFC 6901) to the place; empty for the whole document.
    pub pointer: String,

    /// The rule, the value received and the bound.
    pub message: String,
}
