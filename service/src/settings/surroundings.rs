//! What the machine says: environment, memory limit of the container, processors. Read once, here and nowhere else, and
//! passed on as data, so that everything after it can be tried out without touching the process.

use std::collections::BTreeMap;
use std::io::IsTerminal;

use arbex_traces::Endpoint;

/// Variables with our prefix that builds and tests of this repository read, not the service; and those that build.rs sets,
/// because `cargo run` passes them on.
const BUILD_VARIABLES: [&str; 4] = ["ARBEX_GUEST", "ARBEX_COMMIT", "ARBEX_BUILD_UTC", "ARBEX_WASMTIME_VERSION"];
const BUILD_PREFIX: &str = "ARBEX_GUEST_";

/// A limit above this is how version 1 of control groups spells "none".
const NO_LIMIT_BYTES: u64 = 1 << 60;

/// What defaults and variables depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surroundings {
    /// Environment variables that begin with `ARBEX_`, the runner's left out, and OpenTelemetry's for the endpoint.
    pub variables: BTreeMap<String, String>,
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
        Self { variables: BTreeMap::new(), memory_limit_bytes: None, cpu_count: 1, stderr_is_terminal: false }
    }
}

impl Surroundings {
    /// Ask the machine.
    pub fn read() -> Self {
        let mut variables = arbex_settings::variables(super::PREFIX, &[Endpoint::VARIABLE]);
        // Those of the runner may stand in the same file; it reads them, and says what is wrong with them.
        variables.retain(|name, _| !name.starts_with("ARBEX_RUNNER_"));
        Self {
            variables,
            memory_limit_bytes: memory_limit_bytes(),
            cpu_count: std::thread::available_parallelism().map_or(1, usize::from),
            stderr_is_terminal: std::io::stderr().is_terminal(),
        }
    }
}

/// Whether a variable is one that builds and tests of this repository read, or set for themselves.
pub(super) fn is_of_builds(name: &str) -> bool {
    BUILD_VARIABLES.contains(&name) || name.starts_with(BUILD_PREFIX)
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
