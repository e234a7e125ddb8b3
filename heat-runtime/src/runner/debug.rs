//! Debug mode: one task that Core never gave, for a node that is there.

use serde_json::{Map, Value};
use tracing::Instrument as _;

use super::task;
use crate::{Error, HeatRuntime, NodeInstance, NodeOutput, RunnerTask, Validation};

impl HeatRuntime {
    pub(super) async fn run_debug_once(&self, node_id: i64, runner_tag: &str) -> Result<(), Error> {
        let task = self.debug_task(node_id, runner_tag).await?;
        let span = task::span(&task);
        self.debug(task, node_id).instrument(span).await
    }

    async fn debug(&self, task: RunnerTask, node_id: i64) -> Result<(), Error> {
        let template_name = task.template_name();
        let processor = self.processor_for(template_name).ok_or_else(|| {
            Error::Debug(format!(
                "No registered processor can handle node template '{template_name}', which is that of node {node_id}"
            ))
        })?;
        if let Validation::Invalid(message) = processor.validate(&task).await {
            return Err(Error::Debug(format!("Validation failed: {}", message.as_deref().unwrap_or("Unknown"))));
        }
        tolerate_unknown("signal", self.signal_task_execution(task.id).instrument(task::report("begun")).await)?;
        processor.process(&task, self).await.map_err(|error| match error.downcast::<Error>() {
            Ok(error) => *error,
            Err(error) => Error::Process(error),
        })?;
        let completed = self.complete_node(task.id, task.node_instance_id, None);
        tolerate_unknown("complete", completed.instrument(task::report("completed")).await)
    }

    async fn debug_task(&self, node_id: i64, runner_tag: &str) -> Result<RunnerTask, Error> {
        let node = self.get_node_by_id(node_id).await?;
        let parent_node_outputs = self.parent_outputs(&node).await?;
        let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        let runner_type_id = ["runnerTypeId", "RunnerTypeId"].iter().find_map(|name| node.extra.get(*name)?.as_i64());
        Ok(RunnerTask {
            id: fastrand::i64(1..=i64::from(i32::MAX)),
            node_instance_id: node.id,
            node_instance_configuration: node.configuration.clone(),
            node_instance: Some(node),
            runner_tag: Some(runner_tag.to_owned()),
            runner_type_id: runner_type_id.unwrap_or(0),
            session_template_configuration: String::new(),
            parent_node_outputs,
            state: 0,
            verbose_state: Some("DEBUG".to_owned()),
            last_runner_output: Some(Value::Object(Map::new())),
            retry_count: 0,
            max_retries: 0,
            created_at: now.clone(),
            reference_time: now.clone(),
            updated_at: now,
            extra: Map::new(),
        })
    }

    /// The newest output of each parent that has one.
    async fn parent_outputs(&self, node: &NodeInstance) -> Result<Vec<NodeOutput>, Error> {
        let mut outputs = Vec::new();
        for parent in node.parents.iter().filter(|parent| parent.id != 0) {
            let parent = self.get_node_by_id(parent.id).await?;
            if let (Some(_), Some(output)) = (parent.current_output_id, parent.current_output) {
                outputs.push(output);
            }
        }
        if outputs.is_empty() {
            let reason =
                format!("No parent of node {} has an output, so there is nothing to make a debug task of", node.id);
            return Err(Error::Debug(reason));
        }
        Ok(outputs)
    }
}

/// Core does not know a task that it never gave.
fn tolerate_unknown(step: &str, answer: Result<RunnerTask, Error>) -> Result<(), Error> {
    match answer {
        Err(error) if error.is_not_found() => {
            tracing::warn!(step, %error, "core does not know the debug run's task; going on");
            Ok(())
        }
        other => other.map(drop),
    }
}
