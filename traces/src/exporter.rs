//! Says what is lost on the way, and not more often than once a minute.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use crate::client::LastFailure;

/// Between two warnings about a collector that is away.
const BETWEEN_WARNINGS: Duration = Duration::from_secs(60);

/// The library's exporter, with words for people.
#[derive(Debug)]
pub(crate) struct Exporter {
    otlp: opentelemetry_otlp::SpanExporter,
    failure: LastFailure,
    lost: Mutex<Lost>,
}

/// Spans that the collector did not take and nobody was told of yet.
#[derive(Debug, Default)]
struct Lost {
    spans: usize,
    told: Option<Instant>,
}

impl Lost {
    /// So many more; gives how many to tell of now.
    fn add(&mut self, spans: usize, now: Instant) -> Option<usize> {
        self.spans = self.spans.saturating_add(spans);
        let is_early = self.told.is_some_and(|told| now.duration_since(told) < BETWEEN_WARNINGS);
        if is_early {
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.spans))
    }
}

impl Exporter {
    pub(crate) fn new(otlp: opentelemetry_otlp::SpanExporter, failure: LastFailure) -> Self {
        Self { otlp, failure, lost: Mutex::default() }
    }

    fn tell(&self, spans: usize) {
        let lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner).add(spans, Instant::now());
        if let Some(spans) = lost {
            let error = self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
            tracing::warn!(spans, error, "spans are lost: the collector did not take them");
        }
    }
}

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        if self.otlp.export(batch).await.is_err() {
            self.tell(spans);
        }
        // It was told; the library would say so again for every batch.
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.otlp.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.otlp.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_that_is_away_is_told_once_a_minute_with_all_that_was_lost() {
        let mut lost = Lost::default();
        let began = Instant::now();
        let after = |seconds| began + Duration::from_secs(seconds);
        assert_eq!(lost.add(3, began), Some(3));
        assert_eq!(lost.add(4, after(1)), None);
        assert_eq!(lost.add(5, after(59)), None);
        assert_eq!(lost.add(6, after(60)), Some(15));
        assert_eq!(lost.add(1, after(61)), None);
    }
}
