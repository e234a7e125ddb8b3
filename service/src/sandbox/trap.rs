//! Why a guest stopped without a reply: the one place where engine failures become our words.

use wasmtime::Trap;

use super::engine_config::MAX_WASM_STACK_BYTES;
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

/// The guest's two stacks, for telling a recursion that ran out of either.
#[derive(Clone, Copy)]
pub(super) struct Stacks {
    /// The interpreter's native stack, which the engine guards with a trap of its own.
    pub native_bytes: u64,
    /// The stack in linear memory. It lies at the beginning of the memory: running out of it is an access outside.
    pub linear_bytes: u32,
    /// Where its pointer was when the guest stopped.
    pub linear_pointer: u32,
}

impl Stacks {
    /// Of a guest that was never entered.
    pub(super) fn unknown() -> Self {
        Self { native_bytes: MAX_WASM_STACK_BYTES as u64, linear_bytes: u32::MAX, linear_pointer: u32::MAX }
    }

    /// The pointer is moved before what it points at is touched, so it has already left the stack, downwards and round.
    pub(super) fn linear_overflowed(self) -> bool {
        self.linear_bytes < self.linear_pointer || self.linear_pointer < LINEAR_MARGIN_BYTES
    }
}

/// A fault with less than this left on the linear stack is an overflow: the largest frames of the engine are this large.
const LINEAR_MARGIN_BYTES: u32 = 4096;

/// What `stop` means for a run. Limits that our own side keeps are asked first: their traps carry no more than a text.
pub(super) fn outcome(stop: &Stop, guest: &Guest, fuel: u64, stacks: Stacks) -> Outcome {
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
        Some(Trap::StackOverflow) => exceeded(Limit::Stack, stacks.native_bytes, stacks.native_bytes),
        Some(Trap::MemoryOutOfBounds) if stacks.linear_overflowed() => {
            exceeded(Limit::Stack, u64::from(stacks.linear_bytes), u64::from(stacks.linear_bytes))
        }
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
