//! What the spans of a run say (docs/tracing.md): numbers, and words of closed sets.

use arbex_traces::{fail, note};
use tracing::Span;

use super::SandboxError;
use super::program::{Compiled, Found};
use crate::envelope::reason;
use crate::run::{Outcome, Run, Usage};

/// A script was compiled, or was found not to be one.
pub(super) fn compiled(span: &Span, found: &Result<Found, SandboxError>) {
    match found {
        Ok(Found { compiled: Ok(Compiled::Program(_)), cache_hit }) => note(span, "arbex.by_another", *cache_hit),
        Ok(Found { compiled: Ok(Compiled::Unparsable(_)), .. }) => fail(span, arbex_api::Reason::SyntaxError.as_str()),
        Ok(Found { compiled: Err(outcome), .. }) => ended(span, outcome),
        Err(_) => fail(span, "internal"),
    }
}

/// A run came to an end, or to none by a defect of ours.
pub(super) fn run(span: &Span, run: &Result<Run, SandboxError>, cache_hit: bool) {
    if span.is_disabled() {
        return;
    }
    let Ok(Run { outcome, usage, .. }) = run else { return fail(span, "internal") };
    let Usage { instantiate_ms, fuel_consumed, peak_memory_bytes, bridge_calls, .. } = *usage;
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    note(span, "arbex.fuel_consumed", whole(fuel_consumed));
    note(span, "arbex.peak_memory_bytes", whole(peak_memory_bytes));
    note(span, "arbex.bridge_calls", whole(bridge_calls));
    note(span, "arbex.instantiate_ms", instantiate_ms);
    note(span, "arbex.script_cache_hit", cache_hit);
    ended(span, outcome);
}

/// The span of a stage that ended so.
pub(super) fn ended(span: &Span, outcome: &Outcome) {
    if let Some(reason) = reason(outcome) {
        fail(span, reason.as_str());
    }
}
