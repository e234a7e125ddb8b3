//! The Core's own time: it runs with the machine's, or stands still, and can be moved forward in both cases.

use std::time::Duration;

use jiff::Timestamp;

/// Where the Core's time comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClockStart {
    /// The machine's clock.
    #[default]
    System,
    /// Stands at this instant until a test moves it: what is answered is the same in every run.
    Frozen(Timestamp),
}

#[derive(Debug)]
pub(crate) struct Clock {
    start: ClockStart,
    advanced_ms: i64,
}

impl Clock {
    pub(crate) fn new(start: ClockStart) -> Self {
        Self { start, advanced_ms: 0 }
    }

    pub(crate) fn now_ms(&self) -> i64 {
        let start_ms = match self.start {
            ClockStart::System => Timestamp::now().as_millisecond(),
            ClockStart::Frozen(instant) => instant.as_millisecond(),
        };
        start_ms.saturating_add(self.advanced_ms)
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.advanced_ms = self.advanced_ms.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX));
    }
}

/// ISO 8601 in UTC, as the DTOs carry it.
pub(crate) fn iso(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::MAX).to_string()
}
