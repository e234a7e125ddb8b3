//! The answer to a run, successful or not.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{Fault, Profile};

/// The answer to `POST /execute` (status 200). What the script did wrong is in here, never in the HTTP status.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "output": { "ok": true },
    "console": [ { "level": "log", "message": "rows 2", "atMs": 1.8 } ],
    "status": "SUCCESS",
    "metrics": {
        "executionTimeMs": 2.4, "compileTimeMs": 0.0, "queueTimeMs": 0.0, "fuelConsumed": 182034,
        "peakMemoryBytes": 1507328, "bridgeCalls": 1, "scriptCacheHit": true
    },
    "configurationSnapshotBase64": "eyJzY3JpcHQiOiLigKYifQ=="
}))]
pub struct Envelope {
    /// What `run` returned (`null` for `undefined`); on `ERROR` a [`Failure`].
    #[schema(value_type = serde_json::Value)]
    pub output: Box<RawValue>,

    /// What the script printed, in order.
    pub console: Vec<ConsoleEntry>,

    /// Whether `run` came to a usable end.
    pub status: Status,

    /// What the run took.
    pub metrics: Metrics,

    /// Base64 of the UTF-8 JSON of `configuration`, exactly as received.
    pub configuration_snapshot_base64: String,

    /// What the profiler saw; absent when it is off (`profiler.enabled: false`), and when nothing was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profiler: Option<Profile>,
}

named_values! {
    /// How the run ended.
    Status {
        /// `run` returned a value that JSON can carry.
        Success = "SUCCESS",
        /// It did not; `output` says why.
        Error = "ERROR",
    }
}

/// One line that the script printed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "level": "log", "message": "rows 2", "atMs": 1.8 }))]
pub struct ConsoleEntry {
    /// Which method of `console` it came through.
    pub level: Level,

    /// The text, formatted as Node's console does.
    pub message: String,

    /// Milliseconds since the run began.
    pub at_ms: f64,
}

named_values! {
    /// A method of `console`.
    Level {
        /// `console.log`
        Log = "log",
        /// `console.info`
        Info = "info",
        /// `console.warn`; also marks a cut console.
        Warn = "warn",
        /// `console.error`
        Error = "error",
        /// `console.debug`
        Debug = "debug",
    }
}

/// What a run took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "executionTimeMs": 2.4, "compileTimeMs": 0.0, "queueTimeMs": 0.0, "fuelConsumed": 182034,
    "peakMemoryBytes": 1507328, "bridgeCalls": 1, "scriptCacheHit": true
}))]
pub struct Metrics {
    /// Wall time of the run in milliseconds, host calls included.
    pub execution_time_ms: f64,

    /// Milliseconds spent on compiling the script; 0 when it was cached.
    pub compile_time_ms: f64,

    /// Milliseconds spent waiting for a free sandbox.
    pub queue_time_ms: f64,

    /// Instruction budget used, in fuel units.
    pub fuel_consumed: u64,

    /// Most memory that the sandbox held, in bytes.
    pub peak_memory_bytes: u64,

    /// Calls from the script to the host.
    pub bridge_calls: u64,

    /// Whether the compiled script was in the cache.
    pub script_cache_hit: bool,
}

/// The `output` of a run with status `ERROR`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "message": "the script ran longer than 5000 ms",
    "reason": "timeout",
    "details": "raise configuration.timeoutMs or do less work",
    "limit": { "name": "timeoutMs", "limit": 5000, "used": 5001 }
}))]
pub struct Failure {
    /// One sentence for a person.
    pub message: String,

    /// The kind of failure, for programs.
    pub reason: Reason,

    /// More for a person, or each fault of the returned document.
    pub details: FailureDetails,

    /// Name of the JavaScript error, such as `TypeError`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,

    /// JavaScript stack; the script's file is `arbex-user-script.js`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,

    /// Line in the script, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,

    /// Column in that line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,

    /// The limit that ended the run, when one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<LimitHit>,

    /// What the host saw, when no reply came from the sandbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_diagnostics: Option<HostDiagnostics>,
}

/// More about a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum FailureDetails {
    /// Text for a person.
    Text(String),
    /// Each fault of the returned document (`dataservice_invalid`, `layout_invalid`).
    Faults(Vec<Fault>),
}

/// A limit, and how much was used when it ended the run. Both numbers are in the unit that the name carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "name": "timeoutMs", "limit": 5000, "used": 5001 }))]
pub struct LimitHit {
    /// Which limit.
    pub name: String,
    /// Its value.
    pub limit: u64,
    /// What was used.
    pub used: u64,
}

/// What the host saw of a run that gave no usable reply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HostDiagnostics {
    /// Messages that crossed between sandbox and host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpc_line_count: Option<u64>,

    /// The beginning of what the sandbox wrote to stderr.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stderr_preview: Option<String>,

    /// The beginning of what the sandbox wrote to stdout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdout_preview: Option<String>,

    /// Why the reply does not decode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parse_failure: Option<String>,
}

named_values! {
    /// Why a run failed.
    Reason {
        /// The script threw or rejected.
        ScriptError = "script_error",
        /// The script does not parse.
        SyntaxError = "syntax_error",
        /// There is no function `run`.
        RunNotDefined = "run_not_defined",
        /// The return value does not survive JSON (a cycle, a BigInt, …).
        OutputNotSerializable = "output_not_serializable",
        /// `dataserviceOutput` is on and the returned dataservice does not fit.
        DataserviceInvalid = "dataservice_invalid",
        /// `dataserviceOutput.layoutOutput` is on and the returned layout does not fit or is missing.
        LayoutInvalid = "layout_invalid",
        /// Wall clock over `timeoutMs`, waiting on host calls included.
        Timeout = "timeout",
        /// The instruction budget is used up.
        FuelExhausted = "fuel_exhausted",
        /// More memory than `maxMemoryMb`, or than the service has left; `limit.name` says which.
        MemoryLimit = "memory_limit",
        /// Recursion beyond the sandbox's stack.
        StackOverflow = "stack_overflow",
        /// The output is over the operator's cap.
        OutputTooLarge = "output_too_large",
        /// The console is over the operator's cap, and that is configured to be fatal.
        ConsoleTooLarge = "console_too_large",
        /// `run` awaits something that can no longer settle.
        Deadlock = "deadlock",
        /// The guest module cannot be loaded.
        HostNotFound = "host_not_found",
        /// The guest ended without a reply.
        EmptyStdout = "empty_stdout",
        /// The guest's reply is not framed.
        NoEnvelopeLine = "no_envelope_line",
        /// The guest's reply does not decode.
        DeserializeFailed = "deserialize_failed",
        /// Any other trap: a defect of the service.
        GuestTrap = "guest_trap",
    }
}
