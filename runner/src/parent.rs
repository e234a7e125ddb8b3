//! The parent that the configuration names, and which of its outputs the script sees: metadata only.

use arbex_api::HistoryOrder;
use heat_runtime::{HeatRuntime, NodeOutput, RunnerTask};

use crate::configuration::Reading;
use crate::failure::{Failure, Stage};
use crate::surroundings::GraphParent;

/// The parent of that name.
///
/// # Errors
///
/// There is none; the names there are.
pub fn named<'p>(parents: &'p [GraphParent], name: &str) -> Result<&'p GraphParent, Failure> {
    parents.iter().find(|parent| parent.name == name).ok_or_else(|| {
        let names: Vec<_> = parents.iter().map(|parent| format!("'{}'", parent.name)).collect();
        let there = if names.is_empty() {
            "it has no parents".to_owned()
        } else {
            format!("its parents are {}", names.join(", "))
        };
        Failure::new(Stage::Inputs, format!("parent.nodeInstanceName: the node has no parent '{name}'; {there}"))
    })
}

/// The outputs that are read, in the order they were made: the service orders them by time, and takes that order where times are the
/// same.
///
/// # Errors
///
/// When Core does not tell.
pub async fn outputs(
    parent: &GraphParent,
    reading: Reading,
    task: &RunnerTask,
    core: &HeatRuntime,
) -> Result<Vec<NodeOutput>, Failure> {
    let unknown =
        |error| Failure::of(Stage::Inputs, &format!("Core did not tell of the outputs of '{}'", parent.name), &error);
    match reading {
        Reading::Latest => {
            // The task brings what was newest when it was claimed: the run is about that.
            let brought = task.parent_node_outputs.iter().filter(|output| output.node_instance_id == parent.id);
            if let Some(newest) = brought.max_by_key(|output| output.id) {
                return Ok(vec![newest.clone()]);
            }
            match core.get_node_latest_output(parent.id).await {
                Ok(newest) => Ok(vec![newest]),
                Err(error) if error.is_not_found() => Ok(Vec::new()),
                Err(error) => Err(unknown(error)),
            }
        }
        Reading::History { limit, order } => {
            let mut all = core.list_node_outputs(parent.id).await.map_err(unknown)?;
            match order {
                HistoryOrder::OldestFirst => all.truncate(limit),
                HistoryOrder::NewestFirst => drop(all.drain(..all.len().saturating_sub(limit))),
            }
            Ok(all)
        }
    }
}
