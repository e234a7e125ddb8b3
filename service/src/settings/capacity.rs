//! How much runs at once, and what the process may take for it.

use arbex_settings::{Fallback, Reader};

use super::surroundings::Surroundings;

const BYTES_PER_MB: u64 = 1024 * 1024;

/// The share of the container's memory that sandboxes may have; the rest is for bodies, programs and the process itself.
const BUDGET_PERCENT: u64 = 75;

/// Smallest memory budget, in MiB: one sandbox of the smallest size.
const MIN_BUDGET_MB: u64 = 16;

/// Largest memory budget and cache, in MiB: 16 TiB.
const MAX_MEMORY_MB: u64 = 16 * 1024 * 1024;

/// Flags of `arbex serve` about its capacity.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Capacity")]
pub struct CapacityFlags {
    /// Scripts that run at once
    ///
    /// With pooling, address space (not memory) for all of them is reserved at start.
    #[arg(long, value_name = "COUNT")]
    slots: Option<String>,

    /// Calls that may wait for a slot; more are answered with 503
    #[arg(long, value_name = "COUNT")]
    max_queued: Option<String>,

    /// Longest wait for a slot; a call that waited longer is answered with 503
    #[arg(long, value_name = "MS")]
    max_queue_wait_ms: Option<String>,

    /// Memory of all sandboxes together, or `off`
    ///
    /// The run that asks for more ends with reason memory_limit, so that the kernel never has to kill the process.
    #[arg(long, value_name = "MIB")]
    memory_budget_mb: Option<String>,

    /// Room for compiled scripts
    #[arg(long, value_name = "MIB")]
    cache_mb: Option<String>,

    /// Whether the address space of all slots is reserved at start
    ///
    /// Pooling starts runs faster. Where the address space is not to be had (ulimit -v), the service falls back to
    /// on-demand by itself and says so in its log.
    #[arg(long, value_name = "WORD")]
    allocation: Option<String>,

    /// Threads that serve connections and run scripts
    #[arg(long, value_name = "COUNT")]
    worker_threads: Option<String>,
}

/// Checked capacity.
pub(super) struct Capacity {
    pub(super) slots: u32,
    pub(super) max_queued: u32,
    pub(super) max_queue_wait_ms: u64,
    pub(super) memory_budget_bytes: Option<u64>,
    pub(super) cache_bytes: u64,
    pub(super) pooling: bool,
    pub(super) worker_threads: usize,
}

impl CapacityFlags {
    pub(super) fn check(&self, reader: &mut Reader<'_>, surroundings: &Surroundings) -> Capacity {
        let slots = reader.whole("slots", &self.slots, 32, 1..=4096, "");
        let max_queued = reader.whole("max-queued", &self.max_queued, 256, 0..=1_000_000, "");
        let max_queue_wait_ms = reader.whole("max-queue-wait-ms", &self.max_queue_wait_ms, 1000, 0..=600_000, "ms");
        let budget_mb = reader.whole_or_off(
            "memory-budget-mb",
            &self.memory_budget_mb,
            default_budget_mb(surroundings.memory_limit_bytes),
            MIN_BUDGET_MB..=MAX_MEMORY_MB,
            "MiB",
        );
        let cache_mb = reader.whole("cache-mb", &self.cache_mb, 64, 1..=MAX_MEMORY_MB, "MiB");
        let pooling = reader.word(
            "allocation",
            &self.allocation,
            Fallback { value: true, told: "pooling".to_owned() },
            &[("pooling", true), ("on-demand", false)],
        );
        let worker_threads =
            reader.whole("worker-threads", &self.worker_threads, surroundings.cpu_count.clamp(1, 1024), 1..=1024, "");
        Capacity {
            slots,
            max_queued,
            max_queue_wait_ms,
            memory_budget_bytes: budget_mb.map(|mb| mb.saturating_mul(BYTES_PER_MB)),
            cache_bytes: cache_mb.saturating_mul(BYTES_PER_MB),
            pooling,
            worker_threads,
        }
    }
}

fn default_budget_mb(memory_limit_bytes: Option<u64>) -> Fallback<Option<u64>> {
    let value = memory_limit_bytes
        .map(|bytes| (bytes / 100).saturating_mul(BUDGET_PERCENT) / BYTES_PER_MB)
        .map(|mb| mb.clamp(MIN_BUDGET_MB, MAX_MEMORY_MB));
    let told = value.map_or_else(|| "off".to_owned(), |mb| mb.to_string());
    Fallback { value, told }
}
