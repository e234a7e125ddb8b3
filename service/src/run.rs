//! What a run came to, as plain data. What a script did wrong is in here; what we did wrong is not.

use arbex_api::{ConsoleEntry, Fault};
use serde_json::value::RawValue;

/// One finished run.
#[derive(Debug)]
pub struct Run {
    /// How it ended.
    pub outcome: Outcome,
    /// What the script printed, within the caps.
    pub console: Vec<ConsoleEntry>,
    /// What it took.
    pub usage: Usage,
}

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    /// `run` settled with a value; its JSON, checked.
    Returned(Box<RawValue>),
    /// The script threw, or its promise rejected.
    Threw(Thrown),
    /// The script does not parse.
    Unparsable(Thrown),
    /// There is no function `run`.
    RunNotDefined {
        /// `typeof run`
        found: String,
    },
    /// The return value does not survive JSON.
    NotSerializable(Thrown),
    /// It returned a dataservice that does not fit, or none where one must be; perhaps the layout does not fit either.
    DataserviceInvalid(Vec<Fault>),
    /// It returned a layout that does not fit, or none where one must be.
    LayoutInvalid(Vec<Fault>),
    /// A limit ended it.
    Exceeded(Exceeded),
    /// `run` awaits something that nothing is left to settle.
    Deadlock,
    /// The guest failed us: a defect of ours, never the script's doing alone.
    Defect(Defect),
}

/// What a script threw, in texts that are already cut to size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thrown {
    /// The error's name, when an error was thrown.
    pub name: Option<String>,
    /// Its message, or the thrown value as text.
    pub message: String,
    /// Where.
    pub place: Place,
}

/// A place in the user's script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The user's frames, innermost first.
    pub stack: Option<String>,
    /// Line, from 1.
    pub line: Option<u32>,
    /// Column, from 1.
    pub column: Option<u32>,
}

/// A limit that ended a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exceeded {
    /// Which one.
    pub limit: Limit,
    /// Its value, in the unit of [`Limit::name`].
    pub bound: u64,
    /// What was used, in the same unit.
    pub used: u64,
    /// Where the script was, as far as the interpreter could still say.
    pub place: Place,
}

/// Everything that may end a run from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Wall clock, waits included.
    Timeout,
    /// The instruction budget.
    Fuel,
    /// This run's memory.
    Memory,
    /// The whole process's memory for sandboxes.
    MemoryBudget,
    /// Recursion.
    Stack,
    /// The output's length.
    Output,
    /// Console entries, where the operator made that fatal.
    ConsoleEntries,
    /// Console bytes, where the operator made that fatal.
    ConsoleBytes,
}

impl Limit {
    /// The name in `limit.name`, with its unit.
    pub fn name(self) -> &'static str {
        match self {
            Self::Timeout => "timeoutMs",
            Self::Fuel => "fuel",
            Self::Memory => "maxMemoryMb",
            Self::MemoryBudget => "memoryBudgetMb",
            Self::Stack => "stackBytes",
            Self::Output => "maxOutputBytes",
            Self::ConsoleEntries => "maxConsoleEntries",
            Self::ConsoleBytes => "maxConsoleBytes",
        }
    }
}

/// How the guest failed us.
#[derive(Debug)]
pub enum Defect {
    /// It ended without a reply.
    NoReply,
    /// Its reply does not decode.
    Undecodable(String),
    /// It trapped, and no limit explains it.
    Trapped {
        /// The engine's words.
        trap: String,
        /// What it wrote to standard error, cut.
        stderr: String,
    },
}

/// What a run took.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    /// Wall time of the run itself, in milliseconds.
    pub execution_ms: f64,
    /// Wall time of compiling the script, in milliseconds; 0 for a cached one.
    pub compile_ms: f64,
    /// Wall time of waiting for a sandbox, in milliseconds.
    pub queue_ms: f64,
    /// Wall time of making the instance, in milliseconds; part of `execution_ms`.
    pub instantiate_ms: f64,
    /// Instructions, in fuel units.
    pub fuel_consumed: u64,
    /// Most linear memory, in bytes.
    pub peak_memory_bytes: u64,
    /// Host operations started.
    pub bridge_calls: u64,
    /// Whether the program was in the cache.
    pub cache_hit: bool,
}
