//! What is there before the first request: rows as their DTOs, by id, without starting anything.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::ConfigEntry;
use crate::graph::{Node, PENDING};
use crate::refusal::Refusal;
use crate::resource::{Resource, Row};
use crate::store::{Key, Store};
use crate::wire::NodeOutput;

/// A starting state. Every list may be left out; rows may leave out their `id`, and refer only to what stands above them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Seed {
    /// Values by dotted name.
    pub config: BTreeMap<String, Value>,
    /// `DataSource`
    pub data_sources: Vec<Row>,
    /// `RunnerType`
    pub runner_types: Vec<Row>,
    /// `NodeTemplate`; `supportedRunnerIds` names runner types.
    pub node_templates: Vec<Row>,
    /// `SessionTemplate`
    pub session_templates: Vec<Row>,
    /// `SessionTemplateNode`, with `sessionTemplateId` and `parentIds`.
    pub session_template_nodes: Vec<Row>,
    /// `Project`
    pub projects: Vec<Row>,
    /// `Session`. Unlike a session that is created over HTTP it gets no nodes of its template: they are below.
    pub sessions: Vec<Row>,
    /// `SessionUser`, with `sessionId`.
    pub session_users: Vec<Row>,
    /// `ScenarioInstance`, with `sessionId`.
    pub scenario_instances: Vec<Row>,
    /// `NodeInstance`
    pub nodes: Vec<SeedNode>,
    /// `NodeOutput`
    pub outputs: Vec<SeedOutput>,
    /// `SessionDimension`, with `sessionId`.
    pub session_dimensions: Vec<Row>,
    /// Ids of nodes that have a task waiting, in the order of the queue.
    pub tasks: Vec<i64>,
}

/// A node of a session.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeedNode {
    /// Its id.
    pub id: Option<i64>,
    /// The session it is of.
    pub session_id: String,
    /// What it runs.
    pub node_template_id: i64,
    /// Its name in the session.
    pub name: String,
    /// JSON as text.
    #[serde(default)]
    pub configuration: String,
    /// Ids of nodes above.
    #[serde(default)]
    pub parent_ids: Vec<i64>,
}

/// An output, and with it what its store has.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SeedOutput {
    /// What is known of it.
    #[serde(flatten)]
    pub output: NodeOutput,
    /// What stands at its data path: a string as its bytes, anything else as JSON.
    #[serde(default)]
    pub data: Option<Value>,
}

impl Store {
    /// Adds all of it, or what stands before the first fault.
    pub(crate) fn seed(&mut self, seed: &Seed) -> Result<(), Refusal> {
        for (name, value) in &seed.config {
            self.config.insert(name.clone(), ConfigEntry::of(name, value));
        }
        let tables = [
            (Resource::DataSource, &seed.data_sources),
            (Resource::RunnerType, &seed.runner_types),
            (Resource::NodeTemplate, &seed.node_templates),
            (Resource::SessionTemplate, &seed.session_templates),
            (Resource::SessionTemplateNode, &seed.session_template_nodes),
            (Resource::Project, &seed.projects),
            (Resource::Session, &seed.sessions),
            (Resource::SessionUser, &seed.session_users),
            (Resource::ScenarioInstance, &seed.scenario_instances),
        ];
        for (resource, rows) in tables {
            self.seed_rows(resource, rows)?;
        }
        for node in &seed.nodes {
            self.seed_node(node)?;
        }
        for SeedOutput { output, data } in &seed.outputs {
            let id = (output.id != 0).then_some(output.id);
            self.store_output(output.node_instance_id, output.clone(), id)?;
            if let Some(data) = data {
                let bytes = data.as_str().map_or_else(|| data.to_string(), str::to_owned);
                self.blobs.insert((output.data_source_id, output.data_path.clone()), Bytes::from(bytes));
            }
        }
        self.seed_rows(Resource::SessionDimension, &seed.session_dimensions)?;
        for node_id in &seed.tasks {
            self.node(*node_id)?;
            self.queue_task(*node_id);
        }
        Ok(())
    }

    fn seed_rows(&mut self, resource: Resource, rows: &[Row]) -> Result<(), Refusal> {
        for row in rows {
            self.insert(resource, row, row.get("id").and_then(Key::of))?;
        }
        Ok(())
    }

    fn seed_node(&mut self, seed: &SeedNode) -> Result<(), Refusal> {
        self.known(Resource::Session, &Key::from(seed.session_id.as_str()))?;
        self.known(Resource::NodeTemplate, &Key::Number(seed.node_template_id))?;
        for parent in &seed.parent_ids {
            self.node(*parent)?;
        }
        let id = seed.id.unwrap_or_else(|| self.new_id(Resource::NodeInstance));
        if self.nodes.contains_key(&id) {
            return Err(Refusal::conflict(format!("there is already a node {id}")));
        }
        let node = Node {
            id,
            session_id: seed.session_id.clone(),
            node_template_id: seed.node_template_id,
            name: seed.name.clone(),
            configuration: seed.configuration.clone(),
            last_processed: None,
            last_state: PENDING,
            status_details: String::new(),
            outputs: Vec::new(),
            parents: seed.parent_ids.clone(),
            unsettled: false,
            open_tasks: Vec::new(),
        };
        self.nodes.insert(id, node);
        Ok(())
    }
}
