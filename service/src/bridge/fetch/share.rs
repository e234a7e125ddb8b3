//! Room for fetched inputs: of all runs together, and of one run within it. Who keeps many readers open spoils it for nobody
//! else.

use std::sync::Arc;

use arbex_room::{Reserved, Room};

use super::failure::Failure;

/// The rooms of a run.
pub(super) struct Rooms {
    pub process: Arc<Room>,
    pub run: Room,
    pub max_run_bytes: usize,
}

/// What one fetched input takes, until it is dropped.
pub(in crate::bridge) struct Share {
    rooms: Arc<Rooms>,
    process: Reserved,
    run: Reserved,
}

impl Rooms {
    pub(super) fn new(process: Arc<Room>, max_run_bytes: usize) -> Self {
        Self { process, run: Room::new(max_run_bytes), max_run_bytes }
    }

    /// A share of nothing yet.
    pub(super) fn share(self: &Arc<Self>) -> Result<Share, Failure> {
        let process = self.process.reserve(0).ok_or(Failure::NoRoom)?;
        let run = self.run.reserve(0).ok_or(Failure::NoRoom)?;
        Ok(Share { rooms: Arc::clone(self), process, run })
    }
}

impl Share {
    /// Takes what is missing up to `bytes` in all.
    pub(in crate::bridge) fn grow(&mut self, bytes: usize) -> Result<(), Failure> {
        let max_bytes = self.rooms.max_run_bytes;
        self.run.grow(&self.rooms.run, bytes).ok_or(Failure::RunFull { max_bytes })?;
        self.process.grow(&self.rooms.process, bytes).ok_or(Failure::NoRoom)
    }

    /// Gives back what is above `bytes`.
    pub(in crate::bridge) fn shrink(&mut self, bytes: usize) {
        self.run.shrink(bytes);
        self.process.shrink(bytes);
    }
}
