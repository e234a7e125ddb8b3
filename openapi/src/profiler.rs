//! What the sampling profiler saw of a run.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the sampling profiler saw of a run, of one that failed too. All times are wall times unless they say otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "samples": [ {
        "atMs": 50.3, "heapUsedBytes": 2411520, "rssBytes": 4194304, "cpuUserMicros": 49100, "cpuSystemMicros": 210,
        "location": { "line": 3, "column": 5, "function": "sum" }
    } ],
    "hotspots": [ {
        "function": "sum", "kind": "script", "line": 3, "column": 5, "selfTimeUs": 41210, "totalTimeUs": 43800, "hits": 86
    } ],
    "processSamples": [ { "atMs": 50.3, "workingSetBytes": 94371840, "cpuPercent": 98.5 } ]
}))]
pub struct Profile {
    /// The run over time, oldest first: about one entry every `sampleIntervalMs`, and one at its end. When there would be more
    /// than `maxSamples`, every second one is left out and the interval is doubled, so that they always span the whole run.
    #[serde(default)]
    pub samples: Vec<Sample>,

    /// Where the time went, at most 50 places, those with the most `selfTimeUs` first. They are sampled at the end of each
    /// slice of computing, 0.2 to 2 milliseconds, whatever `sampleIntervalMs` is. Empty when a run that came to an end of its own
    /// computed for less than ten slices and waited for less than 10 milliseconds: to name its places would take longer than it did.
    #[serde(default)]
    pub hotspots: Vec<Hotspot>,

    /// The service's process over time: not this run's alone, but of all that it did meanwhile.
    #[serde(default)]
    pub process_samples: Vec<ProcessSample>,
}

/// One look at a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sample {
    /// Milliseconds since the run began.
    pub at_ms: f64,

    /// Memory of the script's values, in bytes: what the engine's heap has in use.
    pub heap_used_bytes: u64,

    /// Memory that the sandbox holds, in bytes. It grows with the heap and does not shrink before the run ends.
    pub rss_bytes: u64,

    /// Processor time in user mode since the sample before, in microseconds; of this run alone.
    pub cpu_user_micros: u64,

    /// Processor time in the kernel since the sample before, in microseconds; of this run alone.
    pub cpu_system_micros: u64,

    /// Where the script was; while it waits for the host, where it started what it waits for. `null` when none of its functions
    /// was running.
    pub location: Option<SourceLocation>,
}

/// A place in the script, and the function it is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceLocation {
    /// Line in the script, from 1.
    pub line: u32,

    /// Column in that line, from 1.
    pub column: u32,

    /// The function's name, or `(anonymous)`.
    pub function: String,
}

/// A place where time went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hotspot {
    /// The function's name, or `(anonymous)`; for a wait, what was waited for.
    pub function: String,

    /// Whose time it is.
    pub kind: HotspotKind,

    /// Line in the script, from 1; `null` outside it.
    pub line: Option<u32>,

    /// Column in that line, from 1; `null` outside the script.
    pub column: Option<u32>,

    /// Time at this place itself, in microseconds.
    pub self_time_us: u64,

    /// Time at this place and in all that was called from it, in microseconds; a recursion is counted once.
    pub total_time_us: u64,

    /// How often it was seen; for a wait, how often it was waited for.
    pub hits: u64,
}

named_values! {
    /// Whose time it is.
    HotspotKind {
        /// The script's.
        Script = "script",
        /// Code that the script made of text while it ran (`eval`, `new Function`); it has no lines in the script.
        Evaluated = "evaluated",
        /// What a script finds there: functions of the engine and of the SDK, such as `JSON.parse`, and the engine's own work.
        BuiltIn = "builtIn",
        /// Waiting: for the host (a timer, a reader, a fetch), or for other runs to have their turn.
        Wait = "wait",
    }
}

/// One look at the service's process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProcessSample {
    /// Milliseconds since the run began.
    pub at_ms: f64,

    /// Resident memory of the process, in bytes.
    pub working_set_bytes: u64,

    /// Processor time that the process took of late, in percent of one processor; several busy processors make more than 100.
    pub cpu_percent: f64,
}
