use async_trait::async_trait;

use crate::{HeatRuntime, RunnerTask};

/// Why a processor failed; its text becomes the node's status. `?` makes one of any error, `"text".into()` of words.
pub type ProcessError = Box<dyn std::error::Error + Send + Sync>;

/// A processor's error that says: the task is another's by now, or has ended. Nothing of it is Core's business any more, so the loop
/// neither fails the node nor the task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the task is no longer this runner's: {0}")]
pub struct TaskLost(pub String);

/// What a processor says of a task before it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Validation {
    /// The task can be processed.
    #[default]
    Valid,
    /// It cannot; the node fails with these words, or with `Validation failed`.
    Invalid(Option<String>),
}

impl Validation {
    /// It cannot be processed, and why.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(Some(message.into()))
    }
}

/// Does the tasks of one node template. Must be able to do a task again: one may come back after its lease.
#[async_trait]
pub trait Processor: Send + Sync + 'static {
    /// The node template's name, as Core has it.
    fn template_name(&self) -> &str;

    /// Whether the task can be processed; asked before Core is told that it begins.
    async fn validate(&self, _task: &RunnerTask) -> Validation {
        Validation::Valid
    }

    /// Does the task: reads its parents' outputs, attaches its own. The runner completes the node afterwards, or fails it with the
    /// error's text. May be dropped at any `await` when the runner shuts down.
    async fn process(&self, task: &RunnerTask, runtime: &HeatRuntime) -> Result<(), ProcessError>;
}
