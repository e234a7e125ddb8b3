//! Why a guest stopped without a reply: the one place where engine failures become our words.

use wasmtime::Trap;

use super::exchange::Guest;
use crate::run::{Defect, Exceeded, Limit, Outcome, Place};

/// How a call of the guest ended early.
pub(super) enum Stop {
    /// Its deadline passed.
    Late {
        /// The run's limit.
        timeout_ms: u64,
        /// What it took.
        elapsed_ms: u64,
    },
    /// It trapped, or one of our imports refused.
    Trapped(wasmtime::Error),
}

/// What `stop` means for a run. Limits that our own side keeps are asked first: their traps carry no more than a text.
pub(super) fn outcome(stop: &Stop, guest: &Guest, fuel: u64, stack_bytes: u64) -> Outcome {
    let exceeded = |limit, bound, used| Outcome::Exceeded(Exceeded { limit, bound, used, place: Place::default() });
    let error = match stop {
        Stop::Late { timeout_ms, elapsed_ms } => return exceeded(Limit::Timeout, *timeout_ms, *elapsed_ms),
        Stop::Trapped(error) => error,
    };
    if let Some(hit) = guest.limiter.hit() {
        return exceeded(hit.limit, hit.bound_mb, hit.used_mb);
    }
    if let Some(hit) = guest.console.hit() {
        return exceeded(hit.limit, hit.bound, hit.used);
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => exceeded(Limit::Fuel, fuel, fuel),
        Some(Trap::StackOverflow) => exceeded(Limit::Stack, stack_bytes, stack_bytes),
        _ => Outcome::Defect(Defect::Trapped {
            trap: error.to_string(),
            stderr: String::from_utf8_lossy(&guest.stderr).into_owned(),
        }),
    }
}

/// The outcome of a deadline that passed before the guest was even called.
pub(super) fn late(timeout_ms: u64, began: std::time::Instant) -> Outcome {
    let used = (began.elapsed().as_millis() as u64).max(timeout_ms);
    Outcome::Exceeded(Exceeded { limit: Limit::Timeout, bound: timeout_ms, used, place: Place::default() })
}
