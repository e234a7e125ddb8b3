//! What is done with one claimed task. Whatever happens here ends in Core: completed, failed, or left to its lease.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span};

use super::{InitOptions, OnCompletionError, Unfinished};
use crate::error::with_sources;
use crate::{Error, HeatRuntime, ProcessError, Processor, RunnerTask, TaskLost, Validation};

/// How a task ended.
enum End {
    Done,
    Failed(String),
    /// It is another's, or has ended; or is done, which Core does not confirm.
    Lost(String),
    /// The runner stopped first.
    Stopped,
}

/// What all lines of the log about a task have in common.
pub(super) fn span(task: &RunnerTask) -> Span {
    tracing::info_span!(
        "heat_task",
        task_id = task.id,
        node_id = task.node_instance_id,
        session_id = task.node_instance.as_ref().map(|node| node.session_id.as_str()),
        template = task.template_name()
    )
}

/// Core is told something of a task.
pub(super) fn report(what: &'static str) -> Span {
    tracing::debug_span!("heat_report", what)
}

impl HeatRuntime {
    pub(super) async fn run_task(&self, task: RunnerTask, stop: &CancellationToken, options: &InitOptions) {
        // A panic in a processor is the processor's failure; nothing of it is used afterwards but its words.
        let end = match AssertUnwindSafe(self.end_of(&task, stop, options.on_completion_error)).catch_unwind().await {
            Ok(end) => end,
            Err(panic) => End::Failed(format!("The processor panicked: {}", panic_words(&*panic))),
        };
        let details = match end {
            End::Done => {
                tracing::info!("task completed");
                return;
            }
            End::Lost(why) => {
                tracing::warn!(why, "task left alone");
                return;
            }
            End::Stopped if options.unfinished == Unfinished::LeaveToLease => {
                tracing::warn!("task left to its lease: the runner stops");
                return;
            }
            End::Stopped => "The runner was stopped before the task was done".to_owned(),
            End::Failed(details) => details,
        };
        tracing::warn!(details, "task failed");
        if let Err(error) =
            self.fail_node(task.id, task.node_instance_id, Some(&details)).instrument(report("failed")).await
        {
            tracing::error!(
                error = with_sources(&error),
                "could not tell core that the task failed; it is left to its lease"
            );
        }
    }

    async fn end_of(&self, task: &RunnerTask, stop: &CancellationToken, on_completion_error: OnCompletionError) -> End {
        let work = async {
            let template_name = task.template_name();
            let Some(processor) = self.processor_for(template_name) else {
                return Err(End::Failed(format!("No processor for template: {template_name}")));
            };
            if let Validation::Invalid(message) = processor.validate(task).await {
                return Err(End::Failed(message.unwrap_or_else(|| "Validation failed".to_owned())));
            }
            let begun = self.signal_only(task.id).instrument(report("begun")).await;
            begun.map_err(|error| End::Failed(error.status_details()))?;
            processor.process(task, self).await.map_err(|error| end_by(&error))
        };
        let worked = tokio::select! {
            biased;
            worked = work => worked,
            () = stop.cancelled() => return End::Stopped,
        };
        // Not within the select: what is done is reported as done, also when the runner stops.
        let completed = match worked {
            Ok(()) => self.complete_node(task.id, task.node_instance_id, None).instrument(report("completed")).await,
            Err(end) => return end,
        };
        match completed {
            Ok(_) => End::Done,
            Err(error) if on_completion_error == OnCompletionError::Leave => End::Lost(with_sources(&error)),
            Err(error) => End::Failed(error.status_details()),
        }
    }

    pub(super) fn processor_for(&self, template_name: &str) -> Option<&dyn Processor> {
        self.processors
            .iter()
            .map(|processor| &**processor)
            .find(|processor| processor.template_name() == template_name)
    }
}

/// The end that a processor's error makes: its words; of an error of ours those that the official client would have.
fn end_by(error: &ProcessError) -> End {
    if error.is::<TaskLost>() {
        return End::Lost(error.to_string());
    }
    End::Failed(match error.downcast_ref::<Error>() {
        Some(error) => error.status_details(),
        None => error.to_string(),
    })
}

fn panic_words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a word")
}
