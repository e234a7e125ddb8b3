//! Every setting: a flag, its variable, its default and bounds. Read once, checked once, all faults told at once. `--help` is the
//! manual, and docs/runner-settings.md is made from this by a test.

mod manual;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use arbex_settings::{Fallback, Reader};
use arbex_traces::{Endpoint, TraceFlags};
use clap::{CommandFactory, FromArgMatches, Parser};
use heat_runtime::{HeatRuntimeOptions, InitOptions, OnCompletionError, Unfinished};
use tracing_subscriber::EnvFilter;

pub use arbex_settings::SettingFault;

use crate::certificates::Certificates;
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

const URL: &str = "a URL that begins with http:// or https://, without user and query";

/// What all variables begin with.
const PREFIX: &str = "ARBEX_RUNNER_";

/// Runs HEAT's system-arbex-js nodes: claims their tasks, has the Arbex service execute them, stores what comes of it.
#[derive(Clone, Debug, Default, Parser)]
#[command(name = "arbex-runner", version, after_help = EXAMPLES)]
pub struct Settings {
    /// Base URL of HEAT's Core API, in place of CORE_API_URL
    #[arg(long, value_name = "URL", help_heading = "Core")]
    core_url: Option<String>,

    /// The name under which tasks are claimed
    #[arg(long, value_name = "NAME", help_heading = "Core")]
    tag: Option<String>,

    /// Wait after a claim that found no task
    #[arg(long, value_name = "MS", help_heading = "Core")]
    poll_ms: Option<String>,

    /// How often Core hears that a task is still worked on
    ///
    /// Less than its lease lasts: whoever is silent for longer loses the task to another runner.
    #[arg(long, value_name = "MS", help_heading = "Core")]
    signal_ms: Option<String>,

    /// How long one attempt of a call of Core may take
    #[arg(long, value_name = "MS", help_heading = "Core")]
    core_timeout_ms: Option<String>,

    /// How long is kept what Core tells of sessions, their templates, data sources, configuration and its version; 0 keeps nothing
    ///
    /// Tasks, nodes and outputs are always asked for. A data source that fails is asked for anew at once.
    #[arg(long, value_name = "MS", help_heading = "Core")]
    keep_ms: Option<String>,

    /// Base URL of the Arbex service
    #[arg(long, value_name = "URL", help_heading = "Service")]
    service_url: Option<String>,

    /// Bearer token for the service; better given by its variable than on a command line that others can list
    #[arg(long, value_name = "TOKEN", help_heading = "Service")]
    service_token: Option<String>,

    /// Certificates that the service may have beside those the system trusts, in PEM
    ///
    /// For a service with a certificate of your own authority. Read once, at start.
    #[arg(long, value_name = "FILE", help_heading = "Service")]
    service_ca_file: Option<String>,

    /// What an answer of the service may take beyond the node's timeoutMs: queue, compilation, transfer
    #[arg(long, value_name = "MS", help_heading = "Service")]
    margin_ms: Option<String>,

    /// How long one call of the service may be repeated while it is busy, down, or its answers get lost
    #[arg(long, value_name = "MS", help_heading = "Service")]
    retry_budget_ms: Option<String>,

    /// Tasks worked on at a time; more than the service has slots only wait there
    #[arg(long, value_name = "COUNT", help_heading = "Work")]
    max_tasks: Option<String>,

    /// How the bytes of inputs get to the service
    ///
    /// By a presigned URL they go from the store to the service, and only when a script opens them; the service's --input-origins must
    /// list the store. A store that cannot sign URLs is read here, and its bytes go inline.
    #[arg(long, value_name = "WORD", help_heading = "Work")]
    inputs: Option<String>,

    /// Most bytes of a run's inline inputs together; the service's --max-body-mb bounds them too
    #[arg(long, value_name = "MIB", help_heading = "Work")]
    max_inline_mb: Option<String>,

    /// How long tasks may still run after SIGTERM; what is left then comes back when its lease ends
    #[arg(long, value_name = "MS", help_heading = "Work")]
    drain_grace_ms: Option<String>,

    /// Where /livez, /readyz and /metrics are
    #[arg(long, value_name = "IP:PORT", help_heading = "Watching")]
    admin_listen: Option<String>,

    /// What is logged: a level, or levels by module, as info,heat_runtime=debug
    #[arg(long, value_name = "FILTER", help_heading = "Watching")]
    log: Option<String>,

    /// The form of a line of the log
    #[arg(long, value_name = "WORD", help_heading = "Watching")]
    log_format: Option<String>,

    #[command(flatten)]
    tracing: TraceFlags,

    /// Does one task, if there is one, and exits
    #[arg(long, conflicts_with = "node", help_heading = "Instead of working until SIGTERM")]
    once: bool,

    /// Debug mode: runs this node instance now, without claiming a task, and exits
    #[arg(long, value_name = "ID", help_heading = "Instead of working until SIGTERM")]
    node: Option<i64>,
}

/// The form of a line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One object a line.
    Json,
    /// For people.
    Text,
}

/// Settings that were checked, by consumer.
#[derive(Clone, Debug)]
pub struct Checked {
    /// For `heat-runtime`'s client.
    pub core: HeatRuntimeOptions,
    /// The name under which tasks are claimed.
    pub tag: String,
    /// For its loop.
    pub claiming: InitOptions,
    /// For calls of the service.
    pub execute: ExecuteSettings,
    /// For inputs.
    pub inputs: InputRules,
    /// How often a task is signalled.
    pub signal_every: Duration,
    /// How long what Core told is kept.
    pub keep: Duration,
    /// Where probes and metrics are.
    pub admin_listen: SocketAddr,
    /// What is logged: a filter that was checked.
    pub log: String,
    /// The form of a line; `None` goes by the terminal.
    pub log_format: Option<LogFormat>,
    /// Where spans are sent, if anywhere.
    pub traces: Option<Endpoint>,
    /// Whether one task is enough.
    pub once: bool,
}

impl Settings {
    /// Flags of the command line.
    ///
    /// # Errors
    ///
    /// Unknown flags; also help and version come this way.
    pub fn from_command_line() -> Result<Self, clap::Error> {
        Self::from_arg_matches(&manual::explain(Self::command()).try_get_matches()?)
    }

    /// Variables that begin with our prefix, and OpenTelemetry's for the endpoint.
    pub fn variables() -> BTreeMap<String, String> {
        arbex_settings::variables(PREFIX, &[Endpoint::VARIABLE])
    }

    /// Checks flags and variables.
    ///
    /// # Errors
    ///
    /// Every fault there is; never an empty list.
    pub fn check(&self, variables: &BTreeMap<String, String>) -> Result<Checked, Vec<SettingFault>> {
        let mut reader = Reader::new(PREFIX, variables);
        let checked = self.read(&mut reader);
        reader.refuse_unknown(|_| false, "arbex-runner --help");
        let (_, faults) = reader.finish();
        if faults.is_empty() { Ok(checked) } else { Err(faults) }
    }

    /// With defaults in place of what is wrong.
    fn read(&self, reader: &mut Reader<'_>) -> Checked {
        fn none<T>() -> Fallback<Option<T>> {
            Fallback { value: None, told: "none".to_owned() }
        }
        let ms = Duration::from_millis;
        let url = |text: &str| is_base_url(text).then(|| text.to_owned());
        let of_environment = Fallback { value: None, told: "CORE_API_URL, else http://localhost:5220".to_owned() };
        let core_url =
            reader.value("core-url", &self.core_url, of_environment, URL.to_owned(), |text| url(text).map(Some));
        let name = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let tag = reader.value("tag", &self.tag, "arbex-runner".to_owned(), "a name".to_owned(), name);
        let poll = ms(reader.whole("poll-ms", &self.poll_ms, 1000, 10..=60_000, "ms"));
        let signal_every = ms(reader.whole("signal-ms", &self.signal_ms, 20_000, 100..=3_600_000, "ms"));
        let core_timeout = ms(reader.whole("core-timeout-ms", &self.core_timeout_ms, 60_000, 100..=600_000, "ms"));
        let keep = ms(reader.whole("keep-ms", &self.keep_ms, 5000, 0..=600_000, "ms"));

        let local = "http://127.0.0.1:8080".to_owned();
        let service_url = reader.value("service-url", &self.service_url, local, URL.to_owned(), url);
        let rule = "text that a header can hold".to_owned();
        let fits = |text: &str| reqwest::header::HeaderValue::from_str(text).is_ok();
        let token = |text: &str| fits(text).then(|| Some(text.to_owned()).filter(|text| !text.is_empty()));
        let token = reader.secret("service-token", &self.service_token, none(), rule, token);
        let rule = "a readable file of certificates in PEM".to_owned();
        let file = |file: &str| Certificates::read(file).map(Some);
        let certificates = reader.value("service-ca-file", &self.service_ca_file, none(), rule, file);
        let margin = ms(reader.whole("margin-ms", &self.margin_ms, 30_000, 100..=600_000, "ms"));
        let budget = reader.whole("retry-budget-ms", &self.retry_budget_ms, 120_000, 0..=3_600_000, "ms");

        let max_tasks = reader.whole("max-tasks", &self.max_tasks, 4, 1..=256, "");
        let ways = [("url", InputsBy::Url), ("inline", InputsBy::Inline)];
        let by_url = Fallback { value: InputsBy::Url, told: "url".to_owned() };
        let by = reader.word("inputs", &self.inputs, by_url, &ways);
        let max_inline_mb: u64 = reader.whole("max-inline-mb", &self.max_inline_mb, 16, 1..=1024, "MiB");
        let grace = ms(reader.whole("drain-grace-ms", &self.drain_grace_ms, 30_000, 0..=3_600_000, "ms"));

        let local = SocketAddr::from(([127, 0, 0, 1], 9091));
        let rule = "an IP address with a port, such as 127.0.0.1:9091 or [::1]:9091".to_owned();
        let admin_listen = reader.value("admin-listen", &self.admin_listen, local, rule, |text| text.parse().ok());
        let rule = "levels (error, warn, info, debug, trace, off), by module where wanted".to_owned();
        let filter = |text: &str| EnvFilter::try_new(text).is_ok().then(|| text.to_owned());
        let log = reader.value("log", &self.log, "info".to_owned(), rule, filter);
        let by_terminal = Fallback { value: None, told: "text on a terminal, else json".to_owned() };
        let forms = [("json", Some(LogFormat::Json)), ("text", Some(LogFormat::Text))];
        let log_format = reader.word("log-format", &self.log_format, by_terminal, &forms);
        let traces = self.tracing.check(reader);

        let mut core = HeatRuntimeOptions::from_env();
        if let Some(url) = core_url {
            core.core_api_url = url;
        }
        core.request_timeout = core_timeout;
        core.debug_node_id = self.node;
        let mut claiming = InitOptions::default();
        claiming.polling_interval = poll;
        claiming.max_concurrent_tasks = NonZeroUsize::new(max_tasks).unwrap_or(NonZeroUsize::MIN);
        claiming.grace = grace;
        // Everything is named by its task, so whoever gets it next can do it again: no reason to fail a node.
        claiming.unfinished = Unfinished::LeaveToLease;
        claiming.on_completion_error = OnCompletionError::Leave;
        Checked {
            core,
            tag,
            claiming,
            execute: ExecuteSettings {
                url: service_url,
                token,
                certificates: certificates.unwrap_or_default(),
                margin,
                retry_budget: ms(budget),
            },
            inputs: InputRules { by, max_inline_bytes: max_inline_mb << 20 },
            signal_every,
            keep,
            admin_listen,
            log,
            log_format,
            traces,
            once: self.once,
        }
    }
}

fn is_base_url(text: &str) -> bool {
    reqwest::Url::parse(text).is_ok_and(|url| {
        let bare = url.query().is_none() && url.username().is_empty() && url.password().is_none();
        matches!(url.scheme(), "http" | "https") && bare && url.fragment().is_none()
    })
}
