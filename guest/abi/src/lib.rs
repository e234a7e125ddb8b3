//! The inner wire between guest and host: one request in, one reply out, and the host operations in between.
//!
//! Messages are `postcard`; they borrow from the buffer they arrived in. Both sides are compiled from this crate and
//! the guest is committed next to it, so the format needs no versioning. The host trusts nothing it decodes here:
//! lengths are bounded before a buffer is read, and every decoder returns an error instead of panicking.
//!
//! Imports the host gives (module [`IMPORT_MODULE`]):
//!
//! | import | shape | meaning |
//! |---|---|---|
//! | `take` | `(ptr)` | copy the message that is waiting (its length was given before) to `ptr` |
//! | `console` | `(level, ptr, len) -> more` | one console entry; 0: the caps are reached, format no more |
//! | `start` | `(ptr, len) -> id` | begin the [`Op`]; ids count from 1 |
//! | `wait` | `(timeout_ms: f64) -> len` | wait for the next [`Completion`]; 0: the time passed first. Negative: no timeout |
//! | `reply` | `(head, head_len, body, body_len)` | the one reply: a postcard head, and a body of bytes |
//! | `turn` | `()` | a slice of fuel ended, the host asked to be told, and this is the first jump after it |
//!
//! Exports the guest gives: `compile(len)`, `run(len)`, `locate()`, `describe(len)`, `builtins(0)`, and the global `arbex_peek`, the
//! address of a [`peek::Peek`].

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub mod peek;
pub mod rows;
pub mod text;

/// The module name of the imports above.
pub const IMPORT_MODULE: &str = "arbex";

/// The name of the user's file in every stack trace.
pub const USER_FILE: &str = "arbex-user-script.js";

/// Everything `run` needs, beside the inputs' bytes.
#[derive(Debug, Serialize, Deserialize)]
pub struct RunRequest<'a> {
    /// Bytecode that the same guest made in `compile`.
    pub program: &'a [u8],
    /// The JSON text `ctx` is built from.
    pub context_json: &'a str,
    /// What of `ctx.system` depends on the run's grant, as JSON: `{ k8sNamespaces: [string], hasConfig: boolean }`. Without it
    /// there is no `ctx.system`.
    pub system_json: Option<&'a str>,
    /// Collect cycles after this much growth, in bytes.
    pub gc_threshold_bytes: u32,
    /// Longest output in bytes of JSON; the guest stops before sending more.
    pub max_output_bytes: u32,
    /// Longest console message in characters; formatting stops there.
    pub max_console_message_chars: u32,
}

/// The head of a `compile` reply. The body of `Program` is the bytecode.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CompileReply<'a> {
    /// Compiled; the body holds the bytecode.
    Program,
    /// The script does not parse.
    #[serde(borrow)]
    Rejected(Thrown<'a>),
}

/// The head of a `run` reply. The body of `Returned` is the output's JSON text.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunReply<'a> {
    /// `run` settled with a value that survives JSON; the body holds it.
    Returned,
    /// The script threw, or its promise rejected.
    #[serde(borrow)]
    Threw(Thrown<'a>),
    /// There is no function `run`; what stands there instead (`undefined`, `object`, …).
    RunNotDefined {
        /// `typeof run`.
        found: &'a str,
    },
    /// The return value does not survive JSON.
    NotSerializable(Thrown<'a>),
    /// The output's JSON is longer than asked for.
    OutputTooLarge {
        /// Its length.
        bytes: u64,
    },
    /// `run` awaits something that nothing is left to settle.
    Deadlock,
}

/// What a script threw.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thrown<'a> {
    /// The error's `name`, if it is an error.
    pub name: Option<&'a str>,
    /// The error's `message`, or the thrown value as text.
    pub message: &'a str,
    /// Its `stack`, user frames only.
    pub stack: Option<&'a str>,
    /// Line in the user's file, from 1.
    pub line: Option<u32>,
    /// Column in the user's file, from 1.
    pub column: Option<u32>,
}

/// The head of a `locate` reply: where the script was when a limit ended it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location<'a> {
    /// User frames, innermost first, one a line.
    pub stack: &'a str,
    /// Line in the user's file, from 1.
    pub line: Option<u32>,
    /// Column in the user's file, from 1.
    pub column: Option<u32>,
}

/// So many places at once, at most: with the longest names they still fit the head of a reply. `describe` may be called again.
pub const MAX_DESCRIBED_SITES: usize = 4096;

/// What `describe` is asked about: places as [`peek::Peek::site`] made them of what the host read from the engine's stack
/// frames. They may be stale or forged: the guest looks them up among what it knows and follows none.
#[derive(Debug, Serialize, Deserialize)]
pub struct DescribeRequest {
    /// The places: a function and a program counter each; at most [`MAX_DESCRIBED_SITES`].
    pub sites: Vec<(u32, u32)>,
}

/// The head of a `describe` reply: one site for each that was asked about, in that order.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DescribeReply<'a> {
    /// The sites.
    #[serde(borrow)]
    pub sites: Vec<Site<'a>>,
}

/// The head of a `builtins` reply: the engine's own functions, by the numbers that their frames are known by, with the way a script
/// gets at them: `Array.prototype.sort`. The same for all instances of a module.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuiltinsReply<'a> {
    /// Numbers and names.
    #[serde(borrow)]
    pub names: Vec<((u32, u32), Cow<'a, str>)>,
}

/// What a frame of the engine's stack stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site<'a> {
    /// Whose code it is.
    pub kind: SiteKind,
    /// The function's name, cut; empty when it has none, and of the engine's own functions, which `builtins` names.
    pub name: &'a str,
    /// Line and column of the program counter in the user's file, from 1.
    pub at: Option<(u32, u32)>,
    /// Line and column where the function begins in the user's file, from 1.
    pub begins: Option<(u32, u32)>,
}

/// Whose code a frame runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SiteKind {
    /// The user's script.
    User,
    /// Code that the script made of text while it ran.
    Evaluated,
    /// What a script finds there: the engine's functions and the SDK's.
    BuiltIn,
}

/// A host operation a script may start. `input` is an index into the request's inputs.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Op<'a> {
    /// Fetch an input's bytes as JSON text. Completes with [`Payload::Json`].
    OpenJson {
        /// Which input.
        input: u32,
    },
    /// Fetch an input's bytes. Completes with [`Payload::Bytes`].
    OpenBinary {
        /// Which input.
        input: u32,
    },
    /// Parse an input as rows. Completes with [`Payload::Table`].
    OpenTabular {
        /// Which input.
        input: u32,
        /// Overrides the configured delimiter.
        delimiter: Option<&'a str>,
        /// Overrides the configured format.
        input_format: Option<&'a str>,
    },
    /// The next rows of a table. Completes with [`Payload::Rows`]; no rows: the end.
    ReadRows {
        /// Which table.
        table: u32,
        /// At most this many.
        max: u32,
    },
    /// Give a table back. Done at once: it has no completion and does not count as under way.
    CloseTable {
        /// Which table.
        table: u32,
    },
    /// Entries of the platform configuration. Completes with [`Payload::Json`].
    ReadConfig {
        /// Below which prefix.
        prefix: &'a str,
    },
    /// Summaries of objects of the cluster. Completes with [`Payload::Listed`].
    List {
        /// Of which kind.
        kind: ListKind,
        /// In which namespace, for kinds that live in one.
        namespace: Option<&'a str>,
        /// Only those with these labels.
        label_selector: Option<&'a str>,
    },
    /// What the pods of a namespace use, as the metrics API has it. Completes with [`Payload::Json`].
    PodMetrics {
        /// In which namespace.
        namespace: Option<&'a str>,
    },
    /// Run a command in a pod. Completes with [`Payload::Json`].
    Exec {
        /// Which pod; none: one of the cluster manager's.
        pod: Option<&'a str>,
        /// In which namespace.
        namespace: Option<&'a str>,
        /// In which of its containers.
        container: Option<&'a str>,
        /// The program and its arguments.
        #[serde(borrow)]
        command: Vec<&'a str>,
    },
}

/// Kinds of objects that [`Op::List`] lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u32)]
pub enum ListKind {
    /// Pods.
    Pods = 0,
    /// Deployments.
    Deployments = 1,
    /// Stateful sets.
    StatefulSets = 2,
    /// Persistent volume claims.
    PersistentVolumeClaims = 3,
    /// Ingresses.
    Ingresses = 4,
    /// Services.
    Services = 5,
    /// Namespaces.
    Namespaces = 6,
    /// The cluster's nodes.
    Nodes = 7,
}

impl ListKind {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Pods,
        Self::Deployments,
        Self::StatefulSets,
        Self::PersistentVolumeClaims,
        Self::Ingresses,
        Self::Services,
        Self::Namespaces,
        Self::Nodes,
    ];
}

/// The end of an operation.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Completion<'a> {
    /// The id that `start` gave.
    pub id: u32,
    /// What came of it.
    #[serde(borrow)]
    pub payload: Payload<'a>,
}

impl Completion<'_> {
    /// The id of an encoded completion, without decoding what may be long.
    pub fn id_of(encoded: &[u8]) -> Option<u32> {
        postcard::take_from_bytes(encoded).ok().map(|(id, _)| id)
    }
}

/// What an operation gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Payload<'a> {
    /// UTF-8 JSON text without a byte order mark. It is the last thing in the message: the guest parses it in place.
    Json(&'a str),
    /// Raw bytes.
    Bytes {
        /// The bytes.
        bytes: &'a [u8],
    },
    /// An opened table.
    Table {
        /// Its id for `ReadRows`.
        table: u32,
        /// The headers, already unique and non-empty.
        #[serde(borrow)]
        headers: Vec<&'a str>,
    },
    /// Rows, encoded as in [`rows`].
    Rows {
        /// The table they belong to.
        table: u32,
        /// How many.
        count: u32,
        /// Their cells.
        cells: &'a [u8],
    },
    /// Summaries, perhaps not all there are.
    Listed {
        /// For the console: that the list was cut.
        warning: Option<&'a str>,
        /// An array, as in [`Payload::Json`].
        json: &'a str,
    },
    /// Nothing to say.
    Done,
    /// It failed; the promise rejects with an `Error` of this name and message.
    Failed {
        /// `Error`, `SyntaxError`, `PermissionError`, …
        name: &'a str,
        /// For the script's author.
        message: &'a str,
        /// The status that a store or the cluster answered, as the error's `status`.
        status: Option<u16>,
        /// The cluster's own word for what went wrong, as the error's `reason`.
        reason: Option<&'a str>,
        /// One word of a closed set, as the error's `cause`.
        cause: Option<&'a str>,
    },
}

/// A level of `console`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum ConsoleLevel {
    /// `console.log`
    Log = 0,
    /// `console.info`
    Info = 1,
    /// `console.warn`
    Warn = 2,
    /// `console.error`
    Error = 3,
    /// `console.debug`
    Debug = 4,
}

impl ConsoleLevel {
    /// The level of a number from the wire.
    pub fn from_wire(level: u32) -> Option<Self> {
        [Self::Log, Self::Info, Self::Warn, Self::Error, Self::Debug].into_iter().find(|known| *known as u32 == level)
    }
}

/// Encode a message.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_allocvec(message)
}

/// Decode a message that fills `bytes` exactly.
pub fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, postcard::Error> {
    match postcard::take_from_bytes(bytes)? {
        (message, []) => Ok(message),
        _ => Err(postcard::Error::DeserializeBadEncoding),
    }
}

/// A module of the SDK, while the guest is being built: source text on the way in, bytecode on the way out.
#[derive(Debug, Serialize, Deserialize)]
pub struct SdkModule<'a> {
    /// Its name in imports, such as `sdk/main.js`.
    pub name: &'a str,
    /// Its source or bytecode.
    pub code: &'a [u8],
}
