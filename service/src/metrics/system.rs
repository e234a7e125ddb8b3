//! What scripts ask of `ctx.system`, and how that ends.

use prometheus::IntCounter;

use super::List;
use crate::policy::Operation;
use crate::run::{SystemResult, SystemTally};

/// Calls of `ctx.system`.
pub(super) struct SystemMetrics {
    /// In the order of [`Operation::ALL`], and of [`SystemResult::ALL`] within it.
    calls: Vec<Vec<IntCounter>>,
}

impl SystemMetrics {
    pub(super) fn new(list: &List) -> Result<Self, prometheus::Error> {
        let calls = list.counters(
            "arbex_system_calls_total",
            "Calls of ctx.system by method and by how they ended; counted when the run has ended",
            &["operation", "result"],
        )?;
        let of = |operation: &Operation| {
            let of = |result: &SystemResult| calls.get_metric_with_label_values(&[operation.as_str(), result.as_str()]);
            SystemResult::ALL.iter().map(of).collect()
        };
        Ok(Self { calls: Operation::ALL.iter().map(of).collect::<Result<_, _>>()? })
    }

    pub(super) fn record(&self, system: &SystemTally) {
        if *system == SystemTally::default() {
            return;
        }
        for (counters, operation) in self.calls.iter().zip(Operation::ALL) {
            for (counter, result) in counters.iter().zip(SystemResult::ALL) {
                counter.inc_by(system.count_of(operation, result));
            }
        }
    }
}
