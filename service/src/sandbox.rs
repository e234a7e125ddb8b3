//! The sandbox: `Sandbox::new` once, `Sandbox::execute` for each call. `wasmtime` is named below this file and nowhere else.
//!
//! Three lifetimes, three types: [`Engine`] lives as long as the process, [`Program`](program::Program) as long as a script
//! is in the cache, and the store (`instance.rs`) for one call of the guest, made and dropped inside one function.

mod builtins;
mod console;
mod engine;
mod engine_config;
mod epilogue;
mod exchange;
mod gate;
mod instance;
mod limits;
mod metered;
mod peek;
mod position;
mod profiler;
mod program;
mod reply;
mod spans;
mod trap;
mod typescript;
mod wasi;

use std::sync::Arc;
use std::time::{Duration, Instant};

use arbex_cluster::{Cluster, ClusterSettings};
use tracing::Instrument as _;

use crate::bridge::{FetchSettings, Fetcher};
use crate::call::{Call, Script};
use crate::caller::Caller;
use crate::dataservice;
use crate::policy::Rules;
use crate::process::ProcessMeter;
use crate::run::{Outcome, Run, Usage};

pub use engine::{PoolState, StartError};
pub use gate::{Busy, GateState};
pub use limits::Budget;
pub use program::CacheState;
pub use reply::fuzz_reply;

use engine::Engine;
use gate::Gate;
use program::{Compiled, ProgramCache};

/// The operator's side of a sandbox: sizes and limits that no request chooses.
#[derive(Debug, Clone)]
pub struct SandboxSettings {
    /// Runs at once.
    pub slots: u32,
    /// Calls that may wait for a slot.
    pub max_queued: u32,
    /// Longest wait for a slot, in milliseconds.
    pub max_queue_wait_ms: u64,
    /// Instructions a run may take, in fuel units.
    pub fuel: u64,
    /// Longest output, in bytes of JSON.
    pub max_output_bytes: u32,
    /// Most console entries.
    pub max_console_entries: u32,
    /// Most console text, in bytes.
    pub max_console_bytes: u32,
    /// Whether a console over its caps ends the run instead of being cut.
    pub console_overflow_is_fatal: bool,
    /// Most memory of one sandbox, in bytes: the ceiling of `maxMemoryMb`, for which address space is reserved.
    pub max_memory_bytes: u64,
    /// Most memory of all sandboxes together, in bytes; none: unlimited.
    pub memory_budget_bytes: Option<u64>,
    /// Room for compiled scripts, in bytes.
    pub cache_bytes: u64,
    /// Whether to reserve all slots' address space at start (falls back by itself where it is not to be had).
    pub pooling: bool,
    /// Which inputs may be fetched, and how.
    pub fetch: FetchSettings,
    /// What scripts may do beyond their inputs at most.
    pub rules: Rules,
    /// The cluster, and how it is asked.
    pub cluster: ClusterSettings,
}

/// Why a call did not run. What a script does wrong is never in here.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// All slots are taken and the queue is full, or the wait was too long. The run did not start.
    #[error("{0}")]
    Busy(Busy),
    /// A defect of ours.
    #[error("internal: {0}")]
    Internal(String),
}

/// Runs calls, each in a fresh instance of the guest.
pub struct Sandbox {
    engine: Engine,
    programs: ProgramCache,
    gate: Gate,
    budget: Budget,
    fetcher: Arc<Fetcher>,
    process: Arc<ProcessMeter>,
    cluster: Arc<Cluster>,
    settings: SandboxSettings,
}

impl Sandbox {
    /// Load the guest and reserve what its instances need.
    pub fn new(settings: SandboxSettings) -> Result<Self, StartError> {
        Ok(Self {
            engine: Engine::new(&settings)?,
            programs: ProgramCache::new(settings.cache_bytes),
            gate: Gate::new(settings.slots, settings.max_queued, Duration::from_millis(settings.max_queue_wait_ms)),
            budget: Budget::new(settings.memory_budget_bytes),
            fetcher: Arc::new(Fetcher::new(settings.fetch.clone()).map_err(StartError::Fetcher)?),
            process: Arc::default(),
            cluster: Arc::new(Cluster::new(settings.cluster.clone())),
            settings,
        })
    }

    /// Run `call` for `caller`: wait for a slot, compile (or find) its program, run that in an instance of its own, and check the output as
    /// the configuration asks. Dropping the future ends the run and gives the slot back.
    pub async fn execute(&self, mut call: Call, caller: &Caller) -> Result<Run, SandboxError> {
        let entered = Instant::now();
        let permit = self.gate.enter().await.map_err(SandboxError::Busy)?;
        let admitted = Instant::now();
        let deadline = admitted + Duration::from_millis(call.limits.timeout_ms);

        let compiled = self.programs.program(self, &call.script, &call.limits, deadline).await?;
        let started = Instant::now();
        let usage = Usage {
            queue_ms: millis(admitted - entered),
            compile_ms: if compiled.cache_hit { 0.0 } else { millis(started - admitted) },
            cache_hit: compiled.cache_hit,
            ..Usage::default()
        };
        let unrun = |outcome| Run { outcome, console: Vec::new(), usage: usage.clone(), profile: None };
        match compiled.compiled {
            Ok(Compiled::Program(program)) => {
                let wanted = call.features.dataservice_output.take();
                let script = call.script.clone();
                let span = arbex_traces::span!("run");
                let run = instance::run(self, &program, call, caller, started, deadline).instrument(span.clone()).await;
                spans::run(&span, &run, compiled.cache_hit);
                let mut run = run?;
                if let Some(place) = run.outcome.place_mut() {
                    position::frames_from_bytes(script.as_str(), place);
                }
                if let Some(profile) = &mut run.profile {
                    position::columns_from_bytes(script.as_str(), profile.places_mut());
                }
                let execution_ms = millis(started.elapsed());
                let Usage { queue_ms, compile_ms, cache_hit, .. } = usage;
                run.usage = Usage { execution_ms, queue_ms, compile_ms, cache_hit, ..run.usage };
                // The slot is held until the output is checked: that is work, too.
                match wanted {
                    Some(wanted) => {
                        let span = arbex_traces::span!("check");
                        let settled = dataservice::settle(run, wanted, permit).instrument(span.clone()).await;
                        let run = settled.map_err(SandboxError::Internal)?;
                        spans::ended(&span, &run.outcome);
                        Ok(run)
                    }
                    None => Ok(run),
                }
            }
            Ok(Compiled::Unparsable(unparsable)) => Ok(unrun(Outcome::Unparsable(Arc::unwrap_or_clone(unparsable)))),
            Err(outcome) => Ok(unrun(outcome)),
        }
    }

    /// Compile `script` without running it: what is wrong with it, if anything.
    pub async fn check(
        &self,
        script: &Script,
        limits: &crate::call::Limits,
    ) -> Result<Result<(), Outcome>, SandboxError> {
        let _permit = self.gate.enter().await.map_err(SandboxError::Busy)?;
        let deadline = Instant::now() + Duration::from_millis(limits.timeout_ms);
        let found = self.programs.program(self, script, limits, deadline).await?;
        Ok(match found.compiled {
            Ok(Compiled::Program(_)) => Ok(()),
            Ok(Compiled::Unparsable(unparsable)) => Err(Outcome::Unparsable(Arc::unwrap_or_clone(unparsable))),
            Err(outcome) => Err(outcome),
        })
    }

    /// Slots and queue, for metrics.
    pub fn gate(&self) -> GateState {
        self.gate.state()
    }

    /// The cache of programs, for metrics.
    pub fn cache(&self) -> CacheState {
        self.programs.state()
    }

    /// The pool of instances, for metrics; none when allocation is on demand.
    pub fn pool(&self) -> Option<PoolState> {
        self.engine.pool()
    }

    /// Memory that fetched inputs hold now, in bytes.
    pub fn fetched_bytes_in_use(&self) -> u64 {
        self.fetcher.in_use_bytes()
    }

    /// What all sandboxes together may hold, in bytes; none when that has no bound.
    pub fn memory_budget_bytes(&self) -> Option<u64> {
        self.settings.memory_budget_bytes
    }

    /// Memory that answers of the cluster hold now, in bytes.
    pub fn cluster_bytes_in_use(&self) -> u64 {
        self.cluster.in_use_bytes()
    }

    /// Memory that sandboxes hold now, in bytes.
    pub fn memory_in_use_bytes(&self) -> u64 {
        self.budget.in_use_bytes()
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
