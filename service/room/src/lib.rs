//! Room for what many runs hold at once (the bodies of requests, the inputs that were fetched), so that all of it together
//! cannot use up the process's memory.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Room is counted in steps of this size: a count of bytes would not fit the semaphore's `u32`.
const STEP_BYTES: usize = 1024;

/// What is left of the room.
pub struct Room(Arc<Semaphore>);

/// Somebody's part of the room, until it is dropped.
#[derive(Debug)]
pub struct Reserved(OwnedSemaphorePermit);

impl Room {
    /// A room of so many bytes.
    pub fn new(max_bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new((max_bytes / STEP_BYTES).min(Semaphore::MAX_PERMITS))))
    }

    /// Room for `bytes`; none when there is not so much left. Nobody waits for it: who waits holds a connection.
    pub fn reserve(&self, bytes: usize) -> Option<Reserved> {
        Arc::clone(&self.0).try_acquire_many_owned(steps(bytes)?).ok().map(Reserved)
    }

    /// What is left, in bytes.
    pub fn left_bytes(&self) -> usize {
        self.0.available_permits().saturating_mul(STEP_BYTES)
    }
}

impl Reserved {
    /// Takes what is missing up to `bytes`; none when there is not so much left.
    pub fn grow(&mut self, room: &Room, bytes: usize) -> Option<()> {
        let missing = (steps(bytes)? as usize).saturating_sub(self.0.num_permits());
        if 0 < missing {
            self.0.merge(Arc::clone(&room.0).try_acquire_many_owned(u32::try_from(missing).ok()?).ok()?);
        }
        Some(())
    }

    /// Gives back what is above `bytes`.
    pub fn shrink(&mut self, bytes: usize) {
        let needed = steps(bytes).map_or(usize::MAX, |steps| steps as usize);
        drop(self.0.split(self.0.num_permits().saturating_sub(needed)));
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
        let room = Room::new(10 * STEP_BYTES);
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
        growing.shrink(STEP_BYTES + 1);
        growing.shrink(9 * STEP_BYTES);
        assert_eq!(room.left_bytes(), 8 * STEP_BYTES);
        drop(growing);
        assert!(room.reserve(10 * STEP_BYTES).is_some());
        assert!(room.reserve(usize::MAX).is_none());
    }
}
