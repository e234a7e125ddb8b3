//! What the configuration asks of features beside the run itself: profiler, `ctx.system`, dataservice output. Asking
//! is not getting: for `system`, the operator and the caller's capabilities have their say too.

use arbex_api::Persistence;
use uuid::Uuid;

use super::faults::Faults;
use super::json::{self, Plan};
use super::section::Section;

pub(super) const PROFILER: Plan =
    Plan::Object(&[("enabled", Plan::Raw), ("sampleIntervalMs", Plan::Raw), ("maxSamples", Plan::Raw)]);

pub(super) const SYSTEM: Plan =
    Plan::Object(&[("enabled", Plan::Raw), ("k8s", KUBERNETES), ("configPrefixes", Plan::Array(&Plan::Raw))]);

const KUBERNETES: Plan =
    Plan::Object(&[("namespaces", Plan::Array(&Plan::Raw)), ("maxItems", Plan::Raw), ("exec", EXEC)]);

const EXEC: Plan = Plan::Object(&[
    ("enabled", Plan::Raw),
    ("allowClusterManager", Plan::Raw),
    ("podNamePrefixes", Plan::Array(&Plan::Raw)),
    ("timeoutMs", Plan::Raw),
    ("maxOutputChars", Plan::Raw),
]);

pub(super) const DATASERVICE_OUTPUT: Plan = Plan::Object(&[
    ("enabled", Plan::Raw),
    ("persistence", Plan::Raw),
    ("dashboardUsers", Plan::Array(&Plan::Raw)),
    ("layoutOutput", Plan::Object(&[("enabled", Plan::Raw), ("require", Plan::Raw)])),
]);

/// What a request asks for; `None` where it switches a feature off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Features {
    /// On by default.
    pub profiler: Option<Profiler>,
    /// On by default.
    pub system: Option<System>,
    /// Off by default; off means that the envelope is stored as it is.
    pub dataservice_output: Option<DataserviceOutput>,
}

/// The sampling profiler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profiler {
    /// Milliseconds between two samples. Default 50.
    pub sample_interval_ms: u64,
    /// Most samples kept. Default 600.
    pub max_samples: u64,
    /// Whether the profile is what the caller is after, and names are worth their time after a short run, too.
    pub is_thorough: bool,
}

/// `ctx.system`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    /// Cluster reads.
    pub kubernetes: Kubernetes,
    /// Prefixes of the platform configuration that the script may read.
    pub config_prefixes: Vec<String>,
}

/// Cluster reads of `ctx.system.k8s`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kubernetes {
    /// Allowed namespaces; `None` stands for the service's own.
    pub namespaces: Option<Vec<String>>,
    /// Of those the ones that the request's context names; it can take away, never add. `None` takes nothing away.
    pub told: Option<Vec<String>>,
    /// Most items of one list. Default 200.
    pub max_items: u64,
    /// Commands in pods. Off by default.
    pub exec: Option<Exec>,
}

/// Commands in pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exec {
    /// Whether `execClusterManager` is asked for. Default no.
    pub allow_cluster_manager: bool,
    /// `exec` reaches only pods whose name begins with one of these.
    pub pod_name_prefixes: Vec<String>,
    /// Milliseconds that one command may take. Default 30000.
    pub timeout_ms: u64,
    /// Most characters kept of each of stdout and stderr. Default 65536.
    pub max_output_chars: u64,
}

/// Validation of dataservice returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataserviceOutput {
    /// What a runner stores. Default the envelope.
    pub persistence: Persistence,
    /// Users that may see the dashboard when the script names none.
    pub dashboard_users: Vec<String>,
    /// Validation of a suggested layout. Off by default.
    pub layout: Option<LayoutOutput>,
}

/// Validation of a suggested layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayoutOutput {
    /// Whether a missing layout fails the run. Default no.
    pub required: bool,
}

impl Features {
    /// What a runner stores of a run that asks for these.
    pub fn persistence(&self) -> Persistence {
        self.dataservice_output.as_ref().map_or_else(Persistence::default, |output| output.persistence)
    }

    pub(super) fn check(configuration: &Section<'_, '_>, faults: &mut Faults) -> Self {
        Self {
            profiler: profiler(configuration, faults),
            system: system(configuration, faults),
            dataservice_output: dataservice_output(configuration, faults),
        }
    }
}

fn profiler(configuration: &Section<'_, '_>, faults: &mut Faults) -> Option<Profiler> {
    let mut profiler = Profiler { sample_interval_ms: 50, max_samples: 600, is_thorough: false };
    let Some(section) = configuration.section("profiler", faults) else { return Some(profiler) };
    let enabled = section.boolean("enabled", faults).unwrap_or(true);
    if let Some(interval_ms) = section.integer("sampleIntervalMs", 1..=10_000, " (ms)", faults) {
        profiler.sample_interval_ms = interval_ms;
    }
    if let Some(samples) = section.integer("maxSamples", 1..=10_000, "", faults) {
        profiler.max_samples = samples;
    }
    enabled.then_some(profiler)
}

fn system(configuration: &Section<'_, '_>, faults: &mut Faults) -> Option<System> {
    let mut system = System {
        kubernetes: Kubernetes { namespaces: None, told: None, max_items: 200, exec: None },
        config_prefixes: Vec::new(),
    };
    let Some(section) = configuration.section("system", faults) else { return Some(system) };
    let enabled = section.boolean("enabled", faults).unwrap_or(true);
    system.config_prefixes = section.names("configPrefixes", faults).unwrap_or_default();
    if let Some(section) = section.section("k8s", faults) {
        system.kubernetes.namespaces = section.names("namespaces", faults);
        if let Some(items) = section.integer("maxItems", 1..=2_000, "", faults) {
            system.kubernetes.max_items = items;
        }
        system.kubernetes.exec = section.section("exec", faults).and_then(|section| exec(&section, faults));
    }
    enabled.then_some(system)
}

fn exec(section: &Section<'_, '_>, faults: &mut Faults) -> Option<Exec> {
    let enabled = section.boolean("enabled", faults).unwrap_or(false);
    let exec = Exec {
        allow_cluster_manager: section.boolean("allowClusterManager", faults).unwrap_or(false),
        pod_name_prefixes: section.names_that("podNamePrefixes", faults, empty).unwrap_or_default(),
        timeout_ms: section.integer("timeoutMs", 1..=60_000, " (ms)", faults).unwrap_or(30_000),
        max_output_chars: section.integer("maxOutputChars", 1..=1_048_576, "", faults).unwrap_or(65_536),
    };
    enabled.then_some(exec)
}

fn empty(prefix: &str) -> Option<String> {
    prefix.is_empty().then(|| "must not be empty: every pod's name begins so".to_owned())
}

/// What is wrong with the text of an external user: the platform has GUIDs there, 8-4-4-4-12 hexadecimal digits.
pub(crate) fn user_fault(user: &str) -> Option<String> {
    // Of the forms that the library takes, only that one has 36 characters.
    if user.len() == 36 && Uuid::try_parse(user).is_ok() {
        return None;
    }
    let user = json::shorten(user);
    Some(format!("must be the GUID of an external user (8-4-4-4-12 hexadecimal digits), got {user:?}"))
}

fn dataservice_output(configuration: &Section<'_, '_>, faults: &mut Faults) -> Option<DataserviceOutput> {
    let section = configuration.section("dataserviceOutput", faults)?;
    let enabled = section.boolean("enabled", faults).unwrap_or(false);
    let persistence = section.one_of("persistence", Persistence::NAMES, Persistence::from_name, faults);
    let persistence = persistence.unwrap_or_default();
    let dashboard_users = section.names_that("dashboardUsers", faults, user_fault).unwrap_or_default();
    let layout = section.section("layoutOutput", faults).and_then(|layout| {
        let enabled = layout.boolean("enabled", faults).unwrap_or(false);
        let required = layout.boolean("require", faults).unwrap_or(false);
        enabled.then_some(LayoutOutput { required })
    });
    // A setting that would silently do nothing (decision 19).
    if !enabled && persistence != Persistence::default() {
        let message = format!("must have enabled true for persistence {persistence}, got enabled false");
        faults.add(&section.at, message);
    }
    enabled.then_some(DataserviceOutput { persistence, dashboard_users, layout })
}
