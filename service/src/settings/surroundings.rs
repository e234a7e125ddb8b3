//! What the machine says: environment, memory limit of the container, processors. Read once, here and nowhere else, and
//! passed on as data, so that everything after it can be tried out without touching the process.

use std::collections::BTreeMap;
use std::io::IsTerminal;

use arbex_traces::Endpoint;

use super::reader::SettingFault;

/// Variables with our prefix that builds and tests of this repository read, not the service; and those that build.rs sets,
/// because `cargo run` passes them on.
const BUILD_VARIABLES: [&str; 4] = ["ARBEX_GUEST", "ARBEX_COMMIT", "ARBEX_BUILD_UTC", "ARBEX_WASMTIME_VERSION"];
const BUILD_PREFIX: &str = "ARBEX_GUEST_";

/// A limit above this is how version 1 of control groups spells "none".
const NO_LIMIT_BYTES: u64 = 1 << 60;

/// What defaults and variables depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surroundings {
    /// Environment variables that begin with `ARBEX_`, the runner's left out.
    pub variables: BTreeMap<String, String>,
    /// Where OpenTelemetry's own variable says that spans go.
    pub otlp_endpoint: Option<String>,
    /// Memory limit of the container, in bytes; none when there is no limit.
    pub memory_limit_bytes: Option<u64>,
    /// Processors that this process may use.
    pub cpu_count: usize,
    /// Whether a person reads standard error.
    pub stderr_is_terminal: bool,
}

impl Default for Surroundings {
    /// A machine that says nothing.
    fn default() -> Self {
        Self {
            variables: BTreeMap::new(),
            otlp_endpoint: None,
            memory_limit_bytes: None,
            cpu_count: 1,
            stderr_is_terminal: false,
        }
    }
}

impl Surroundings {
    /// Ask the machine.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn read() -> Self {
        // A value that is not UTF-8 becomes one with replacement characters, which no rule of a setting accepts.
        let variables = std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
            // Those of the runner may stand in the same file; it reads them, and says what is wrong with them.
            .filter(|(name, _)| name.starts_with("ARBEX_") && !name.starts_with("ARBEX_RUNNER_"))
            .collect();
        let otlp_endpoint = std::env::var_os(Endpoint::VARIABLE).map(|text| text.to_string_lossy().into_owned());
        Self {
            variables,
            otlp_endpoint,
            memory_limit_bytes: memory_limit_bytes(),
            cpu_count: std::thread::available_parallelism().map_or(1, usize::from),
            stderr_is_terminal: std::io::stderr().is_terminal(),
        }
    }

    /// Variables with our prefix that nobody reads: most likely a typing error.
    pub(super) fn unknown_variables(&self, known: &[String]) -> Vec<SettingFault> {
        let is_unknown = |name: &str, value: &str| {
            !known.iter().any(|known| known == name)
                && !BUILD_VARIABLES.contains(&name)
                && !name.starts_with(BUILD_PREFIX)
                && !is_service_link(name, value)
        };
        let unknown = self.variables.iter().filter(|(name, value)| is_unknown(name, value));
        unknown
            .map(|(name, _)| SettingFault {
                place: name.clone(),
                message: "is no setting of this version; `arbex serve --help` lists them all".to_owned(),
            })
            .collect()
    }
}

/// Kubernetes gives each pod variables for each service of its namespace: for one named `arbex` (or `arbex-…`) they begin
/// with our prefix. They are nobody's typing error, and refusing them would keep the pod from starting.
fn is_service_link(name: &str, value: &str) -> bool {
    let is_address = ["tcp://", "udp://", "sctp://"].iter().any(|scheme| value.starts_with(scheme));
    let numbered = |(_, rest): (&str, &str)| rest.starts_with(|first: char| first.is_ascii_digit());
    name.ends_with("_SERVICE_HOST")
        || name.ends_with("_SERVICE_PORT")
        || name.contains("_SERVICE_PORT_")
        || (name.ends_with("_PORT") && is_address)
        || name.split_once("_PORT_").is_some_and(numbered)
}

/// The control group's limit: version 2, else version 1. Inside a container both show the container's own group.
fn memory_limit_bytes() -> Option<u64> {
    let read = |path| std::fs::read_to_string(path).ok();
    let text = read("/sys/fs/cgroup/memory.max").or_else(|| read("/sys/fs/cgroup/memory/memory.limit_in_bytes"))?;
    parse_memory_limit(&text)
}

/// `max` and numbers beyond any machine mean: no limit.
pub(super) fn parse_memory_limit(text: &str) -> Option<u64> {
    text.trim().parse().ok().filter(|bytes| *bytes < NO_LIMIT_BYTES)
}
