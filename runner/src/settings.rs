//! Every flag and variable, with its default and bounds. `--help` is the manual.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use clap::{Parser, ValueEnum};
use heat_runtime::{HeatRuntimeOptions, InitOptions, OnRefusedEnd, Unfinished};
use tracing_subscriber::EnvFilter;

use crate::execute::ExecuteSettings;
use crate::outputs::{InputRules, InputsBy};

const EXAMPLES: &str = "\
Core is found as every HEAT runner finds it: CORE_API_URL, HEAT_SESSION_TOKEN or RuntimeSessionToken.

Examples:
  arbex-runner --service-url http://arbex:8080    claims tasks until SIGTERM
  arbex-runner --once                             does one task, if there is one
  arbex-runner --node 12                          runs node 12 now, without claiming anything

Exit codes:
  0   stopped by a signal; with --once or --node: done, or nothing to do
  1   with --once or --node: the task failed
  64  wrong usage or settings
  69  cannot run here: an address that is taken, a Core that does not answer --once";

/// Bounds in milliseconds.
fn ms(least: u64, most: u64) -> RangedU64ValueParser<u64> {
    RangedU64ValueParser::new().range(least..=most)
}

/// Runs HEAT's system-arbex-js nodes: claims their tasks, has the Arbex service execute them, stores what comes of it.
#[derive(Debug, Clone, Parser)]
#[command(name = "arbex-runner", version, after_help = EXAMPLES)]
pub struct Settings {
    /// Base URL of HEAT's Core API, in place of CORE_API_URL
    #[arg(long, value_name = "URL", env = "ARBEX_RUNNER_CORE_URL")]
    core_url: Option<String>,

    /// Base URL of the Arbex service
    #[arg(long, value_name = "URL", env = "ARBEX_RUNNER_SERVICE_URL", default_value = "http://127.0.0.1:8080")]
    service_url: String,

    /// Bearer token for the service; better given by its variable than on a command line that others can list
    #[arg(long, value_name = "TOKEN", env = "ARBEX_RUNNER_SERVICE_TOKEN", hide_env_values = true)]
    service_token: Option<String>,

    /// The name under which tasks are claimed
    #[arg(long, value_name = "NAME", env = "ARBEX_RUNNER_TAG", default_value = "arbex-runner")]
    pub tag: String,

    /// Tasks worked on at a time, 1 to 256; more than the service has slots only wait there
    #[arg(long, value_name = "COUNT", env = "ARBEX_RUNNER_MAX_TASKS", default_value = "4", value_parser = ms(1, 256))]
    max_tasks: u64,

    /// Wait after a claim that found no task, 10 to 60000 ms
    #[arg(long, value_name = "MS", env = "ARBEX_RUNNER_POLL_MS", default_value = "1000", value_parser = ms(10, 60_000))]
    poll_ms: u64,

    /// How the bytes of inputs get to the service
    ///
    /// By a presigned URL they go from the store to the service, and only when a script opens them; the service's --input-origins must
    /// list the store. A store that cannot sign URLs is read here, and its bytes go inline.
    #[arg(long, value_enum, env = "ARBEX_RUNNER_INPUTS", default_value = "url")]
    inputs: InputsBy,

    /// Most bytes of a run's inline inputs together, 1 to 1024 MiB; the service's --max-body-mb bounds them too
    #[arg(long, value_name = "MIB", env = "ARBEX_RUNNER_MAX_INLINE_MB", default_value = "16", value_parser = ms(1, 1024))]
    max_inline_mb: u64,

    /// What an answer of the service may take beyond the node's timeoutMs, 100 to 600000 ms: queue, compilation, transfer
    #[arg(long, value_name = "MS", env = "ARBEX_RUNNER_MARGIN_MS", default_value = "30000", value_parser = ms(100, 600_000))]
    margin_ms: u64,

    /// How long one call of the service may be repeated while it is busy, down, or its answers get lost; 0 to 3600000 ms
    #[arg(long, value_name = "MS", env = "ARBEX_RUNNER_RETRY_BUDGET_MS", default_value = "120000", value_parser = ms(0, 3_600_000))]
    retry_budget_ms: u64,

    /// How often Core hears that a task is still worked on, 100 to 3600000 ms; less than its lease lasts
    #[arg(long, value_name = "MS", env = "ARBEX_RUNNER_SIGNAL_MS", default_value = "20000", value_parser = ms(100, 3_600_000))]
    signal_ms: u64,

    /// How long tasks may still run after SIGTERM, 0 to 3600000 ms; what is left then comes back when its lease ends
    #[arg(long, value_name = "MS", env = "ARBEX_RUNNER_DRAIN_GRACE_MS", default_value = "30000", value_parser = ms(0, 3_600_000))]
    drain_grace_ms: u64,

    /// Where /livez, /readyz and /metrics are
    #[arg(long, value_name = "ADDRESS", env = "ARBEX_RUNNER_ADMIN_LISTEN", default_value = "127.0.0.1:9091")]
    pub admin_listen: SocketAddr,

    /// What is logged: a level, or levels by module, as info,heat_runtime=debug
    #[arg(long, value_name = "FILTER", env = "ARBEX_RUNNER_LOG", default_value = "info")]
    pub log: EnvFilterText,

    /// The form of a line; text on a terminal, else json
    #[arg(long, value_enum, env = "ARBEX_RUNNER_LOG_FORMAT")]
    pub log_format: Option<LogFormat>,

    /// Does one task, if there is one, and exits
    #[arg(long, conflicts_with = "node")]
    pub once: bool,

    /// Debug mode: runs this node instance now, without claiming a task, and exits
    #[arg(long, value_name = "ID")]
    pub node: Option<i64>,
}

/// A filter that was checked.
#[derive(Debug, Clone)]
pub struct EnvFilterText(String);

impl std::str::FromStr for EnvFilterText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        EnvFilter::try_new(text).map(|_| Self(text.to_owned())).map_err(|error| error.to_string())
    }
}

impl EnvFilterText {
    /// For the log.
    pub fn filter(&self) -> EnvFilter {
        EnvFilter::new(&self.0)
    }
}

/// The form of a line of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One object a line.
    Json,
    /// For people.
    Text,
}

impl Settings {
    /// For `heat-runtime`'s client.
    pub fn core(&self) -> HeatRuntimeOptions {
        let mut options = HeatRuntimeOptions::from_env();
        if let Some(url) = &self.core_url {
            options.core_api_url.clone_from(url);
        }
        options.debug_node_id = self.node;
        options
    }

    /// For its loop.
    pub fn claiming(&self) -> InitOptions {
        let mut options = InitOptions::default();
        options.polling_interval = Duration::from_millis(self.poll_ms);
        options.max_concurrent_tasks =
            usize::try_from(self.max_tasks).ok().and_then(NonZeroUsize::new).unwrap_or(NonZeroUsize::MIN);
        options.grace = Duration::from_millis(self.drain_grace_ms);
        // Everything is named by its task, so whoever gets it next can do it again: no reason to fail a node.
        options.unfinished = Unfinished::LeaveToLease;
        options.on_refused_end = OnRefusedEnd::Leave;
        options
    }

    /// For calls of the service.
    pub fn execute(&self) -> ExecuteSettings {
        ExecuteSettings {
            url: self.service_url.clone(),
            token: self.service_token.clone().filter(|token| !token.is_empty()),
            margin: Duration::from_millis(self.margin_ms),
            retry_budget: Duration::from_millis(self.retry_budget_ms),
        }
    }

    /// For inputs.
    pub fn inputs(&self) -> InputRules {
        InputRules { by: self.inputs, max_inline_bytes: self.max_inline_mb << 20 }
    }

    /// How often a task is signalled.
    pub fn signal_every(&self) -> Duration {
        Duration::from_millis(self.signal_ms)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_flags_are_sound_and_bounded() {
        Settings::command().debug_assert();
        let parse = |flags: &[&str]| Settings::try_parse_from(["arbex-runner"].iter().chain(flags));
        for (flag, least, most) in [
            ("--max-tasks", 1, 256),
            ("--poll-ms", 10, 60_000),
            ("--max-inline-mb", 1, 1024),
            ("--margin-ms", 100, 600_000),
            ("--signal-ms", 100, 3_600_000),
        ] {
            for (value, fits) in [(least - 1, false), (least, true), (most, true), (most + 1, false)] {
                assert_eq!(parse(&[flag, &value.to_string()]).is_ok(), fits, "{flag} {value}");
            }
        }
        assert!(parse(&["--log", "info,arbex_runner=debug"]).is_ok() && parse(&["--log", "a=b=c"]).is_err());
        assert!(parse(&["--once", "--node", "1"]).is_err());
    }
}
