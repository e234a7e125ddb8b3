//! What one run may use: limits that only the operator chooses, and ceilings of those that a request chooses.

use std::fmt::Display;
use std::ops::RangeInclusive;

use arbex_settings::{Fallback, Reader};

use crate::call::Ceilings;

const MAX_BYTES: u32 = 1024 * 1024 * 1024;

/// Bounds of `--default-timeout-ms` and `--max-timeout-ms`: up to a day.
const TIMEOUT_MS: RangeInclusive<u64> = 1..=86_400_000;

/// Bounds of the memory flags. Below, the sandbox's own runtime does not fit; above, the guest's engine has a limit of its
/// own, which a script could catch.
const MEMORY_MB: RangeInclusive<u64> = 16..=1024;

const SCRIPT_CHARS: RangeInclusive<u64> = 1..=16_777_216;

/// Flags about what one run may use, of `arbex serve`, `arbex run` and `arbex check`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Limits of a run")]
pub struct LimitFlags {
    /// Instructions that a run may take
    ///
    /// The same script takes the same fuel on every machine; a unit is about one WebAssembly instruction. Reason
    /// fuel_exhausted.
    #[arg(long, value_name = "UNITS")]
    fuel: Option<String>,

    /// Longest output, as JSON; a longer one fails with reason output_too_large
    ///
    /// It bounds what the script returns. With dataserviceOutput, what is answered may be up to twice as long: ranges get their
    /// durations, channels their realms.
    #[arg(long, value_name = "BYTES")]
    max_output_bytes: Option<String>,

    /// Most console entries
    #[arg(long, value_name = "COUNT")]
    max_console_entries: Option<String>,

    /// Most console text
    #[arg(long, value_name = "BYTES")]
    max_console_bytes: Option<String>,

    /// What happens when a script prints more
    ///
    /// `cut` drops the rest and says so in a last entry; `fail` ends the run with reason console_too_large.
    #[arg(long, value_name = "WORD")]
    console_overflow: Option<String>,

    /// Wall clock of a run when the request has no timeoutMs
    #[arg(long, value_name = "MS")]
    default_timeout_ms: Option<String>,

    /// Largest timeoutMs that a request may ask for
    #[arg(long, value_name = "MS")]
    max_timeout_ms: Option<String>,

    /// Memory of a sandbox when the request has no maxMemoryMb
    #[arg(long, value_name = "MIB")]
    default_memory_mb: Option<String>,

    /// Largest maxMemoryMb that a request may ask for
    #[arg(long, value_name = "MIB")]
    max_memory_mb: Option<String>,

    /// Longest script, in UTF-16 code units, when the request has no maxScriptChars
    #[arg(long, value_name = "CHARS")]
    default_script_chars: Option<String>,

    /// Largest maxScriptChars that a request may ask for
    #[arg(long, value_name = "CHARS")]
    max_script_chars: Option<String>,

    /// Largest parent.historyLimit that a request may ask for
    #[arg(long, value_name = "COUNT")]
    max_history_limit: Option<String>,

    /// Most inputs of a request
    #[arg(long, value_name = "COUNT")]
    max_inputs: Option<String>,
}

/// Checked limits.
pub(super) struct RunLimits {
    pub(super) fuel: u64,
    pub(super) max_output_bytes: u32,
    pub(super) max_console_entries: u32,
    pub(super) max_console_bytes: u32,
    pub(super) console_overflow_is_fatal: bool,
    pub(super) ceilings: Ceilings,
}

impl LimitFlags {
    pub(super) fn check(&self, reader: &mut Reader<'_>) -> RunLimits {
        let standard = Ceilings::default();
        let fuel_bounds = 1_000_000..=1_000_000_000_000_000_000;
        let fuel = reader.whole("fuel", &self.fuel, 100_000_000_000, fuel_bounds, "units");
        let max_output_bytes =
            reader.whole("max-output-bytes", &self.max_output_bytes, 16 * 1024 * 1024, 1024..=MAX_BYTES, "bytes");
        let max_console_entries =
            reader.whole("max-console-entries", &self.max_console_entries, 1000, 0..=1_000_000, "");
        let max_console_bytes =
            reader.whole("max-console-bytes", &self.max_console_bytes, 262_144, 0..=MAX_BYTES, "bytes");
        let console_overflow_is_fatal = reader.word(
            "console-overflow",
            &self.console_overflow,
            Fallback { value: false, told: "cut".to_owned() },
            &[("cut", false), ("fail", true)],
        );

        let max_timeout_ms =
            reader.whole("max-timeout-ms", &self.max_timeout_ms, standard.max_timeout_ms, TIMEOUT_MS, "ms");
        let default_timeout_ms =
            reader.whole("default-timeout-ms", &self.default_timeout_ms, standard.default_timeout_ms, TIMEOUT_MS, "ms");
        let max_memory_mb =
            reader.whole("max-memory-mb", &self.max_memory_mb, standard.max_memory_mb, MEMORY_MB, "MiB");
        let default_memory_mb =
            reader.whole("default-memory-mb", &self.default_memory_mb, standard.default_memory_mb, MEMORY_MB, "MiB");
        let max_script_chars =
            reader.whole("max-script-chars", &self.max_script_chars, standard.max_script_chars, SCRIPT_CHARS, "chars");
        let default_script_chars = reader.whole(
            "default-script-chars",
            &self.default_script_chars,
            standard.default_script_chars,
            SCRIPT_CHARS,
            "chars",
        );
        let max_history_limit =
            reader.whole("max-history-limit", &self.max_history_limit, standard.max_history_limit, 1..=100_000, "");
        let max_inputs = reader.whole("max-inputs", &self.max_inputs, standard.max_inputs, 1..=100_000, "");

        let timeout = ["default-timeout-ms", "max-timeout-ms"];
        let memory = ["default-memory-mb", "max-memory-mb"];
        let script = ["default-script-chars", "max-script-chars"];
        RunLimits {
            fuel,
            max_output_bytes,
            max_console_entries,
            max_console_bytes,
            console_overflow_is_fatal,
            ceilings: Ceilings {
                default_timeout_ms: below(reader, timeout, default_timeout_ms, max_timeout_ms),
                max_timeout_ms,
                default_memory_mb: below(reader, memory, default_memory_mb, max_memory_mb),
                max_memory_mb,
                default_script_chars: below(reader, script, default_script_chars, max_script_chars),
                max_script_chars,
                default_history_limit: standard.default_history_limit.min(max_history_limit),
                max_history_limit,
                max_inputs,
                max_context_nodes: standard.max_context_nodes,
            },
        }
    }
}

/// A default that the operator chose must fit below the ceiling; our own is lowered to it.
fn below<T>(reader: &mut Reader<'_>, [default, ceiling]: [&'static str; 2], chosen: T, most: T) -> T
where
    T: PartialOrd + Display + Copy,
{
    if chosen <= most {
        return chosen;
    }
    if reader.is_given(default) {
        let place = reader.place(ceiling);
        reader.conflict(&[default, ceiling], format!("must not be above {place} ({most}), got {chosen}"));
    } else {
        reader.fit(default, most.to_string());
    }
    most
}
