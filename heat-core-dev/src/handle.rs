//! A running Core as a test holds it: asked and told things, stopped when it is dropped.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::auth::Auth;
use crate::core::Shared;
use crate::faults::Fault;
use crate::journal::{Audit, Event};
use crate::log::LoggedRequest;
use crate::refusal::Refusal;
use crate::seed::Seed;
use crate::style::Style;
use crate::view;
use crate::wire::NodeOutput;

/// A running Core; it stops when this is dropped, and with it every connection.
pub struct CoreHandle {
    pub(crate) address: SocketAddr,
    pub(crate) shared: Arc<Shared>,
    pub(crate) stop: Option<oneshot::Sender<()>>,
    pub(crate) thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for CoreHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CoreHandle").field("address", &self.address).finish_non_exhaustive()
    }
}

impl CoreHandle {
    /// `http://127.0.0.1:<port>`, without a slash at its end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Moves the Core's time forward; leases that are over then end now.
    pub fn advance(&self, by: Duration) {
        self.shared.lock().store.clock.advance(by);
        drop(self.shared.lock());
    }

    /// Orders a fault; they happen in the order they were ordered.
    ///
    /// # Errors
    /// When its status is not one of an error.
    pub fn add_fault(&self, fault: Fault) -> Result<(), Refusal> {
        self.shared.add_faults(vec![fault])
    }

    /// The faults that are still to happen.
    pub fn faults(&self) -> Vec<Fault> {
        self.shared.lock().faults.0.clone()
    }

    /// No more faults.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.0.clear();
    }

    /// How answers are written from now on.
    pub fn set_style(&self, style: Style) {
        self.shared.lock().style = style;
    }

    /// Who may do what from now on; a token can so be taken away under a running client.
    pub fn set_auth(&self, auth: Auth) {
        self.shared.lock().auth = auth;
    }

    /// What was asked, the oldest first; what goes to `/__dev` is left out.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.shared.lock().log.all()
    }

    /// Forgets them.
    pub fn clear_requests(&self) {
        self.shared.lock().log.clear();
    }

    /// What happened to tasks, the oldest first.
    pub fn journal(&self) -> Vec<Event> {
        self.shared.lock().store.journal.clone()
    }

    /// What happened to one task.
    pub fn journal_of(&self, task_id: i64) -> Vec<Event> {
        self.shared.lock().store.journal.iter().filter(|event| event.task_id == task_id).cloned().collect()
    }

    /// The journal in figures, and what does not go together with it.
    pub fn audit(&self) -> Audit {
        Audit::of(&self.shared.lock().store)
    }

    /// Adds rows.
    ///
    /// # Errors
    /// The first fault; what stands before it was added.
    pub fn seed(&self, seed: &Seed) -> Result<(), Refusal> {
        self.shared.lock().store.seed(seed)
    }

    /// Puts a task for a node at the end of the queue, and gives its id.
    ///
    /// # Errors
    /// 404, when there is no such node.
    pub fn queue_task(&self, node_id: i64) -> Result<i64, Refusal> {
        let store = &mut self.shared.lock().store;
        store.node(node_id)?;
        Ok(store.queue_task(node_id))
    }

    /// How many tasks wait, and how many are leased.
    pub fn open_tasks(&self) -> (usize, usize) {
        let store = &self.shared.lock().store;
        (store.queue.len(), store.leased.len())
    }

    /// A `NodeInstance` with all its outputs.
    pub fn node(&self, id: i64) -> Option<Value> {
        let store = &self.shared.lock().store;
        store.node(id).ok().map(|node| view::node(store, node, view::Outputs::All))
    }

    /// All outputs of a node, the oldest first.
    pub fn outputs(&self, node_id: i64) -> Vec<NodeOutput> {
        let store = &self.shared.lock().store;
        let ids = store.node(node_id).map(|node| node.outputs.as_slice()).unwrap_or_default();
        ids.iter().filter_map(|id| store.outputs.get(id)).cloned().collect()
    }

    /// What stands at a data path of a data source.
    pub fn put_blob(&self, data_source_id: i64, data_path: &str, bytes: impl Into<Bytes>) {
        self.shared.lock().store.blobs.insert((data_source_id, data_path.to_owned()), bytes.into());
    }

    /// Waits until the Core ends, which it does only by a fault of its own.
    pub fn join(mut self) {
        if let Some(thread) = self.thread.take() {
            // Its panic was printed where it happened.
            let _ = thread.join();
        }
    }
}

impl Drop for CoreHandle {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
