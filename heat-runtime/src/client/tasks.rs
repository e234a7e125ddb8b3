use serde_json::json;

use crate::http::Call;
use crate::{Error, HeatRuntime, NodeState, NodeStatus, RunnerTask};

/// What the official client says of a node when nobody says anything.
const SUCCEEDED: &str = "Processing succeeded; node is ready for more work.";
const FAILED: &str = "Processing failed;";

impl HeatRuntime {
    /// Asks for a task of one of these node templates. `None` when there is none (Core says 404, or names no task).
    ///
    /// Never repeated when its answer may have been lost: the task is leased then, and comes back when its lease ends.
    pub async fn claim_task(
        &self,
        runner_tag: &str,
        node_template_names: &[&str],
    ) -> Result<Option<RunnerTask>, Error> {
        let body = json!({ "runnerTag": runner_tag, "supportedNodeTemplateNames": node_template_names });
        match self.send(Call::post("claim_task", "/api/tasks/claim").body(&body)?).await {
            Ok(answer) => Ok(Some(answer.one_or_default::<RunnerTask>()?).filter(|task| task.id != 0)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Tells Core that a task has begun. Repeated: begun stays begun.
    pub async fn signal_task_execution(&self, task_id: i64) -> Result<RunnerTask, Error> {
        self.send(signal(task_id)).await?.one_or_default()
    }

    /// The same, for whoever has the task and does not read it again.
    pub(crate) async fn signal_only(&self, task_id: i64) -> Result<(), Error> {
        self.send(signal(task_id)).await.map(drop)
    }

    /// Completes a task, and leaves its node as it is. Repeated: done stays done.
    pub async fn complete_task(&self, task_id: i64) -> Result<RunnerTask, Error> {
        self.end(Call::put("complete_task", format!("/api/tasks/{task_id}/complete"))).await
    }

    /// Fails a task, and leaves its node as it is. Repeated: failed stays failed.
    pub async fn fail_task(&self, task_id: i64) -> Result<RunnerTask, Error> {
        self.end(Call::put("fail_task", format!("/api/tasks/{task_id}/fail"))).await
    }

    /// Sets a node's state to succeeded, with these words or the usual ones, then completes the task.
    pub async fn complete_node(
        &self,
        task_id: i64,
        node_id: i64,
        status_details: Option<&str>,
    ) -> Result<RunnerTask, Error> {
        let status = NodeStatus::new(NodeState::ProcessingSucceeded, status_details.unwrap_or(SUCCEEDED));
        self.update_node_status(node_id, &status).await?;
        self.complete_task(task_id).await
    }

    /// Sets a node's state to failed, with these words or the usual ones, then fails the task.
    pub async fn fail_node(
        &self,
        task_id: i64,
        node_id: i64,
        status_details: Option<&str>,
    ) -> Result<RunnerTask, Error> {
        let status = NodeStatus::new(NodeState::ProcessingFailed, status_details.unwrap_or(FAILED));
        self.update_node_status(node_id, &status).await?;
        self.fail_task(task_id).await
    }

    /// Ends a task. When an earlier attempt's answer was lost and Core now knows no such open task, that attempt has ended it:
    /// to report a failure would turn a task that is done into one that failed.
    async fn end(&self, call: Call) -> Result<RunnerTask, Error> {
        match self.send(call).await {
            Err(error @ Error::Status { status: 404 | 409, uncertain: true, .. }) => {
                tracing::warn!(%error, "taken as done by an earlier attempt");
                Ok(RunnerTask::default())
            }
            other => other?.one_or_default(),
        }
    }
}

fn signal(task_id: i64) -> Call {
    Call::put("signal_task_execution", format!("/api/tasks/{task_id}/signal"))
}
