//! Spans of the calls that a run makes of the host (docs/tracing.md).

use std::sync::atomic::{AtomicU64, Ordering};

use arbex_traces::span;
use tracing::Span;

/// Spans of one run's fetches, and of its calls of `ctx.system`. A script may call as often as its fuel lasts, and the way to the collector
/// is not its to fill; the run's span has the number of all.
const MAX_SPANS: u64 = 100;

/// Gives spans to the first calls of a run.
#[derive(Debug, Default)]
pub(super) struct CallSpans {
    given: AtomicU64,
}

impl CallSpans {
    /// For a call of that name, one of a closed set.
    pub(super) fn call(&self, name: &'static str) -> Span {
        if MAX_SPANS <= self.given.fetch_add(1, Ordering::Relaxed) {
            return Span::none();
        }
        span!("call", otel.name = name, otel.kind = "client")
    }
}
