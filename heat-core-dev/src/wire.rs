//! The DTO that clients both send and get.

use serde::{Deserialize, Serialize};

/// What a node stored, or better: where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeOutput {
    /// Given by the Core.
    #[serde(default)]
    pub id: i64,
    /// The node it is an output of.
    pub node_instance_id: i64,
    /// JSON as text.
    pub configuration: String,
    /// ISO 8601; given by the Core.
    #[serde(default)]
    pub created_at: String,
    /// The store that has the bytes.
    pub data_source_id: i64,
    /// Where in the store.
    pub data_path: String,
    /// The runner's own name for it.
    pub output_identifier: String,
}
