//! `POST /execute`: the request body.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Configuration, Context, Input};

/// The body of `POST /execute` and `POST /validate`. Only `configuration.script` is required; the smallest request
/// is `{"configuration":{"script":"…"}}`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "configuration": {
        "script": "async function run(ctx) { return { ok: true, node: ctx.node.instanceName }; }",
        "timeoutMs": 5000
    },
    "context": { "node": { "instanceId": 72, "instanceName": "arbex" } },
    "inputs": [ {
        "descriptor": { "outputId": 501, "createdAtUtc": "2026-01-02T03:04:05Z", "contentType": "text/csv" },
        "content": { "text": "a,b\n1,2\n" }
    } ]
}))]
pub struct ExecuteRequest {
    /// The node configuration, verbatim. `configurationSnapshotBase64` in the envelope is the base64 of exactly the
    /// bytes of this member as they were received.
    pub configuration: Configuration,

    /// What the platform knows about the run: session, node, parents, system. Every part is optional and becomes a
    /// neutral value (`null`, `[]`, `{}`) when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,

    /// Outputs of the parent node that the script may read. Which of them it sees, and in which order, is up to
    /// `configuration.parent`; without a `mode` there, one input behaves as `latest` and several as `history`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Input>,
}
