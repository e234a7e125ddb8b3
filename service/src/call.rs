//! A request, from the bytes of its body to a checked [`Call`]. Pure: no I/O, no clock.
//!
//! A body that is not JSON is [`Rejection::Malformed`]; one that is JSON but breaks the contract is
//! [`Rejection::Invalid`] with every fault at once, each with its JSON pointer. What comes out needs no further
//! checking: the types say what was checked.
//!
//! The body is parsed once down to the members that the contract names (`json`); everything below them stays the
//! text that came, so that large inputs and configurations are not rebuilt.

mod configuration;
mod context;
mod ctx;
mod features;
mod headers;
mod input;
mod kind;
mod location;
mod platform;
mod script;
mod selection;
#[cfg(test)]
mod tests;

pub use arbex_api::{Fault, HistoryOrder, InputFormat, InputKind, ParentMode, Persistence, ReaderHint};
pub use configuration::{Limits, TabularOptions, parse_delimiter};
pub(crate) use features::user_fault;
pub use features::{DataserviceOutput, Exec, Features, Kubernetes, LayoutOutput, Profiler, System};
pub use input::{Content, Descriptor, InlineForm, Input};
pub use kind::sniff_delimiter;
pub use location::{Location, Origin};
pub use platform::PlatformConfig;
pub use script::Script;

use crate::json::{self, Malformed, Plan, faults, section};
use configuration::Configuration;
use context::Context;
use faults::{At, Faults};
use section::Section;

/// A request that was checked: all that a run needs to know.
#[derive(Debug)]
pub struct Call {
    /// What to run.
    pub script: Script,

    /// What it may use up, as far as the request may choose.
    pub limits: Limits,

    /// What the configuration asks of profiler, system context and dataservice output.
    pub features: Features,

    /// One JSON object that becomes `ctx` in the sandbox; see `ctx.rs` for its members.
    pub context_json: String,

    /// What `ctx.system.config` may show.
    pub platform_config: PlatformConfig,

    /// Whether `inputs` are `ctx.inputs.latest` (at most one) or `ctx.inputs.history`.
    pub mode: ParentMode,

    /// The inputs that the script sees, in the order in which it sees them.
    pub inputs: Vec<Input>,

    /// The JSON text of `configuration`, exactly as received.
    pub snapshot: Box<str>,
}

/// What an operator lets requests ask for. A default that lies over its ceiling is lowered to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceilings {
    /// `timeoutMs` when the request has none, in milliseconds. Default 5000.
    pub default_timeout_ms: u64,
    /// Longest `timeoutMs`, in milliseconds. Default 60000.
    pub max_timeout_ms: u64,
    /// `maxMemoryMb` when the request has none, in MiB. Default 512.
    pub default_memory_mb: u64,
    /// Largest `maxMemoryMb`, in MiB. Default 640.
    pub max_memory_mb: u64,
    /// `maxScriptChars` when the request has none, in UTF-16 code units. Default 131072.
    pub default_script_chars: u64,
    /// Largest `maxScriptChars`, in UTF-16 code units. Default 1048576.
    pub max_script_chars: u64,
    /// `parent.historyLimit` when the request has none. Default 60.
    pub default_history_limit: u64,
    /// Largest `parent.historyLimit`. Default 1000.
    pub max_history_limit: u64,
    /// Most entries of `inputs`. Default 1000.
    pub max_inputs: usize,
    /// Most entries of `context.session.nodes` and of `context.parents`. Default 10000.
    pub max_context_nodes: usize,
}

impl Default for Ceilings {
    fn default() -> Self {
        Self {
            default_timeout_ms: 5_000,
            max_timeout_ms: 60_000,
            default_memory_mb: 512,
            max_memory_mb: 640,
            default_script_chars: 131_072,
            max_script_chars: 1_048_576,
            default_history_limit: 60,
            max_history_limit: 1_000,
            max_inputs: 1_000,
            max_context_nodes: 10_000,
        }
    }
}

/// Why a body is not a call.
#[derive(Debug, PartialEq, Eq)]
pub enum Rejection {
    /// It is not JSON in UTF-8 (HTTP 400).
    Malformed {
        /// What is wrong there.
        message: String,
        /// Line of the body, from 1.
        line: usize,
        /// Column in that line, in bytes from 1.
        column: usize,
    },
    /// It is JSON, but not a valid request (HTTP 422). Never empty.
    Invalid(Vec<Fault>),
}

impl From<Malformed> for Rejection {
    fn from(Malformed { message, line, column }: Malformed) -> Self {
        Self::Malformed { message, line, column }
    }
}

const REQUEST: Plan =
    Plan::Object(&[("configuration", Plan::Raw), ("context", Plan::Raw), ("inputs", Plan::Array(&input::PLAN))]);

impl Call {
    /// Checks the body of `POST /execute`.
    ///
    /// # Errors
    ///
    /// [`Rejection::Malformed`] when the body is not JSON, else [`Rejection::Invalid`] with all faults.
    pub fn decode(body: &[u8], ceilings: &Ceilings) -> Result<Self, Rejection> {
        let body = json::text(body)?;
        let request = json::open(body, &REQUEST, ceilings.max_inputs)?;
        let mut faults = Faults::default();
        let Some(request) = Section::mandatory(&request, At::ROOT, &mut faults) else {
            return Err(Rejection::Invalid(faults.into_list()));
        };

        let snapshot = request.required("configuration", &mut faults);
        let configuration = snapshot.and_then(|raw| Configuration::check(raw, ceilings, &mut faults));
        let inputs = input::check_all(&request, ceilings, &mut faults);
        let mut context = Context::check(request.raw("context"), ceilings, &mut faults);
        let prefixes = configuration.as_ref().and_then(|configuration| configuration.features.system.as_ref());
        let prefixes = prefixes.map(|system| system.config_prefixes.as_slice()).unwrap_or_default();
        let platform_config = PlatformConfig::check(&context.config, prefixes, &mut faults);

        let (Some(snapshot), Some(Configuration { script: Some(script), limits, mut features, read }), true) =
            (snapshot, configuration, faults.is_empty())
        else {
            return Err(Rejection::Invalid(faults.into_list()));
        };

        if let Some(system) = &mut features.system {
            system.kubernetes.told = context.k8s_namespaces.take();
        }
        let mode = read.mode_for(inputs.len());
        let inputs = selection::select(inputs, mode, &read);
        let context_json = ctx::write(context, snapshot, &features, &read, mode, &inputs).map_err(|error| {
            faults.add(&At::ROOT.key("context"), format!("cannot be passed to the script: {error}"));
            Rejection::Invalid(faults.into_list())
        })?;
        let snapshot = snapshot.get().into();

        Ok(Self { script, limits, features, context_json, platform_config, mode, inputs, snapshot })
    }
}

/// The body of `POST /validate`, as far as an editor's check goes: a faulty configuration still has a script that
/// is worth compiling.
#[derive(Debug)]
pub struct ValidateCall {
    /// The script, unless it is itself at fault (missing, blank, too long).
    pub script: Option<Script>,

    /// What is wrong with the configuration; pointers begin with `/configuration`.
    pub faults: Vec<Fault>,
}

impl ValidateCall {
    /// Checks the body of `POST /validate`, which is that of `POST /execute`. `context` and `inputs` are not looked at.
    ///
    /// # Errors
    ///
    /// [`Rejection::Malformed`] when the body is not JSON; [`Rejection::Invalid`] when it has no `configuration` object.
    pub fn decode(body: &[u8], ceilings: &Ceilings) -> Result<Self, Rejection> {
        const REQUEST: Plan = Plan::Object(&[("configuration", Plan::Raw)]);

        let body = json::text(body)?;
        let request = json::open(body, &REQUEST, 0)?;
        let mut faults = Faults::default();
        let configuration = Section::mandatory(&request, At::ROOT, &mut faults)
            .and_then(|request| request.required("configuration", &mut faults))
            .and_then(|raw| Configuration::check(raw, ceilings, &mut faults));
        let faults = faults.into_list();
        match configuration {
            Some(configuration) => Ok(Self { script: configuration.script, faults }),
            None => Err(Rejection::Invalid(faults)),
        }
    }
}
