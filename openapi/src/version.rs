//! `GET /version`: build metadata.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The answer to `GET /version`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "version": "0.1.0", "commit": "4f2a90c1d6f0e3b7a8c95d1e2f30415263748596", "commitSuffix": "4f2a90c",
    "buildUtc": "2026-01-01T00:00:00Z", "apiVersion": "1.0",
    "engine": { "wasmtime": "48.0.0", "quickjs": "2025-09-13", "guestSha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" }
}))]
pub struct Version {
    /// Version of the service.
    pub version: String,

    /// Commit it was built from, in full; `unknown` when not built from a checkout.
    pub commit: String,

    /// The beginning of that commit.
    pub commit_suffix: String,

    /// When it was built, ISO 8601 in UTC.
    pub build_utc: String,

    /// Version of the scripting interface, as in `ctx.apiVersion`.
    pub api_version: String,

    /// What runs the scripts.
    pub engine: Engine,
}

/// What runs the scripts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Engine {
    /// Version of wasmtime.
    pub wasmtime: String,

    /// Version of QuickJS.
    pub quickjs: String,

    /// SHA-256 of the guest module, in lower-case hexadecimal.
    pub guest_sha256: String,
}
