use serde_json::Value;

use super::{NodeInstance, NodeOutput};

received! {
    /// A node's turn to run, given to a runner.
    pub struct RunnerTask {
        /// Core's number for it; 0 where Core named none.
        id: i64,
        /// The node to run.
        node_instance_id: i64,
        /// That node.
        node_instance: Option<NodeInstance>,
        /// The runner that has it.
        runner_tag: Option<String>,
        /// The kind of runner it is for.
        runner_type_id: i64,
        /// The node's configuration, as JSON text.
        node_instance_configuration: String,
        /// The session template's configuration, as JSON text.
        session_template_configuration: String,
        /// The newest output of each parent.
        parent_node_outputs: Vec<NodeOutput>,
        /// How far it is, as Core's number.
        state: i64,
        /// How far it is, as a word.
        verbose_state: Option<String>,
        /// What the runner last said of it.
        last_runner_output: Option<Value>,
        /// How often it was tried before.
        retry_count: i64,
        /// How often it may be tried again.
        max_retries: i64,
        /// When it was made, ISO 8601.
        created_at: String,
        /// The time it is about, ISO 8601.
        reference_time: String,
        /// When it last changed, ISO 8601.
        updated_at: String,
    }
}

impl RunnerTask {
    /// What chooses the processor: the name of the node's template, else the node's own.
    pub fn template_name(&self) -> &str {
        let Some(node) = &self.node_instance else { return "" };
        node.node_template
            .as_ref()
            .map(|template| template.name.as_str())
            .filter(|name| !name.is_empty())
            .unwrap_or(&node.name)
    }
}
