use serde_json::Value;

use super::RunnerType;

received! {
    /// A kind of node.
    pub struct NodeTemplate {
        /// Core's number for it.
        id: i64,
        /// Its name; what a processor is chosen by.
        name: String,
        /// Its type: a number or a name.
        r#type: Value,
        /// JSON Schema of what it reads, as text.
        input_schema: Option<String>,
        /// JSON Schema of what it makes, as text.
        output_schema: Option<String>,
        /// Whether it reads from more than one node.
        accepts_multiple_inputs: bool,
        /// Whether it wants a configuration.
        requires_configuration: bool,
        /// JSON Schema of its configuration, as text.
        configuration_schema: String,
        /// The feature it belongs to.
        feature_internal_name: String,
        /// That feature.
        feature: Option<Feature>,
        /// The kinds of runners that can run it.
        supported_runners: Vec<RunnerType>,
        /// Whether it makes anything but JSON.
        has_non_json_artifacts: bool,
    }

    /// A part of the platform that can be switched on.
    pub struct Feature {
        /// Its name in the system.
        internal_name: String,
        /// Its name for people.
        display_name: String,
        /// The name of its icon.
        icon: String,
        /// Whether it is on.
        is_enabled: bool,
        /// Whose it is, as Core's number.
        ownership_type: i64,
        /// What it does.
        description: String,
        /// When it was made, ISO 8601.
        created_at: String,
        /// When it last changed, ISO 8601.
        updated_at: String,
    }

    /// What sessions are made from: nodes and how they hang together.
    pub struct SessionTemplate {
        /// Core's number for it.
        id: i64,
        /// Its name.
        name: String,
        /// What it is for.
        description: String,
        /// Its configuration, as JSON text.
        configuration: String,
        /// Its nodes.
        nodes: Vec<SessionTemplateNode>,
    }

    /// A node of a session template.
    pub struct SessionTemplateNode {
        /// Core's number for it.
        id: i64,
        /// Its name.
        name: String,
        /// The number of its template.
        node_template_id: i64,
        /// Its template.
        node_template: Option<NodeTemplate>,
        /// The configuration its instances begin with, as JSON text.
        default_configuration: String,
        /// The nodes it reads from.
        parents: Vec<SessionTemplateNode>,
    }
}

sent! {
    /// A kind of node, to create or to change.
    pub struct NodeTemplateFields {
        required {
            /// Its name.
            name: String,
            /// Its type by name, as `Transform`.
            r#type: String,
            /// The feature it belongs to.
            feature_internal_name: String,
        }
        optional {
            /// JSON Schema of what it reads, as text.
            input_schema: String,
            /// JSON Schema of what it makes, as text.
            output_schema: String,
            /// Whether it reads from more than one node.
            accepts_multiple_inputs: bool,
            /// Whether it wants a configuration.
            requires_configuration: bool,
            /// JSON Schema of its configuration, as text.
            configuration_schema: String,
            /// Whether it makes anything but JSON.
            has_non_json_artifacts: bool,
        }
    }

    /// A session template, to create or to change.
    pub struct SessionTemplateFields {
        required {}
        optional {
            /// Core's number for it.
            id: i64,
            /// Its name.
            name: String,
            /// What it is for.
            description: String,
            /// Its configuration, as JSON text.
            configuration: String,
            /// Its nodes.
            nodes: Vec<Value>,
        }
    }

    /// A node of a session template, to create or to change.
    pub struct SessionTemplateNodeFields {
        required {}
        optional {
            /// Its name.
            name: String,
            /// The number of its template.
            node_template_id: i64,
            /// The configuration its instances begin with, as JSON text.
            default_configuration: String,
            /// The nodes it reads from, by id.
            parent_ids: Vec<i64>,
            /// The nodes it reads from; the official client sends them when it creates a node.
            parents: Vec<Value>,
        }
    }
}
