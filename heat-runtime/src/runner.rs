//! The loop: claim, then [`task`] for each; or, in debug mode, one task that was never claimed.

mod debug;
mod task;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::{Error, HeatRuntime, Processor};

/// How long failing the tasks of a runner that stops may take, after the grace.
const FAILING: Duration = Duration::from_secs(15);

/// How the loop works.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InitOptions {
    /// The wait when there was no task. 1 s.
    pub polling_interval: Duration,
    /// Tasks processed at a time. 1, as the official client; a task is claimed only when there is room for it.
    pub max_concurrent_tasks: NonZeroUsize,
    /// What a claim that fails (not: finds no task) does.
    pub on_claim_error: OnClaimError,
    /// Cancel it, and the loop claims no more, waits for what runs, and returns.
    pub shutdown: CancellationToken,
    /// How long tasks may still run after `shutdown`. 30 s.
    pub grace: Duration,
    /// What becomes of tasks that are not done by then.
    pub unfinished: Unfinished,
    /// What becomes of a task whose completion Core does not confirm.
    pub on_completion_error: OnCompletionError,
    /// Told of every claim.
    pub on_claim: ClaimObserver,
}

impl Default for InitOptions {
    fn default() -> Self {
        Self {
            polling_interval: Duration::from_secs(1),
            max_concurrent_tasks: NonZeroUsize::MIN,
            on_claim_error: OnClaimError::BackOff,
            shutdown: CancellationToken::new(),
            grace: Duration::from_secs(30),
            unfinished: Unfinished::Fail,
            on_completion_error: OnCompletionError::Fail,
            on_claim: ClaimObserver::default(),
        }
    }
}

/// How a claim ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// With a task.
    Task,
    /// There was none.
    Nothing,
    /// Core refused, or did not answer.
    Failed,
}

/// Whoever wants to know of claims: counts them, or ends the loop after one.
#[derive(Clone, Default)]
pub struct ClaimObserver(Option<Arc<dyn Fn(Claim) + Send + Sync>>);

impl ClaimObserver {
    /// Calls this after each claim, before its task begins; the loop waits for it.
    pub fn new(observe: impl Fn(Claim) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(observe)))
    }

    fn tell(&self, claim: Claim) {
        if let Some(observe) = &self.0 {
            observe(claim);
        }
    }
}

impl fmt::Debug for ClaimObserver {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.0.is_some() { "ClaimObserver(set)" } else { "ClaimObserver(none)" })
    }
}

/// What a claim that fails does to the loop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnClaimError {
    /// The loop goes on, after longer and longer waits: a Core that restarts does not end its runners.
    #[default]
    BackOff,
    /// The loop ends with the error, as the official client's does, when what runs is done.
    Stop,
}

/// What becomes of a task that is not done when a runner must stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unfinished {
    /// It fails, and says why: people and Core know at once.
    #[default]
    Fail,
    /// It stays as it is, and comes back when its lease ends. For processors that take up where another left off.
    LeaveToLease,
}

/// What becomes of a task that is done, when Core does not confirm its completion: it refuses, answers nonsense, or does not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnCompletionError {
    /// The node fails with the error, as the official client has it. When Core has completed the task all the same, or another runner has
    /// done it meanwhile, the node so comes to say that it failed although its task did not.
    #[default]
    Fail,
    /// Nothing more is told: either the task is completed, or it comes back when its lease ends. For processors that take up where another
    /// left off.
    Leave,
}

impl HeatRuntime {
    /// Adds a processor. Of several for one template the first does the work.
    pub fn register(&mut self, processor: impl Processor) {
        self.processors.push(Arc::new(processor));
    }

    /// Takes all processors of a template away.
    pub fn unregister(&mut self, template_name: &str) {
        self.processors.retain(|processor| processor.template_name() != template_name);
    }

    /// Works until `options.shutdown`: claims tasks, and for each finds its processor, validates, tells Core that it begins, processes,
    /// and completes or fails the node. A task that goes wrong, also by a panic, fails its node and never ends the loop.
    ///
    /// With a debug node in the options nothing is claimed: one task is made for that node, processed, and `init` returns.
    ///
    /// # Errors
    ///
    /// [`Error::NoProcessor`] without a processor. A claim's error under [`OnClaimError::Stop`]. In debug mode whatever went wrong.
    pub async fn init(&self, runner_tag: &str, options: InitOptions) -> Result<(), Error> {
        if self.processors.is_empty() {
            return Err(Error::NoProcessor);
        }
        if let Some(node_id) = self.options.debug_node_id {
            return self.run_debug_once(node_id, runner_tag).await;
        }
        let stop = CancellationToken::new();
        // A loop whose caller goes away takes its tasks along: the set aborts them, and they come back when their leases end.
        let mut running = JoinSet::new();
        let ended = self.claim_and_spawn(runner_tag, &options, &stop, &mut running).await;
        finish(&mut running, &options, &stop).await;
        ended
    }

    async fn claim_and_spawn(
        &self,
        runner_tag: &str,
        options: &InitOptions,
        stop: &CancellationToken,
        running: &mut JoinSet<()>,
    ) -> Result<(), Error> {
        let templates: Vec<_> = self.processors.iter().map(|processor| processor.template_name()).collect();
        let room = Arc::new(Semaphore::new(options.max_concurrent_tasks.get()));
        let mut failures = 0;
        loop {
            let permit = tokio::select! {
                biased;
                () = options.shutdown.cancelled() => return Ok(()),
                permit = room.clone().acquire_owned() => permit,
            };
            // Nobody closes it.
            let Ok(permit) = permit else { return Ok(()) };
            while running.try_join_next().is_some() {}
            // Not dropped at shutdown: the answer may carry a task that would then wait for its lease.
            let claimed = self.claim_task(runner_tag, &templates).await;
            options.on_claim.tell(match &claimed {
                Ok(Some(_)) => Claim::Task,
                Ok(None) => Claim::Nothing,
                Err(_) => Claim::Failed,
            });
            let wait = match claimed {
                Ok(Some(task)) => {
                    failures = 0;
                    let span = task::span(&task);
                    let runtime = self.clone();
                    let (stop, options) = (stop.clone(), options.clone());
                    let work = async move {
                        runtime.run_task(task, &stop, &options).await;
                        drop(permit);
                    };
                    running.spawn(work.instrument(span));
                    continue;
                }
                Ok(None) => {
                    failures = 0;
                    options.polling_interval
                }
                Err(error) if options.on_claim_error == OnClaimError::Stop => return Err(error),
                Err(error) => {
                    failures += 1;
                    let wait =
                        back_off(options.polling_interval, failures).max(error.retry_after().unwrap_or_default());
                    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                    tracing::warn!(error = crate::error::with_sources(&error), failures, wait_ms, "could not claim");
                    wait
                }
            };
            tokio::select! {
                () = options.shutdown.cancelled() => return Ok(()),
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}

/// Twice as long each time, up to a minute, with a random part so that many runners do not come back as one.
fn back_off(polling_interval: Duration, failures: u32) -> Duration {
    let longest = Duration::from_secs(60).max(polling_interval);
    let wait = polling_interval.max(Duration::from_millis(100)).saturating_mul(1 << failures.min(10)).min(longest);
    wait.mul_f64(0.5 + fastrand::f64() / 2.0)
}

/// Waits for what runs: without an end until `shutdown`, then for the grace, then until the rest has been failed or left.
async fn finish(running: &mut JoinSet<()>, options: &InitOptions, stop: &CancellationToken) {
    let grace_is_over = async {
        options.shutdown.cancelled().await;
        tokio::time::sleep(options.grace).await;
    };
    tokio::select! {
        () = drain(running) => return,
        () = grace_is_over => {}
    }
    tracing::warn!(tasks = running.len(), unfinished = ?options.unfinished, "the grace is over");
    stop.cancel();
    if tokio::time::timeout(FAILING, drain(running)).await.is_err() {
        running.shutdown().await;
    }
}

async fn drain(running: &mut JoinSet<()>) {
    while running.join_next().await.is_some() {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_after_failed_claims_is_bounded() {
        for (interval_ms, failures, least_ms, most_ms) in [
            (1000, 1, 1000, 2000),
            (1000, 3, 4000, 8000),
            (1000, 40, 30_000, 60_000),
            (0, 1, 100, 200),
            (120_000, 9, 60_000, 120_000),
        ] {
            let wait = back_off(Duration::from_millis(interval_ms), failures).as_millis();
            assert!((least_ms..=most_ms).contains(&wait), "{interval_ms} {failures}: {wait}");
        }
    }
}
