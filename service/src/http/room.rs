//! Room for the bodies of all requests together, so that many large ones at once cannot use up the process's memory.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Room is counted in steps of this size: a count of bytes would not fit the semaphore's `u32`.
const STEP_BYTES: usize = 1024;

/// What is left of the room.
pub(super) struct BodyRoom(Arc<Semaphore>);

/// A body's part of the room, until it is dropped.
#[derive(Debug)]
pub(super) struct Reserved(OwnedSemaphorePermit);

impl BodyRoom {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new((max_bytes / STEP_BYTES).min(Semaphore::MAX_PERMITS))))
    }

    /// Room for `bytes`; none when there is not so much left. Nobody waits for it: who waits holds a connection.
    pub(super) fn reserve(&self, bytes: usize) -> Option<Reserved> {
        Arc::clone(&self.0).try_acquire_many_owned(steps(bytes)?).ok().map(Reserved)
    }
}

impl Reserved {
    /// Takes what is missing up to `bytes`; none when there is not so much left.
    pub(super) fn grow(&mut self, room: &BodyRoom, bytes: usize) -> Option<()> {
        let missing = (steps(bytes)? as usize).saturating_sub(self.0.num_permits());
        if 0 < missing {
            self.0.merge(Arc::clone(&room.0).try_acquire_many_owned(u32::try_from(missing).ok()?).ok()?);
        }
        Some(())
    }
}

fn steps(bytes: usize) -> Option<u32> {
    u32::try_from(bytes.div_ceil(STEP_BYTES)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reserved_is_there_again_afterwards() {
        let room = BodyRoom::new(10 * STEP_BYTES);
        let large = room.reserve(9 * STEP_BYTES + 1).unwrap();
        assert!(room.reserve(1).is_none());
        // A body without any byte takes no room.
        assert!(room.reserve(0).is_some());
        drop(large);

        let mut growing = room.reserve(0).unwrap();
        growing.grow(&room, 1).unwrap();
        growing.grow(&room, 4 * STEP_BYTES).unwrap();
        // Growing never shrinks.
        growing.grow(&room, 1).unwrap();
        assert!(room.reserve(6 * STEP_BYTES + 1).is_none());
        assert!(growing.grow(&room, 11 * STEP_BYTES).is_none());
        drop(growing);
        assert!(room.reserve(10 * STEP_BYTES).is_some());
        assert!(room.reserve(usize::MAX).is_none());
    }
}
