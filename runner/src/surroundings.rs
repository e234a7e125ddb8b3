//! What Core knows around a task: the session, its nodes, the node's parents. Only named members go on, so that no e-mail address and
//! no display name can reach a script.

use std::collections::HashMap;

use arbex_api::{Context, LastState, Node, Parent, Session, SessionNode};
use heat_runtime::{Error, HeatRuntime, NodeInstance, RunnerTask};
use serde_json::Value;

use crate::failure::{Failure, Stage};
use crate::known::Known;

/// What is around a task.
#[derive(Debug)]
pub struct Surroundings {
    /// For the script; `system` is still to come.
    pub context: Context,
    /// The node's parents in the graph.
    pub parents: Vec<GraphParent>,
}

/// A parent in the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphParent {
    /// Core's number for it.
    pub id: i64,
    /// Its name in the graph.
    pub name: String,
    /// The name of its template.
    pub template_name: Option<String>,
}

/// The node of a task: mostly it comes along.
///
/// # Errors
///
/// When Core does not tell.
pub async fn node_of(task: &RunnerTask, core: &HeatRuntime) -> Result<NodeInstance, Failure> {
    match &task.node_instance {
        Some(node) if !node.session_id.is_empty() => Ok(node.clone()),
        _ => core.get_node_by_id(task.node_instance_id).await.map_err(|error| unknown("the node", &error)),
    }
}

impl Surroundings {
    /// Asks Core.
    ///
    /// # Errors
    ///
    /// When Core does not tell.
    pub async fn of(
        task: &RunnerTask,
        node: &NodeInstance,
        known: &Known,
        core: &HeatRuntime,
    ) -> Result<Self, Failure> {
        let session = known.sessions.get(node.session_id.clone(), session(&node.session_id, core));
        let nodes =
            async { core.list_nodes(&node.session_id).await.map_err(|error| unknown("the session's nodes", &error)) };
        let (session, nodes) = tokio::try_join!(session, nodes)?;
        let parents = parents(node, &nodes, core).await?;

        let (template_name, template_configuration) =
            session.session_template.map(|template| (template.name, template.configuration)).unwrap_or_default();
        // A session may have settings of its own; else they are its template's.
        let own_configuration = session.extra.get("configuration").filter(|value| !value.is_null()).cloned();
        let configuration = own_configuration.or_else(|| {
            [&task.session_template_configuration, &template_configuration]
                .into_iter()
                .find(|text| !text.trim().is_empty())
                .map(|text| Value::String(text.clone()))
        });
        let context = Context {
            session: Some(Session {
                id: Some(node.session_id.clone()),
                project_id: Some(session.project_id).filter(|id| *id != 0),
                simulation_name: session.simulation_name,
                template: Some(template_name).filter(|name| !name.is_empty()),
                configuration,
                nodes: nodes.iter().map(session_node).collect(),
                ..Session::default()
            }),
            node: Some(Node {
                instance_id: Some(node.id),
                instance_name: Some(node.name.clone()),
                template_name: template_name_of(node),
                task_id: Some(task.id),
                ..Node::default()
            }),
            parents: parents.iter().map(GraphParent::shown).collect(),
            ..Context::default()
        };
        Ok(Self { context, parents })
    }
}

/// The session with its template.
async fn session(id: &str, core: &HeatRuntime) -> Result<heat_runtime::Session, Failure> {
    let mut session = core.get_session_by_id(id).await.map_err(|error| unknown("the session", &error))?;
    if session.session_template.is_none() && session.session_template_id != 0 {
        let template = core.get_session_template_by_id(session.session_template_id).await;
        session.session_template = Some(template.map_err(|error| unknown("the session template", &error))?);
    }
    Ok(session)
}

impl GraphParent {
    fn of(node: &NodeInstance) -> Self {
        Self { id: node.id, name: node.name.clone(), template_name: template_name_of(node) }
    }

    fn shown(&self) -> Parent {
        Parent {
            name: Some(self.name.clone()),
            template_name: self.template_name.clone(),
            instance_id: Some(self.id),
            ..Parent::default()
        }
    }
}

/// A node names its parents by id alone, or with more; the session's list has the rest, or Core is asked for the one.
async fn parents(node: &NodeInstance, nodes: &[NodeInstance], core: &HeatRuntime) -> Result<Vec<GraphParent>, Failure> {
    let by_id: HashMap<i64, &NodeInstance> = nodes.iter().map(|node| (node.id, node)).collect();
    let named = if node.parents.is_empty() { by_id.get(&node.id).map(|listed| &listed.parents) } else { None };
    let mut parents = Vec::new();
    for parent in named.unwrap_or(&node.parents) {
        let parent = match by_id.get(&parent.id) {
            Some(listed) if !listed.name.is_empty() => GraphParent::of(listed),
            _ if !parent.name.is_empty() => GraphParent::of(parent),
            _ => {
                let asked = core.get_node_by_id(parent.id).await;
                GraphParent::of(&asked.map_err(|error| unknown("a parent", &error))?)
            }
        };
        parents.push(parent);
    }
    Ok(parents)
}

fn session_node(node: &NodeInstance) -> SessionNode {
    SessionNode {
        instance_id: Some(node.id),
        instance_name: Some(node.name.clone()),
        template_name: template_name_of(node),
        last_state: Some(LastState::Number(node.last_state)),
        status_details: Some(node.status_details.clone()),
        ..SessionNode::default()
    }
}

fn template_name_of(node: &NodeInstance) -> Option<String> {
    node.node_template.as_ref().map(|template| template.name.clone()).filter(|name| !name.is_empty())
}

fn unknown(what: &str, error: &Error) -> Failure {
    Failure::of(Stage::Surroundings, &format!("Core did not tell of {what}"), error)
}
