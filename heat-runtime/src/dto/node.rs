use serde_json::Value;

use super::NodeTemplate;

/// The numbers of [`NodeInstance::last_state`] that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NodeState {
    /// The last run failed.
    ProcessingFailed = 2,
    /// The last run succeeded.
    ProcessingSucceeded = 3,
}

received! {
    /// A node of a session.
    pub struct NodeInstance {
        /// Core's number for it.
        id: i64,
        /// The session's GUID.
        session_id: String,
        /// The session, where Core puts it in.
        session: Option<Value>,
        /// The number of its template.
        node_template_id: i64,
        /// Its template.
        node_template: Option<NodeTemplate>,
        /// Its name within the session.
        name: String,
        /// Its configuration, as JSON text.
        configuration: String,
        /// When it last ran, ISO 8601.
        last_processed: Option<String>,
        /// How it last ran; see [`NodeState`] for the numbers that are known.
        last_state: i64,
        /// The last run's words.
        status_details: String,
        /// The number of its newest output.
        current_output_id: Option<i64>,
        /// Its newest output.
        current_output: Option<NodeOutput>,
        /// Its outputs, where Core puts them in.
        outputs: Vec<Value>,
        /// The nodes it reads from, often by id alone.
        parents: Vec<NodeInstance>,
    }

    /// Where a node's output is.
    pub struct NodeOutput {
        /// Core's number for it.
        id: Option<i64>,
        /// The node it is of.
        node_instance_id: i64,
        /// Text that goes with it, mostly JSON.
        configuration: String,
        /// When it was made, ISO 8601.
        created_at: Option<String>,
        /// The data source that holds it.
        data_source_id: i64,
        /// Where in the data source.
        data_path: String,
        /// The maker's name for it.
        output_identifier: String,
    }
}

sent! {
    /// An output to create.
    pub struct NewNodeOutput {
        required {
            /// The node it is of.
            node_instance_id: i64,
            /// Text that goes with it, mostly JSON.
            configuration: String,
            /// The data source that holds it.
            data_source_id: i64,
            /// Where in the data source.
            data_path: String,
            /// The maker's name for it.
            output_identifier: String,
        }
        optional {}
    }

    /// A node's state to set.
    pub struct NodeStatus {
        required {
            /// [`NodeState`] as a number, or another that Core knows.
            last_state: i64,
            /// Words for people.
            status_details: String,
        }
        optional {
            /// A new configuration, as JSON text.
            configuration: String,
        }
    }
}

impl NodeStatus {
    /// A state and words for people.
    pub fn new(state: NodeState, status_details: impl Into<String>) -> Self {
        Self { last_state: state as i64, status_details: status_details.into(), ..Self::default() }
    }
}
