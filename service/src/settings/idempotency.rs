//! Answers that are kept for callers who ask twice.

use arbex_settings::Reader;

const BYTES_PER_MB: u64 = 1024 * 1024;

/// Flags of `arbex serve` about `Idempotency-Key`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Idempotency-Key")]
pub struct IdempotencyFlags {
    /// Answers kept for callers that ask again under the same Idempotency-Key; 0: the header is not looked at
    ///
    /// One more pushes out the oldest. They are kept in the process: another replica, or this one after a restart, runs the
    /// script again. Busy replicas behind one address want a balancer that sends a caller back to the same one.
    #[arg(long, value_name = "COUNT")]
    idempotency_entries: Option<String>,

    /// Memory of the kept answers
    ///
    /// All callers share it. An answer that is longer than a sixteenth of it is not kept: the same key then runs the script
    /// again. One that finds no more room pushes out the oldest.
    #[arg(long, value_name = "MIB")]
    idempotency_mb: Option<String>,

    /// How long an answer is kept, from when it was made
    ///
    /// It should be longer than callers go on asking: arbex-runner does for its --retry-budget-ms and one attempt more.
    #[arg(long, value_name = "MS")]
    idempotency_lifetime_ms: Option<String>,
}

/// How much is kept for callers that ask twice, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdempotencySettings {
    /// Most answers; 0: no key is looked at.
    pub max_entries: usize,
    /// Their memory, in bytes.
    pub max_bytes: u64,
    /// How long each is kept, in milliseconds.
    pub lifetime_ms: u64,
}

impl Default for IdempotencySettings {
    /// What holds when the operator says nothing.
    fn default() -> Self {
        Self { max_entries: 65_536, max_bytes: 64 * BYTES_PER_MB, lifetime_ms: 600_000 }
    }
}

impl IdempotencyFlags {
    pub(super) fn check(&self, reader: &mut Reader<'_>) -> IdempotencySettings {
        let standard = IdempotencySettings::default();
        let max_entries =
            reader.whole("idempotency-entries", &self.idempotency_entries, standard.max_entries, 0..=10_000_000, "");
        let max_mb = reader.whole(
            "idempotency-mb",
            &self.idempotency_mb,
            standard.max_bytes / BYTES_PER_MB,
            1..=1_048_576,
            "MiB",
        );
        let lifetime_ms = reader.whole(
            "idempotency-lifetime-ms",
            &self.idempotency_lifetime_ms,
            standard.lifetime_ms,
            1..=86_400_000,
            "ms",
        );
        IdempotencySettings { max_entries, max_bytes: max_mb.saturating_mul(BYTES_PER_MB), lifetime_ms }
    }
}
