//! What a run came to, as plain data. What a script did wrong is in here; what we did wrong is not.

use std::time::Duration;

use arbex_api::{ConsoleEntry, Fault};
use serde_json::value::RawValue;

pub use crate::bridge::{SystemResult, SystemTally};
use crate::profile::Profile;

/// One finished run.
#[derive(Debug)]
pub struct Run {
    /// How it ended.
    pub outcome: Outcome,
    /// What the script printed, within the caps.
    pub console: Vec<ConsoleEntry>,
    /// What it took.
    pub usage: Usage,
    /// What the profiler saw, where it was on.
    pub profile: Option<Profile>,
}

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    /// `run` settled with a value; its JSON, checked.
    Returned(Box<RawValue>),
    /// The script threw, or its promise rejected.
    Threw(Thrown),
    /// The script does not parse.
    Unparsable(Unparsable),
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

impl Outcome {
    /// Where in the script it came about, for those that have a place there.
    pub(crate) fn place_mut(&mut self) -> Option<&mut Place> {
        match self {
            Self::Threw(thrown) | Self::NotSerializable(thrown) => Some(&mut thrown.place),
            Self::Exceeded(exceeded) => Some(&mut exceeded.place),
            _ => None,
        }
    }
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

/// Why a script does not parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unparsable {
    /// The first thing wrong, which is all that a run tells.
    pub thrown: Thrown,
    /// What else the parser found, in the order of the script.
    pub further: Vec<Thrown>,
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
    /// Inputs fetched.
    pub fetches: FetchTally,
    /// What was asked of `ctx.system`.
    pub system: SystemTally,
}

/// How a fetch of an input ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetched {
    /// All bytes are there.
    Ok,
    /// The operator does not allow the origin; nothing was sent.
    NotListed,
    /// No connection.
    Connect,
    /// A connection that is not to be trusted.
    Tls,
    /// A status other than 200.
    Status,
    /// No answer, or not the whole of it.
    Broken,
    /// Not complete in time.
    Timeout,
    /// Over the bound of one input.
    TooLarge,
    /// Over the bound of all inputs of the process.
    NoRoom,
    /// Not to be unpacked.
    Encoding,
    /// The run ended before.
    Cancelled,
}

impl Fetched {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 11] = [
        Self::Ok,
        Self::NotListed,
        Self::Connect,
        Self::Tls,
        Self::Status,
        Self::Broken,
        Self::Timeout,
        Self::TooLarge,
        Self::NoRoom,
        Self::Encoding,
        Self::Cancelled,
    ];

    /// The value of the label `result`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotListed => "not_listed",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Status => "status",
            Self::Broken => "broken",
            Self::Timeout => "timeout",
            Self::TooLarge => "too_large",
            Self::NoRoom => "no_room",
            Self::Encoding => "encoding",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The fetches of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FetchTally {
    ended: [u64; Fetched::ALL.len()],
    under_way: u64,
    /// Bytes of the inputs that arrived, unpacked.
    pub bytes: u64,
    /// How long those took that were sent and ended, in milliseconds; a script that fetches very often is not followed to the
    /// last one.
    pub durations_ms: Vec<f64>,
}

impl FetchTally {
    const MAX_DURATIONS: usize = 4096;

    /// A fetch was refused before anything was sent.
    pub fn refuse(&mut self) {
        self.count(Fetched::NotListed);
    }

    /// A fetch begins.
    pub fn begin(&mut self) {
        self.under_way += 1;
    }

    /// A fetch that began has ended, with so many bytes.
    pub fn end(&mut self, result: Fetched, bytes: u64, took: Duration) {
        self.under_way = self.under_way.saturating_sub(1);
        self.count(result);
        self.bytes = self.bytes.saturating_add(bytes);
        if self.durations_ms.len() < Self::MAX_DURATIONS {
            self.durations_ms.push(took.as_secs_f64() * 1e3);
        }
    }

    /// How many ended so. Those under way are cancelled when the run is over.
    pub fn count_of(&self, result: Fetched) -> u64 {
        let under_way = if result == Fetched::Cancelled { self.under_way } else { 0 };
        self.ended.get(result as usize).map_or(0, |count| count + under_way)
    }

    fn count(&mut self, result: Fetched) {
        if let Some(count) = self.ended.get_mut(result as usize) {
            *count += 1;
        }
    }
}
