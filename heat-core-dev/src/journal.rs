//! What happened to each task, in order: what a soak test is judged by.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::graph::{PROCESSING_FAILED, PROCESSING_SUCCEEDED};
use crate::store::Store;

/// One thing that happened to one task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// ISO 8601, by the Core's clock.
    pub at: String,
    /// The task.
    pub task_id: i64,
    /// Its node.
    pub node_instance_id: i64,
    /// What happened.
    pub kind: EventKind,
    /// Who had the task then.
    pub runner_tag: Option<String>,
    /// For [`EventKind::Refused`] what was asked, for [`EventKind::Failed`] by whom.
    pub detail: Option<String>,
}

/// What can happen to a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// It was made, or came back.
    Queued,
    /// A runner has it, for the time of a lease.
    Claimed,
    /// Its runner signalled; the lease begins anew.
    Signalled,
    /// Its runner was silent for longer than the lease.
    LeaseExpired,
    /// Ended well.
    Completed,
    /// Ended badly: the runner said so, or its last retry was silent too.
    Failed,
    /// Ended with its session or node.
    Cancelled,
    /// A signal or an ending came for a task that is not leased, and changed nothing.
    Refused,
}

impl EventKind {
    /// Nothing but [`EventKind::Refused`] may follow.
    pub fn ends(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// A journal in figures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Audit {
    /// All tasks there ever were.
    pub tasks: usize,
    /// Those with exactly one ending.
    pub ended_once: usize,
    /// Those without.
    pub unended: Vec<i64>,
    /// Those with two or more; the Core refuses a second, so one here is a bug of the Core.
    pub ended_again: Vec<i64>,
    /// Node and identifier of each output that has both in common with an older one: work that was stored twice.
    pub doubled_outputs: Vec<(i64, String)>,
    /// Nodes without an open task whose state is not what the task that ended last made of it.
    pub misstated_nodes: Vec<i64>,
    /// How often each thing happened.
    pub counts: BTreeMap<EventKind, usize>,
}

impl Audit {
    /// Counts what the store's journal has, and compares it with what the store holds.
    pub(crate) fn of(store: &Store) -> Self {
        let mut audit = Self::default();
        let mut endings = BTreeMap::<i64, usize>::new();
        let mut last_endings = BTreeMap::new();
        for event in &store.journal {
            if event.kind.ends() {
                last_endings.insert(event.node_instance_id, event.kind);
            }
            *audit.counts.entry(event.kind).or_default() += 1;
            *endings.entry(event.task_id).or_default() += usize::from(event.kind.ends());
        }
        audit.tasks = endings.len();
        for (task, endings) in endings {
            match endings {
                0 => audit.unended.push(task),
                1 => audit.ended_once += 1,
                _ => audit.ended_again.push(task),
            }
        }
        let mut seen = BTreeSet::new();
        for output in store.outputs.values() {
            if !seen.insert((output.node_instance_id, &output.output_identifier)) {
                audit.doubled_outputs.push((output.node_instance_id, output.output_identifier.clone()));
            }
        }
        for node in store.nodes.values().filter(|node| node.open_tasks.is_empty()) {
            let stated = match last_endings.get(&node.id) {
                Some(EventKind::Completed) => PROCESSING_SUCCEEDED,
                Some(EventKind::Failed) => PROCESSING_FAILED,
                _ => continue,
            };
            if node.last_state != stated {
                audit.misstated_nodes.push(node.id);
            }
        }
        audit
    }
}
