//! The script's console as the host keeps it: within caps, whatever the guest sends.

use std::time::Instant;

use arbex_abi::ConsoleLevel;
use arbex_api::{ConsoleEntry, Level};

use crate::run::Limit;

/// The caps of a console.
#[derive(Debug, Clone, Copy)]
pub(super) struct ConsoleCaps {
    pub entries: u32,
    pub bytes: u32,
    /// Over a cap, end the run instead of cutting.
    pub fatal: bool,
}

/// A cap that was exceeded and is fatal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ConsoleHit {
    pub limit: Limit,
    pub bound: u64,
    pub used: u64,
}

/// The entries so far.
#[derive(Debug)]
pub(super) struct Console {
    caps: ConsoleCaps,
    began: Instant,
    entries: Vec<ConsoleEntry>,
    bytes: u64,
    dropped: u64,
    hit: Option<ConsoleHit>,
}

impl Console {
    pub(super) fn new(caps: ConsoleCaps, began: Instant) -> Self {
        Self { caps, began, entries: Vec::new(), bytes: 0, dropped: 0, hit: None }
    }

    /// Room for one more message, in bytes: nobody need copy more than this out of the guest.
    pub(super) fn room_bytes(&self) -> usize {
        u64::from(self.caps.bytes).saturating_sub(self.bytes) as usize
    }

    /// Add an entry of `len` bytes, of which `message` is what fits. Gives whether another may come.
    pub(super) fn push(&mut self, level: ConsoleLevel, message: &[u8], len: u64) -> Result<bool, ConsoleHit> {
        if self.entries.len() as u64 == u64::from(self.caps.entries) {
            return self.over(Limit::ConsoleEntries, self.caps.entries, self.entries.len() as u64 + 1);
        }
        if u64::from(self.caps.bytes) < self.bytes + len {
            return self.over(Limit::ConsoleBytes, self.caps.bytes, self.bytes + len);
        }
        self.bytes += len;
        self.entries.push(ConsoleEntry {
            level: level_of(level),
            message: arbex_abi::text::lossy(message),
            at_ms: at_ms(self.began),
        });
        Ok(true)
    }

    fn over(&mut self, limit: Limit, bound: u32, used: u64) -> Result<bool, ConsoleHit> {
        self.dropped += 1;
        if self.caps.fatal {
            let hit = ConsoleHit { limit, bound: u64::from(bound), used };
            self.hit = Some(hit);
            return Err(hit);
        }
        // Later entries might still fit, but a console with holes in it misleads: it ends at the first that does not. The
        // guest is asked to go on all the same, so that the count of what was dropped is true.
        self.caps.bytes = 0;
        self.caps.entries = self.entries.len() as u32;
        Ok(true)
    }

    pub(super) fn hit(&self) -> Option<ConsoleHit> {
        self.hit
    }

    /// The entries, and a last one that says what is missing.
    pub(super) fn finish(&mut self) -> Vec<ConsoleEntry> {
        let mut entries = std::mem::take(&mut self.entries);
        if self.dropped != 0 && !self.caps.fatal {
            let s = if self.dropped == 1 { "entry was" } else { "entries were" };
            let message = format!("console cut: {} more {s} dropped (caps on entries and bytes)", self.dropped);
            entries.push(ConsoleEntry { level: Level::Warn, message, at_ms: at_ms(self.began) });
        }
        entries
    }
}

/// Milliseconds with three decimals: whole microseconds, which is finer than anybody reads.
fn at_ms(began: Instant) -> f64 {
    began.elapsed().as_micros() as f64 / 1e3
}

fn level_of(level: ConsoleLevel) -> Level {
    match level {
        ConsoleLevel::Log => Level::Log,
        ConsoleLevel::Info => Level::Info,
        ConsoleLevel::Warn => Level::Warn,
        ConsoleLevel::Error => Level::Error,
        ConsoleLevel::Debug => Level::Debug,
    }
}
