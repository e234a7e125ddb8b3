//! Inputs that the service fetches itself.

use std::path::Path;

use arbex_settings::{Fallback, Reader};

use crate::bridge::{CaBundle, FetchSettings};
use crate::call::Origin;

const BYTES_PER_MB: usize = 1024 * 1024;

/// What stands for an empty list or no file.
const NONE: &str = "none";

/// Flags of `arbex serve` about inputs by URL.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Inputs by URL")]
pub struct FetchFlags {
    /// Where inputs may be fetched from; with none, no request makes the service connect to anything
    ///
    /// Scheme, host and port must all be the same as in the input's url, and a redirect is never followed. A name is trusted to
    /// lead where you mean it to: list hosts that hold data, none that only answer from inside the cluster.
    #[arg(long, value_name = "ORIGINS")]
    input_origins: Option<String>,

    /// Certificates that are trusted beside the public authorities, in PEM
    ///
    /// For a store with a certificate of your own authority. Read once, at start.
    #[arg(long, value_name = "FILE")]
    input_ca_file: Option<String>,

    /// Longest fetched input, unpacked; the reader of a longer one is not opened
    #[arg(long, value_name = "MIB")]
    max_input_mb: Option<String>,

    /// Memory of the fetched inputs of all runs together
    ///
    /// A fetch that would need more fails; nobody waits for room, since those who wait hold room themselves. It is counted from
    /// the first byte until the script has the data, or has closed its table. One run holds at most half of it, or
    /// --max-input-mb when that is more. While an input is parsed or handed over it takes a few times its size for that moment;
    /// no more large ones at once than --worker-threads.
    #[arg(long, value_name = "MIB")]
    input_budget_mb: Option<String>,

    /// Longest fetch of one input, from looking up the name to the last byte
    ///
    /// A run's own timeoutMs goes on meanwhile and may end it before.
    #[arg(long, value_name = "MS")]
    input_timeout_ms: Option<String>,

    /// Longest wait for a connection
    #[arg(long, value_name = "MS")]
    input_connect_timeout_ms: Option<String>,

    /// Fetches of one run at once; more wait
    ///
    /// Each is a connection and a file descriptor, for up to --slots runs.
    #[arg(long, value_name = "COUNT")]
    max_input_fetches: Option<String>,
}

impl FetchFlags {
    /// `worker_threads` many large inputs are worked on at once: it is work, and its copies are not counted.
    pub(super) fn check(&self, reader: &mut Reader<'_>, worker_threads: usize) -> FetchSettings {
        let standard = FetchSettings::default();
        let origins = reader.value(
            "input-origins",
            &self.input_origins,
            Fallback { value: standard.origins, told: NONE.to_owned() },
            format!(
                "origins such as https://minio.example:9000, with commas between them (nothing behind the port, no user, no \
                 wildcard), or {NONE}"
            ),
            parse_origins,
        );
        let ca = reader.value(
            "input-ca-file",
            &self.input_ca_file,
            Fallback { value: standard.ca, told: NONE.to_owned() },
            format!("a readable file of certificates in PEM, or {NONE}"),
            |text| if text == NONE { Some(CaBundle::default()) } else { read_ca(Path::new(text)) },
        );
        let max_mb =
            reader.whole("max-input-mb", &self.max_input_mb, standard.max_bytes / BYTES_PER_MB, 1..=1024, "MiB");
        let budget_mb = reader.whole(
            "input-budget-mb",
            &self.input_budget_mb,
            standard.budget_bytes / BYTES_PER_MB,
            1..=1_048_576,
            "MiB",
        );
        let (max_mb, budget_mb) = reader.fit_pair(["max-input-mb", "input-budget-mb"], max_mb, budget_mb);
        let timeout_ms =
            reader.whole("input-timeout-ms", &self.input_timeout_ms, standard.timeout_ms, 1..=3_600_000, "ms");
        let connect_timeout_ms = reader.whole(
            "input-connect-timeout-ms",
            &self.input_connect_timeout_ms,
            standard.connect_timeout_ms,
            1..=600_000,
            "ms",
        );
        let max_fetches = reader.whole("max-input-fetches", &self.max_input_fetches, standard.max_fetches, 1..=256, "");
        FetchSettings {
            origins,
            ca,
            max_bytes: BYTES_PER_MB.saturating_mul(max_mb),
            budget_bytes: BYTES_PER_MB.saturating_mul(budget_mb),
            timeout_ms,
            connect_timeout_ms,
            max_fetches,
            max_workers: worker_threads,
        }
    }
}

fn parse_origins(text: &str) -> Option<Vec<Origin>> {
    if text == NONE {
        return Some(Vec::new());
    }
    text.split(',').map(|origin| Origin::parse(origin.trim())).collect()
}

fn read_ca(path: &Path) -> Option<CaBundle> {
    CaBundle::parse(&std::fs::read(path).ok()?)
}
