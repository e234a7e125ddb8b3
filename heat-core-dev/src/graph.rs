//! Nodes and their outputs. A node is settled when it has a new output and no open task; then each child whose parents all
//! have an output gets a task, unless one already waits for it. So an output that is posted without a task (an upload, a
//! debug run) starts the children at once, one that is posted by a task when that task is completed, and one whose task
//! fails not at all. A node's outputs are kept in the order they came; the last is its current one.

use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::store::{Key, Store, ids, number, text};
use crate::wire::NodeOutput;

/// `lastState` of a node nothing was done with yet. This number and the next are ours, the others are documented.
pub(crate) const PENDING: i64 = 0;
pub(crate) const PROCESSING: i64 = 1;
pub(crate) const PROCESSING_FAILED: i64 = 2;
pub(crate) const PROCESSING_SUCCEEDED: i64 = 3;

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) id: i64,
    pub(crate) session_id: String,
    pub(crate) node_template_id: i64,
    pub(crate) name: String,
    pub(crate) configuration: String,
    pub(crate) last_processed: Option<String>,
    pub(crate) last_state: i64,
    pub(crate) status_details: String,
    pub(crate) outputs: Vec<i64>,
    pub(crate) parents: Vec<i64>,
    /// It has an output its children do not know of.
    pub(crate) unsettled: bool,
    /// Tasks of it that have not ended.
    pub(crate) open_tasks: Vec<i64>,
}

impl Store {
    pub(crate) fn node(&self, id: i64) -> Result<&Node, Refusal> {
        self.nodes.get(&id).ok_or_else(|| no_node(id))
    }

    pub(crate) fn node_mut(&mut self, id: i64) -> Result<&mut Node, Refusal> {
        self.nodes.get_mut(&id).ok_or_else(|| no_node(id))
    }

    pub(crate) fn nodes_of<'store>(&'store self, session_id: &str) -> impl Iterator<Item = &'store Node> {
        self.nodes.values().filter(move |node| node.session_id == session_id)
    }

    pub(crate) fn template_name(&self, node: &Node) -> &str {
        let template = self.row(Resource::NodeTemplate, &Key::Number(node.node_template_id));
        template.map(|template| text(template, "name")).unwrap_or_default()
    }

    /// The first runner type its template supports; 0 when it names none.
    pub(crate) fn runner_type_id(&self, node: &Node) -> i64 {
        let template = self.row(Resource::NodeTemplate, &Key::Number(node.node_template_id));
        template.and_then(|template| ids(template, "supportedRunnerIds").first().copied()).unwrap_or(0)
    }

    pub(crate) fn session_template_configuration(&self, node: &Node) -> &str {
        let session = self.row(Resource::Session, &Key::from(node.session_id.as_str()));
        let template_id = session.and_then(|session| number(session, "sessionTemplateId"));
        let template = template_id.and_then(|id| self.row(Resource::SessionTemplate, &Key::Number(id)));
        template.map_or("{}", |template| text(template, "configuration"))
    }

    pub(crate) fn current_output(&self, node_id: i64) -> Option<&NodeOutput> {
        self.outputs.get(self.nodes.get(&node_id)?.outputs.last()?)
    }

    /// Stores an output and starts the children, when there is no task to wait for.
    pub(crate) fn add_output(&mut self, node_id: i64, sent: NodeOutput) -> Result<NodeOutput, Refusal> {
        let output = self.store_output(node_id, sent, None)?;
        self.node_mut(node_id)?.unsettled = true;
        if !self.has_open_task(node_id) {
            self.settle(node_id);
        }
        Ok(output)
    }

    /// Stores an output and starts nothing: what a seed says was there before.
    pub(crate) fn store_output(
        &mut self,
        node_id: i64,
        mut output: NodeOutput,
        id: Option<i64>,
    ) -> Result<NodeOutput, Refusal> {
        self.node(node_id)?;
        if output.node_instance_id != node_id {
            let sent = output.node_instance_id;
            return Err(Refusal::bad(format!("nodeInstanceId is {sent} in the body and {node_id} in the path")));
        }
        if self.row(Resource::DataSource, &Key::Number(output.data_source_id)).is_none() {
            return Err(Refusal::bad(format!("dataSourceId: there is no data source {}", output.data_source_id)));
        }
        output.id = match id {
            Some(id) if self.outputs.contains_key(&id) => {
                return Err(Refusal::conflict(format!("there is already an output {id}")));
            }
            Some(id) => id,
            None => self.new_id(Resource::NodeOutput),
        };
        if output.created_at.is_empty() {
            output.created_at = self.now();
        }
        self.outputs.insert(output.id, output.clone());
        self.node_mut(node_id)?.outputs.push(output.id);
        Ok(output)
    }

    /// Tells the children of a node of its new output, if it has one.
    pub(crate) fn settle(&mut self, node_id: i64) {
        match self.nodes.get_mut(&node_id) {
            Some(node) if node.unsettled => node.unsettled = false,
            _ => return,
        }
        let children: Vec<_> =
            self.nodes.values().filter(|node| node.parents.contains(&node_id)).map(|node| node.id).collect();
        for child in children {
            let ready = self.nodes.get(&child).is_some_and(|child| {
                child
                    .parents
                    .iter()
                    .all(|parent| self.nodes.get(parent).is_some_and(|parent| !parent.outputs.is_empty()))
            });
            if ready && !self.has_queued_task(child) {
                self.queue_task(child);
            }
        }
    }

    /// What a failed task stored stays, but starts nothing.
    pub(crate) fn unsettle(&mut self, node_id: i64) {
        if let Some(node) = self.nodes.get_mut(&node_id) {
            node.unsettled = false;
        }
    }

    pub(crate) fn set_status(
        &mut self,
        node_id: i64,
        last_state: i64,
        details: &str,
        configuration: Option<&str>,
    ) -> Result<(), Refusal> {
        let now = self.now();
        let node = self.node_mut(node_id)?;
        node.last_state = last_state;
        details.clone_into(&mut node.status_details);
        node.last_processed = Some(now);
        if let Some(configuration) = configuration {
            configuration.clone_into(&mut node.configuration);
        }
        Ok(())
    }

    /// Nodes for a new session, as its template has them.
    pub(crate) fn instantiate(&mut self, session_id: &str, session_template_id: i64) {
        let of_template = |row: &&crate::resource::Row| number(row, "sessionTemplateId") == Some(session_template_id);
        let rows: Vec<_> = self.rows(Resource::SessionTemplateNode).filter(of_template).cloned().collect();
        let made: Vec<_> = rows.iter().map(|row| (number(row, "id"), self.new_id_for_node())).collect();
        for (row, (_, id)) in rows.iter().zip(&made) {
            let parents = ids(row, "parentIds");
            let parents = made.iter().filter(|(of, _)| of.is_some_and(|of| parents.contains(&of))).map(|(_, id)| *id);
            let node = Node {
                id: *id,
                session_id: session_id.to_owned(),
                node_template_id: number(row, "nodeTemplateId").unwrap_or_default(),
                name: text(row, "name").to_owned(),
                configuration: text(row, "defaultConfiguration").to_owned(),
                last_processed: None,
                last_state: PENDING,
                status_details: String::new(),
                outputs: Vec::new(),
                parents: parents.collect(),
                unsettled: false,
                open_tasks: Vec::new(),
            };
            self.nodes.insert(*id, node);
        }
    }

    fn new_id_for_node(&mut self) -> i64 {
        self.new_id(Resource::NodeInstance)
    }

    /// A session's nodes go with it, and what is open of them ends.
    pub(crate) fn remove_session(&mut self, session_id: &str) -> Result<(), Refusal> {
        self.delete(Resource::Session, &Key::from(session_id))?;
        let nodes: Vec<_> = self.nodes_of(session_id).map(|node| node.id).collect();
        for node_id in nodes {
            self.cancel_tasks(node_id);
            self.nodes.remove(&node_id);
            self.outputs.retain(|_, output| output.node_instance_id != node_id);
        }
        for resource in [Resource::SessionUser, Resource::ScenarioInstance, Resource::SessionDimension] {
            self.delete_where(resource, |row| text(row, "sessionId") == session_id);
        }
        Ok(())
    }
}

fn no_node(id: i64) -> Refusal {
    Refusal::absent(format!("there is no node {id}"))
}
