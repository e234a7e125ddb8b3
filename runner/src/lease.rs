//! Whether a task is still ours. Core lends it for the time of a lease, which each signal begins anew. A runner that was silent for
//! longer, as one that was suspended is, may find that another has the task or has ended it: then it must write nothing more.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use heat_runtime::{HeatRuntime, RunnerTask};
use tokio::time::Instant;

use crate::failure::{Failure, Stage};

/// How often Core is asked for a lease before something is written; each question is repeated by itself when it breaks.
const QUESTIONS: u32 = 3;

/// A task's lease, as far as this runner knows.
#[derive(Debug)]
pub struct Lease<'core> {
    core: &'core HeatRuntime,
    task_id: i64,
    /// How often Core had taken the task back when we got it: the one thing in its answers that tells whose turn it is.
    retry_count: i64,
    signal_every: Duration,
    began: Instant,
    /// When the last signal that Core took was sent, in milliseconds since `began`.
    last_ms: AtomicU64,
}

impl<'core> Lease<'core> {
    /// Of a task that Core was just told to have begun.
    pub fn new(task: &RunnerTask, signal_every: Duration, core: &'core HeatRuntime) -> Self {
        Self {
            core,
            task_id: task.id,
            retry_count: task.retry_count,
            signal_every,
            began: Instant::now(),
            last_ms: AtomicU64::new(0),
        }
    }

    /// Who lends the task.
    pub fn core(&self) -> &'core HeatRuntime {
        self.core
    }

    /// Signals, again and again; ends only when the task is lost.
    pub async fn keep(&self) -> Failure {
        loop {
            tokio::time::sleep(self.signal_every).await;
            if let Err(lost) = self.signal().await {
                return lost;
            }
        }
    }

    /// Asks Core when the last signal that it took is longer ago than signals are apart; also when an answer was long on its way, as it
    /// is to a runner that was suspended. To be called before anything is written.
    ///
    /// # Errors
    ///
    /// [`Stage::Lost`], also when Core does not say that the task is ours: whoever cannot know must not write.
    pub async fn check(&self) -> Result<(), Failure> {
        for _ in 0..QUESTIONS {
            let silent_ms = self.elapsed_ms().saturating_sub(self.last_ms.load(Ordering::Relaxed));
            // Core never gave the task of a debug run.
            if Duration::from_millis(silent_ms) <= self.signal_every || self.core.debug_node_id().is_some() {
                return Ok(());
            }
            self.signal().await?;
        }
        Err(Failure::new(Stage::Lost, "Core does not confirm that it is still lent to this runner"))
    }

    async fn signal(&self) -> Result<(), Failure> {
        let sent_ms = self.elapsed_ms();
        match self.core.signal_task_execution(self.task_id).await {
            Ok(task) if task.retry_count > self.retry_count => {
                return Err(Failure::new(Stage::Lost, "its lease ended, and another has it now"));
            }
            Ok(_) => self.last_ms.store(sent_ms, Ordering::Relaxed),
            // Core never gave the task of a debug run.
            Err(error) if error.is_not_ours() && self.core.debug_node_id().is_none() => {
                return Err(Failure::of(Stage::Lost, "another has the task, or it has ended", &error));
            }
            Err(error) => tracing::warn!(%error, "core was not told that the task is still worked on"),
        }
        Ok(())
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
