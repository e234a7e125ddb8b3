//! Whether the service takes calls: a latch that only moves forward, from starting to ready to draining.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Where the service is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Not listening yet, or not warm yet.
    Starting,
    /// Takes calls.
    Ready,
    /// Finishes what is under way and takes no more.
    Draining,
}

impl Phase {
    /// The name in the answers of the probes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Draining => "draining",
        }
    }
}

/// The latch; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<AtomicU8>);

impl Readiness {
    /// The service takes calls from now on. Does nothing once it drains.
    pub fn set_ready(&self) {
        self.advance(Phase::Ready);
    }

    /// The service takes no more calls, ever.
    pub fn set_draining(&self) {
        self.advance(Phase::Draining);
    }

    /// Where it is now.
    pub fn phase(&self) -> Phase {
        match self.0.load(Ordering::SeqCst) {
            0 => Phase::Starting,
            1 => Phase::Ready,
            _ => Phase::Draining,
        }
    }

    fn advance(&self, phase: Phase) {
        self.0.fetch_max(phase as u8, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_only_moves_forward() {
        let readiness = Readiness::default();
        assert_eq!(readiness.phase(), Phase::Starting);
        readiness.set_ready();
        assert_eq!(readiness.clone().phase(), Phase::Ready);
        readiness.set_draining();
        readiness.set_ready();
        assert_eq!(readiness.phase(), Phase::Draining);
    }
}
