//! What a script may ask of the host, one file an operation family.
//!
//! Operations are started without waiting and run concurrently while the guest waits for the next that ends. Each is lazy:
//! its work is done when the guest waits, one completion at a time, so a thousand started reads hold no memory. Only a fetch,
//! once begun, goes on while the script computes, and of those a run has few at once.

mod dialect;
mod fetch;
mod inputs;
mod json_rows;
mod spans;
mod system;
mod table;
mod text;

use std::sync::Arc;
use std::time::Duration;

use arbex_abi::{Completion, Op, Payload};
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::call::Input;
use crate::policy::Operation;
use crate::run::FetchTally;
use fetch::Held;
use inputs::Inputs;

pub use fetch::{CaBundle, FetchSettings, Fetcher};
pub use system::{System, SystemResult, SystemTally};

/// Operations under way at once.
const MAX_OPERATIONS: usize = 1024;

/// What `start` gives for an operation that is over already.
const CLOSED: u32 = u32::MAX;

/// The operations of one run.
pub struct Bridge {
    inputs: Arc<Inputs>,
    /// None where only a script is compiled.
    system: Option<Arc<System>>,
    running: FuturesUnordered<BoxFuture<'static, Ended>>,
    started: u32,
}

/// The end of an operation.
#[derive(Default)]
struct Ended {
    /// The completion, encoded.
    completion: Vec<u8>,
    /// What a fetched input holds; given back when the guest takes the completion.
    held: Option<Held>,
    /// What an answer of the cluster holds, likewise.
    answer: Option<system::Held>,
}

impl From<Vec<u8>> for Ended {
    fn from(completion: Vec<u8>) -> Self {
        Self { completion, ..Self::default() }
    }
}

/// Why an operation failed, in words for the script's author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failed {
    /// Name of the error the promise rejects with.
    pub name: &'static str,
    /// Its message.
    pub message: String,
    /// Its `status`: what a store or the cluster answered.
    pub status: Option<u16>,
    /// Its `reason`: the cluster's own word.
    pub reason: Option<String>,
    /// Its `cause`: one word of a closed set.
    pub cause: Option<&'static str>,
}

impl Failed {
    fn error(message: impl Into<String>) -> Self {
        Self { name: "Error", message: message.into(), status: None, reason: None, cause: None }
    }

    fn type_error(message: impl Into<String>) -> Self {
        Self { name: "TypeError", message: message.into(), status: None, reason: None, cause: None }
    }
}

impl Bridge {
    /// For a run over `inputs`, of which `fetcher` gets those that did not come along, and with this `ctx.system`.
    pub fn new(inputs: Vec<Input>, fetcher: Arc<Fetcher>, system: Option<System>) -> Self {
        Self {
            inputs: Arc::new(Inputs::new(inputs, fetcher)),
            system: system.map(Arc::new),
            running: FuturesUnordered::new(),
            started: 0,
        }
    }

    /// Begin `op`; gives its id, or 0 when too many are under way, or too long ones. Closing a table is done at once and has no completion: it
    /// must not fail for want of room.
    pub fn start(&mut self, op: &Op<'_>) -> u32 {
        if let Op::CloseTable { table } = *op {
            self.inputs.close_table(table);
            return CLOSED;
        }
        if MAX_OPERATIONS <= self.running.len() {
            return 0;
        }
        let id = self.started.wrapping_add(1).max(1);
        let operation = match &self.system {
            Some(system) if system::operation_of(op).is_some() => system::operation(system, id, op),
            _ => Some(inputs::operation(&self.inputs, id, op)),
        };
        let Some(operation) = operation else { return 0 };
        self.running.push(operation);
        self.started = id;
        id
    }

    /// Whether that id stands for an operation whose completion is still to come.
    pub fn is_under_way(id: u32) -> bool {
        id != 0 && id != CLOSED
    }

    /// What `op` is called where a wait for it is told.
    pub fn name_of(&self, op: &Op<'_>) -> &'static str {
        let opens = |input, name| if self.inputs.is_fetched(input) { "fetch" } else { name };
        match *op {
            Op::OpenJson { input } => opens(input, "openJson"),
            Op::OpenBinary { input } => opens(input, "openBinary"),
            Op::OpenTabular { input, .. } => opens(input, "openTabular"),
            Op::ReadRows { .. } => "readRows",
            Op::CloseTable { .. } => "closeTable",
            Op::ReadConfig { .. } | Op::List { .. } | Op::PodMetrics { .. } | Op::Exec { .. } => {
                system::operation_of(op).map_or("system", Operation::as_str)
            }
        }
    }

    /// The next completion, encoded; `None` when `timeout` passed first. With nothing under way it waits for the timeout.
    pub async fn next(&mut self, timeout: Option<Duration>) -> Option<Vec<u8>> {
        let next = async {
            match self.running.next().await {
                Some(Ended { completion, held, answer }) => {
                    drop((held, answer));
                    completion
                }
                None => std::future::pending().await,
            }
        };
        match timeout {
            Some(timeout) => tokio::time::timeout(timeout, next).await.ok(),
            None => Some(next.await),
        }
    }

    /// Operations started so far.
    pub fn calls(&self) -> u64 {
        u64::from(self.started)
    }

    /// What was asked of `ctx.system` so far.
    pub fn system(&self) -> SystemTally {
        self.system.as_ref().map(|system| system.tally()).unwrap_or_default()
    }

    /// What was fetched so far.
    pub fn fetched(&self) -> FetchTally {
        self.inputs.fetched()
    }
}

/// Encode a completion. A message that does not encode is reported as a failure of the operation, which does.
fn encode(id: u32, outcome: Result<Payload<'_>, Failed>) -> Vec<u8> {
    let encoded = match &outcome {
        Ok(payload) => arbex_abi::encode(&Completion { id, payload: payload.clone() }),
        Err(failed) => arbex_abi::encode(&Completion {
            id,
            payload: Payload::Failed {
                name: failed.name,
                message: &failed.message,
                status: failed.status,
                reason: failed.reason.as_deref(),
                cause: failed.cause,
            },
        }),
    };
    encoded.unwrap_or_default()
}
