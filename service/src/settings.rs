//! The settings of the service: every flag, variable, default and bound. Read once, checked once, all faults at once.
//!
//! Each setting is a flag (`--max-body-mb`) and a variable (`ARBEX_MAX_BODY_MB`); a flag wins over its variable, that over
//! the default. The flags are plain texts to clap, so that a wrong number is found here, together with everything else
//! that is wrong. docs/settings.md is made from this module by a test.

mod authentication;
mod capacity;
mod cluster;
mod fetching;
mod idempotency;
mod limits;
mod listening;
mod logging;
mod manual;
mod surroundings;
#[cfg(test)]
mod tests;

pub use arbex_settings::{Effective, SettingFault, Source};
pub use authentication::AuthenticationSettings;
pub use idempotency::IdempotencySettings;
pub use listening::HttpSettings;
pub use logging::{LogFormat, LogSettings};
pub use manual::explain;
pub use surroundings::Surroundings;

use arbex_cluster::ClusterSettings;
use arbex_settings::Reader;
use arbex_traces::{Endpoint, TraceFlags};

use authentication::AuthenticationFlags;
use capacity::{Capacity, CapacityFlags};
use cluster::ClusterFlags;
use fetching::FetchFlags;
use idempotency::IdempotencyFlags;
use limits::{LimitFlags, RunLimits};
use listening::ListenFlags;
use logging::LogFlags;

use crate::bridge::FetchSettings;
use crate::call::Ceilings;
use crate::policy::Rules;
use crate::sandbox::SandboxSettings;

const BYTES_PER_MB: u64 = 1024 * 1024;

/// What all variables begin with.
const PREFIX: &str = "ARBEX_";

/// Flags of the service as they were given, unchecked.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Settings {
    #[command(flatten)]
    listening: ListenFlags,
    #[command(flatten)]
    authentication: AuthenticationFlags,
    #[command(flatten)]
    idempotency: IdempotencyFlags,
    #[command(flatten)]
    capacity: CapacityFlags,
    #[command(flatten)]
    limits: LimitFlags,
    #[command(flatten)]
    fetching: FetchFlags,
    #[command(flatten)]
    cluster: ClusterFlags,
    #[command(flatten)]
    logging: LogFlags,
    #[command(flatten)]
    tracing: TraceFlags,
}

/// Settings that were checked, by consumer.
#[derive(Debug, Clone)]
pub struct Checked {
    /// For [`Sandbox::new`](crate::sandbox::Sandbox::new).
    pub sandbox: SandboxSettings,
    /// For [`Call::decode`](crate::call::Call::decode).
    pub ceilings: Ceilings,
    /// For the HTTP side.
    pub http: HttpSettings,
    /// For telemetry.
    pub log: LogSettings,
    /// Where spans are sent, if anywhere.
    pub traces: Option<Endpoint>,
    /// Threads of the runtime.
    pub worker_threads: usize,
    /// Every setting with its value and where that came from, in the order of the manual.
    pub effective: Vec<Effective>,
}

impl Settings {
    /// Check flags and variables.
    ///
    /// # Errors
    ///
    /// Every fault there is; never an empty list.
    pub fn check(&self, surroundings: &Surroundings) -> Result<Checked, Vec<SettingFault>> {
        let mut reader = Reader::new(PREFIX, &surroundings.variables);
        let http = self.listening.check(&mut reader, &self.authentication, &self.idempotency);
        let capacity = self.capacity.check(&mut reader, surroundings);
        let limits = self.limits.check(&mut reader);
        let fetch = self.fetching.check(&mut reader, capacity.worker_threads);
        let cluster = self.cluster.check(&mut reader);
        let log = self.logging.check(&mut reader, surroundings);
        let traces = self.tracing.check(&mut reader);

        reader.refuse_unknown(surroundings::is_of_builds, "arbex serve --help");
        let (effective, faults) = reader.finish();
        if !faults.is_empty() {
            return Err(faults);
        }
        let worker_threads = capacity.worker_threads;
        let sandbox = sandbox(capacity, &limits, fetch, cluster);
        Ok(Checked { sandbox, ceilings: limits.ceilings, http, log, traces, worker_threads, effective })
    }
}

/// Flags of a single run on the command line, unchecked.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct RunSettings {
    #[command(flatten)]
    limits: LimitFlags,
    #[command(flatten)]
    cluster: ClusterFlags,
}

impl RunSettings {
    /// Check flags and variables. Variables that only a service reads are left alone, right or wrong.
    ///
    /// # Errors
    ///
    /// Every fault there is; never an empty list.
    pub fn check(&self, surroundings: &Surroundings) -> Result<(SandboxSettings, Ceilings), Vec<SettingFault>> {
        let mut reader = Reader::new(PREFIX, &surroundings.variables);
        let limits = self.limits.check(&mut reader);
        let cluster = self.cluster.check(&mut reader);
        let (_, faults) = reader.finish();
        if !faults.is_empty() {
            return Err(faults);
        }
        // One sandbox, used once: nothing to queue for, and a pool would cost more than it gives.
        let capacity = Capacity {
            slots: 1,
            max_queued: 0,
            max_queue_wait_ms: 0,
            memory_budget_bytes: None,
            cache_bytes: BYTES_PER_MB,
            pooling: false,
            worker_threads: 1,
        };
        // Its inputs are files.
        let sandbox = sandbox(capacity, &limits, FetchSettings::default(), cluster);
        Ok((sandbox, limits.ceilings))
    }
}

fn sandbox(
    capacity: Capacity,
    limits: &RunLimits,
    fetch: FetchSettings,
    (rules, cluster): (Rules, ClusterSettings),
) -> SandboxSettings {
    SandboxSettings {
        slots: capacity.slots,
        max_queued: capacity.max_queued,
        max_queue_wait_ms: capacity.max_queue_wait_ms,
        fuel: limits.fuel,
        max_output_bytes: limits.max_output_bytes,
        max_console_entries: limits.max_console_entries,
        max_console_bytes: limits.max_console_bytes,
        console_overflow_is_fatal: limits.console_overflow_is_fatal,
        max_memory_bytes: limits.ceilings.max_memory_mb.saturating_mul(BYTES_PER_MB),
        memory_budget_bytes: capacity.memory_budget_bytes,
        cache_bytes: capacity.cache_bytes,
        pooling: capacity.pooling,
        fetch,
        rules,
        cluster,
    }
}
