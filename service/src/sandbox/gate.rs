//! The one gate: so many runs at once, so many waiting, so long at most.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Instrument as _;

/// A semaphore bound to its own limit, and a queue bound in length and time.
#[derive(Debug)]
pub(super) struct Gate {
    slots: Arc<Semaphore>,
    slot_count: u32,
    queued: AtomicU32,
    max_queued: u32,
    max_wait: Duration,
}

/// Why nobody was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    /// As many wait already as may.
    #[error("all {slots} sandboxes are busy and {queued} calls are waiting already")]
    QueueFull {
        /// Runs at once.
        slots: u32,
        /// Calls waiting.
        queued: u32,
    },
    /// The wait was over its bound.
    #[error("all {slots} sandboxes stayed busy for {waited_ms} ms")]
    WaitedTooLong {
        /// Runs at once.
        slots: u32,
        /// The bound.
        waited_ms: u64,
    },
}

impl Busy {
    fn kind(self) -> &'static str {
        match self {
            Self::QueueFull { .. } => "queue_full",
            Self::WaitedTooLong { .. } => "waited_too_long",
        }
    }
}

/// What the gate looks like now.
#[derive(Debug, Clone, Copy)]
pub struct GateState {
    /// Runs at once.
    pub slots: u32,
    /// Slots taken.
    pub busy: u32,
    /// Calls waiting.
    pub queued: u32,
}

impl Gate {
    pub(super) fn new(slot_count: u32, max_queued: u32, max_wait: Duration) -> Self {
        let slots = Arc::new(Semaphore::new(slot_count as usize));
        Self { slots, slot_count, queued: AtomicU32::new(0), max_queued, max_wait }
    }

    /// A slot, in the order of asking. It is given back when the permit is dropped, whatever ends the run.
    pub(super) async fn enter(&self) -> Result<OwnedSemaphorePermit, Busy> {
        let span = arbex_traces::span!("queue");
        self.wait().instrument(span.clone()).await.inspect_err(|busy| arbex_traces::fail(&span, busy.kind()))
    }

    async fn wait(&self) -> Result<OwnedSemaphorePermit, Busy> {
        if let Ok(permit) = Arc::clone(&self.slots).try_acquire_owned() {
            return Ok(permit);
        }
        let _place = Place::take(&self.queued, self.max_queued)
            .ok_or(Busy::QueueFull { slots: self.slot_count, queued: self.max_queued })?;
        match tokio::time::timeout(self.max_wait, Arc::clone(&self.slots).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            // The semaphore is never closed, so the inner error stands for the timeout too.
            Ok(Err(_)) | Err(_) => {
                Err(Busy::WaitedTooLong { slots: self.slot_count, waited_ms: self.max_wait.as_millis() as u64 })
            }
        }
    }

    pub(super) fn state(&self) -> GateState {
        let free = self.slots.available_permits() as u32;
        let busy = self.slot_count.saturating_sub(free);
        GateState { slots: self.slot_count, busy, queued: self.queued.load(Ordering::Relaxed) }
    }
}

/// A place in the queue, left on drop.
struct Place<'a>(&'a AtomicU32);

impl<'a> Place<'a> {
    fn take(queued: &'a AtomicU32, max: u32) -> Option<Self> {
        let take = |now| (now < max).then_some(now + 1);
        queued.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).ok().map(|_| Self(queued))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
