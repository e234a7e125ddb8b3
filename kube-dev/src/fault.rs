//! What a test can make go wrong.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Barrier;

/// One thing that goes wrong, once.
#[derive(Debug, Clone)]
pub enum Fault {
    /// 429, with `Retry-After` of so many seconds, or without one.
    Busy(Option<u64>),
    /// This status, as a `Status` object with a reason and a message.
    Status(u16, &'static str, &'static str),
    /// This status, and a body that is no `Status`.
    Page(u16, String),
    /// The answer comes so much later.
    Slow(Duration),
    /// The connection ends without an answer.
    Hangup,
    /// The connection ends in the middle of the answer.
    Cut,
    /// This text in the place of the answer, with status 200.
    Garbage(String),
    /// 410 to this request, whatever it asks.
    Expired,
}

/// What is to go wrong, in order.
#[derive(Default)]
pub(crate) struct Faults {
    waiting: VecDeque<(String, Fault)>,
    gate: Option<Arc<Barrier>>,
}

impl Faults {
    pub(crate) fn push(&mut self, resource: &str, fault: Fault) {
        self.waiting.push_back((resource.to_owned(), fault));
    }

    pub(crate) fn hold_until(&mut self, requests: usize) {
        self.gate = Some(Arc::new(Barrier::new(requests)));
    }

    pub(crate) fn gate(&self) -> Option<Arc<Barrier>> {
        self.gate.clone()
    }

    pub(crate) fn take(&mut self, resource: &str) -> Option<Fault> {
        let at = self.waiting.iter().position(|(of, _)| of == resource)?;
        self.waiting.remove(at).map(|(_, fault)| fault)
    }
}
