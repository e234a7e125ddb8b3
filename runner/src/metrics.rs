//! Everything that is measured. Label values come from closed sets of names.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use heat_runtime::Claim;
use jiff::Timestamp;
use prometheus::{
    Histogram, HistogramOpts, HistogramTimer, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};

use crate::execute::Retry;
use crate::failure::Stage;
use crate::instant::instant;

/// The media type of [`Metrics::render`].
pub const TEXT_FORMAT: &str = prometheus::TEXT_FORMAT;

const COMPLETED: &str = "completed";
const PHASE_SECONDS: [f64; 14] = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 60.0];
const AGE_SECONDS: [f64; 12] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 3600.0];

/// A part of a task's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Core tells of session, nodes, template, configuration.
    Surroundings,
    /// The parent's outputs are found and located.
    Inputs,
    /// The service runs the script; waits and repetitions included.
    Execute,
    /// The document is uploaded and attached.
    Store,
}

impl Phase {
    const ALL: [Self; 4] = [Self::Surroundings, Self::Inputs, Self::Execute, Self::Store];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Surroundings => "surroundings",
            Self::Inputs => "inputs",
            Self::Execute => "execute",
            Self::Store => "store",
        }
    }
}

/// All metrics of the process; clones share them.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    claims: IntCounterVec,
    tasks: IntCounterVec,
    retries: IntCounterVec,
    phases: HistogramVec,
    age: Histogram,
    in_flight: IntGauge,
    core_answers: AtomicBool,
}

impl Metrics {
    /// Registers everything, with every label value at 0.
    ///
    /// # Errors
    ///
    /// When two have the same name: a defect that shows at start.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let counters = |name: &str, help: &str, label: &str| {
            let counters = IntCounterVec::new(Opts::new(name, help), &[label])?;
            registry.register(Box::new(counters.clone()))?;
            Ok::<_, prometheus::Error>(counters)
        };
        let claims = counters("arbex_runner_claims_total", "Claims by their result", "result")?;
        let tasks =
            counters("arbex_runner_tasks_total", "Tasks by their end; else than completed: where it failed", "result")?;
        let retries =
            counters("arbex_runner_execute_retries_total", "Calls of the service that were sent again", "reason")?;
        let phases =
            HistogramOpts::new("arbex_runner_phase_seconds", "Parts of a task's way that were walked to their end")
                .buckets(PHASE_SECONDS.to_vec());
        let phases = HistogramVec::new(phases, &["phase"])?;
        registry.register(Box::new(phases.clone()))?;
        let age = HistogramOpts::new(
            "arbex_runner_task_age_seconds",
            "Age of tasks, by Core's clock, when work on them began",
        )
        .buckets(AGE_SECONDS.to_vec());
        let age = Histogram::with_opts(age)?;
        registry.register(Box::new(age.clone()))?;
        let in_flight = IntGauge::new("arbex_runner_tasks_in_flight", "Tasks that are worked on")?;
        registry.register(Box::new(in_flight.clone()))?;

        for claim in [Claim::Task, Claim::Nothing, Claim::Failed] {
            claims.with_label_values(&[claim_name(claim)]);
        }
        for result in Stage::ALL.map(Stage::as_str).into_iter().chain([COMPLETED]) {
            tasks.with_label_values(&[result]);
        }
        for retry in Retry::ALL {
            retries.with_label_values(&[retry.as_str()]);
        }
        for phase in Phase::ALL {
            phases.with_label_values(&[phase.as_str()]);
        }
        let core_answers = AtomicBool::new(false);
        Ok(Self(Arc::new(Inner { registry, claims, tasks, retries, phases, age, in_flight, core_answers })))
    }

    /// A claim ended.
    pub fn claimed(&self, claim: Claim) {
        self.0.claims.with_label_values(&[claim_name(claim)]).inc();
        self.0.core_answers.store(claim != Claim::Failed, Ordering::Relaxed);
    }

    /// Whether the last claim was answered.
    pub fn core_answers(&self) -> bool {
        self.0.core_answers.load(Ordering::Relaxed)
    }

    /// A task begins that was made at that time; it is in flight until the guard is dropped.
    pub fn task_begins(&self, created_at: &str) -> InFlight {
        if let Some(created) = instant(created_at) {
            // Clocks differ: a task from the future has no age.
            self.0.age.observe(Timestamp::now().duration_since(created).as_secs_f64().max(0.0));
        }
        self.0.in_flight.inc();
        InFlight(self.0.in_flight.clone())
    }

    /// A task ended: completed, or failed at a stage.
    pub fn task_ended(&self, failed: Option<Stage>) {
        self.0.tasks.with_label_values(&[failed.map_or(COMPLETED, Stage::as_str)]).inc();
    }

    /// How many tasks failed so far.
    pub fn failed_tasks(&self) -> u64 {
        Stage::ALL.map(|stage| self.0.tasks.with_label_values(&[stage.as_str()]).get()).iter().sum()
    }

    /// A phase begins; one that does not come to its end is not counted.
    pub fn phase(&self, phase: Phase) -> PhaseTimer {
        PhaseTimer(Some(self.0.phases.with_label_values(&[phase.as_str()]).start_timer()))
    }

    /// A call was sent again.
    pub fn retried(&self, why: Retry) {
        self.0.retries.with_label_values(&[why.as_str()]).inc();
    }

    /// All of it as Prometheus text.
    pub fn render(&self) -> String {
        TextEncoder::new().encode_to_string(&self.0.registry.gather()).unwrap_or_default()
    }
}

/// A task that is worked on.
#[derive(Debug)]
pub struct InFlight(IntGauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A phase that has begun.
#[derive(Debug)]
pub struct PhaseTimer(Option<HistogramTimer>);

impl PhaseTimer {
    /// It came to its end.
    pub fn observe_duration(mut self) {
        if let Some(timer) = self.0.take() {
            timer.observe_duration();
        }
    }
}

impl Drop for PhaseTimer {
    fn drop(&mut self) {
        // Dropped alone it would count itself.
        if let Some(timer) = self.0.take() {
            timer.stop_and_discard();
        }
    }
}

const fn claim_name(claim: Claim) -> &'static str {
    match claim {
        Claim::Task => "task",
        Claim::Nothing => "none",
        Claim::Failed => "error",
    }
}

#[cfg(test)]
#[path = "../../docs/metrics_table.rs"]
mod metrics_table;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_metrics_is_up_to_date() {
        metrics_table::check("Runner", &Metrics::new().unwrap().0.registry.gather(), &[]);
    }
}
