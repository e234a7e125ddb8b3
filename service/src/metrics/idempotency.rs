//! What becomes of calls with an `Idempotency-Key`.

use prometheus::{IntCounter, IntGauge};

use super::{List, set};

/// What a call with a key came upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Nothing: it is the first.
    First,
    /// The answer.
    Replayed,
    /// The first one, still under way.
    UnderWay,
    /// A key that belongs to another request.
    OtherRequest,
}

impl Repeat {
    const ALL: [Self; 4] = [Self::First, Self::Replayed, Self::UnderWay, Self::OtherRequest];

    /// The value of the label `result`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Replayed => "replayed",
            Self::UnderWay => "under_way",
            Self::OtherRequest => "other_request",
        }
    }
}

/// Why an answer is not kept for its whole lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unkept {
    /// It alone would take more than its share of the room.
    TooLong,
    /// Younger ones needed its room.
    PushedOut,
}

impl Unkept {
    const ALL: [Self; 2] = [Self::TooLong, Self::PushedOut];

    /// The value of the label `reason`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::PushedOut => "pushed_out",
        }
    }
}

/// Calls that ask twice, and the answers that are kept for them.
pub struct IdempotencyMetrics {
    /// In the order of [`Repeat::ALL`].
    calls: Vec<IntCounter>,
    /// In the order of [`Unkept::ALL`].
    dropped: Vec<IntCounter>,
    answers: IntGauge,
    bytes: IntGauge,
}

impl IdempotencyMetrics {
    pub(super) fn new(list: &List) -> Result<Self, prometheus::Error> {
        let calls = list.counters(
            "arbex_idempotent_calls_total",
            "Calls with an Idempotency-Key, by what they came upon",
            &["result"],
        )?;
        let dropped = list.counters(
            "arbex_idempotent_answers_dropped_total",
            "Answers that were not kept for their whole lifetime, for want of room",
            &["reason"],
        )?;
        Ok(Self {
            calls: Repeat::ALL
                .iter()
                .map(|repeat| calls.get_metric_with_label_values(&[repeat.as_str()]))
                .collect::<Result<_, _>>()?,
            dropped: Unkept::ALL
                .iter()
                .map(|reason| dropped.get_metric_with_label_values(&[reason.as_str()]))
                .collect::<Result<_, _>>()?,
            answers: list.gauge("arbex_idempotent_answers", "Answers kept for callers that ask twice")?,
            bytes: list.gauge("arbex_idempotent_answers_bytes", "Memory of the kept answers, in bytes")?,
        })
    }

    /// A key was looked up.
    pub fn record(&self, repeat: Repeat) {
        if let Some(counter) = self.calls.get(repeat as usize) {
            counter.inc();
        }
    }

    /// An answer is not kept, or no more.
    pub fn record_dropped(&self, reason: Unkept) {
        if let Some(counter) = self.dropped.get(reason as usize) {
            counter.inc();
        }
    }

    /// How many are kept now, and their memory in bytes.
    pub fn show(&self, answers: u64, bytes: u64) {
        set(&self.answers, answers);
        set(&self.bytes, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;

    #[test]
    fn everything_has_its_own_counter() {
        let metrics = Metrics::new().unwrap().idempotency;
        for (index, repeat) in Repeat::ALL.into_iter().enumerate() {
            metrics.record(repeat);
            assert_eq!((index, metrics.calls[index].get()), (repeat as usize, 1));
        }
        for (index, reason) in Unkept::ALL.into_iter().enumerate() {
            metrics.record_dropped(reason);
            assert_eq!((index, metrics.dropped[index].get()), (reason as usize, 1));
        }
    }
}
