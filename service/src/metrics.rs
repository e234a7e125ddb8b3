//! Everything that is measured, in one list. Label values come from closed sets of names, never from a caller.
//!
//! Counters and histograms are recorded as things happen, through children that are made once; gauges that mirror the
//! sandbox are read when somebody scrapes.

mod authentication;
mod idempotency;
mod system;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arbex_api::{Reason, Status};
use prometheus::core::Collector;
use prometheus::{
    Gauge, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

use crate::run::{FetchTally, Fetched, Usage};
use crate::sandbox::Sandbox;

pub use authentication::{Admission, AuthenticationMetrics};
pub use idempotency::{IdempotencyMetrics, Repeat, Unkept};
use system::SystemMetrics;

/// The media type of [`Metrics::render`].
pub const TEXT_FORMAT: &str = prometheus::TEXT_FORMAT;

/// The value of the label `reason` of a run that succeeded.
const NO_REASON: &str = "none";

/// Instances are made in tens of microseconds, runs may take a minute.
const PHASE_SECONDS: [f64; 22] = [
    0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
    0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0,
];
const REQUEST_SECONDS: [f64; 19] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0,
    30.0, 60.0,
];
const FUEL: [f64; 9] = [1e5, 1e6, 1e7, 1e8, 5e8, 1e9, 5e9, 1e10, 1e11];
const MEMORY_BYTES: [f64; 9] =
    [2.0 * MIB, 4.0 * MIB, 8.0 * MIB, 16.0 * MIB, 32.0 * MIB, 64.0 * MIB, 128.0 * MIB, 256.0 * MIB, 640.0 * MIB];
const MIB: f64 = 1024.0 * 1024.0;

/// Why a call was turned away although nothing was wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejected {
    /// All sandboxes busy: the queue was full, or the wait too long.
    Busy,
    /// No room for the body beside those of other requests.
    NoRoom,
    /// The service is stopping.
    Draining,
}

impl Rejected {
    const ALL: [Self; 3] = [Self::Busy, Self::NoRoom, Self::Draining];

    /// The value of the label `reason`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::NoRoom => "no_room",
            Self::Draining => "draining",
        }
    }
}

/// What does not add up in the list of metrics: a defect of ours that shows at start.
#[derive(Debug, thiserror::Error)]
#[error("the list of metrics is not valid: {0}")]
pub struct MetricsError(#[from] prometheus::Error);

/// All metrics of the process.
pub struct Metrics {
    registry: Registry,
    /// Of who is let in.
    pub authentication: AuthenticationMetrics,
    /// Of calls that ask twice.
    pub idempotency: IdempotencyMetrics,

    succeeded: IntCounter,
    /// In the order of [`Reason::ALL`].
    failed: Vec<IntCounter>,
    phase_queue: Histogram,
    phase_compile: Histogram,
    phase_instantiate: Histogram,
    phase_run: Histogram,
    cache_hits: IntCounter,
    cache_misses: IntCounter,
    fuel_total: IntCounter,
    fuel: Histogram,
    peak_memory_bytes: Histogram,
    /// In the order of [`Rejected::ALL`].
    rejected: Vec<IntCounter>,
    /// In the order of [`Fetched::ALL`].
    fetches: Vec<IntCounter>,
    fetched_bytes: IntCounter,
    fetch_seconds: Histogram,
    system: SystemMetrics,
    http_requests: IntCounterVec,
    http_seconds: HistogramVec,

    cache_entries: IntGauge,
    cache_bytes: IntGauge,
    slots: IntGauge,
    slots_busy: IntGauge,
    queue_length: IntGauge,
    memory_in_use_bytes: IntGauge,
    memory_budget_bytes: IntGauge,
    fetched_bytes_in_use: IntGauge,
    cluster_bytes_in_use: IntGauge,
    pool_memories: IntGauge,
    pool_warm_memories: IntGauge,
    pool_warm_bytes: IntGauge,
    resident_bytes: IntGauge,
}

impl Metrics {
    /// Registers everything.
    ///
    /// # Errors
    ///
    /// When two metrics have the same name: a defect.
    pub fn new() -> Result<Self, MetricsError> {
        let list = List(Registry::new());

        let executions = list.counters(
            "arbex_executions_total",
            "Runs by their end; reason is none for a success",
            &["status", "reason"],
        )?;
        let phases = list.histograms(
            "arbex_phase_duration_seconds",
            "Time that runs spent waiting for a slot, compiling, making the instance, and running (instance included)",
            &PHASE_SECONDS,
            &["phase"],
        )?;
        let rejected = list.counters(
            "arbex_rejected_total",
            "Calls turned away although nothing was wrong with them; their runs did not start",
            &["reason"],
        )?;

        let fetches = list.counters(
            "arbex_input_fetches_total",
            "Inputs by URL that a script opened, by how the fetch ended; counted when the run has ended",
            &["result"],
        )?;

        let http_requests = list.counters(
            "arbex_http_requests_total",
            "Requests answered; status 499 is a client that hung up before",
            &["route", "method", "status"],
        )?;
        // A rate does not see a series begin with 1, and alerts are about these.
        for status in ["200", "500", "503"] {
            http_requests.get_metric_with_label_values(&["/execute", "POST", status])?;
        }
        let http_seconds = list.histograms(
            "arbex_http_request_duration_seconds",
            "Time from a request's head to its answer's head",
            &REQUEST_SECONDS,
            &["route"],
        )?;
        http_seconds.get_metric_with_label_values(&["/execute"])?;
        let build =
            list.gauges("arbex_build_info", "What runs here; always 1", &["version", "commit", "guest_sha256"])?;
        let versions = [env!("CARGO_PKG_VERSION"), env!("ARBEX_COMMIT"), env!("ARBEX_GUEST_SHA256")];
        build.get_metric_with_label_values(&versions)?.set(1);
        let started = Gauge::new("arbex_start_time_seconds", "When the process started, in seconds since 1970")?;
        started.set(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64()));
        list.add(started)?;

        Ok(Self {
            succeeded: executions.get_metric_with_label_values(&[Status::Success.as_str(), NO_REASON])?,
            failed: Reason::NAMES
                .iter()
                .map(|reason| executions.get_metric_with_label_values(&[Status::Error.as_str(), reason]))
                .collect::<Result<_, _>>()?,
            phase_queue: phases.get_metric_with_label_values(&["queue"])?,
            phase_compile: phases.get_metric_with_label_values(&["compile"])?,
            phase_instantiate: phases.get_metric_with_label_values(&["instantiate"])?,
            phase_run: phases.get_metric_with_label_values(&["run"])?,
            cache_hits: list
                .counter("arbex_program_cache_hits_total", "Runs whose compiled script was in the cache")?,
            cache_misses: list.counter("arbex_program_cache_misses_total", "Runs whose script had to be compiled")?,
            fuel_total: list.counter("arbex_fuel_consumed_total", "Instructions of all runs, in fuel units")?,
            fuel: list.histogram("arbex_fuel_consumed", "Instructions of a run, in fuel units", &FUEL)?,
            peak_memory_bytes: list.histogram(
                "arbex_peak_memory_bytes",
                "Most linear memory of a run, in bytes",
                &MEMORY_BYTES,
            )?,
            rejected: Rejected::ALL
                .iter()
                .map(|reason| rejected.get_metric_with_label_values(&[reason.as_str()]))
                .collect::<Result<_, _>>()?,
            fetches: Fetched::ALL
                .iter()
                .map(|result| fetches.get_metric_with_label_values(&[result.as_str()]))
                .collect::<Result<_, _>>()?,
            fetched_bytes: list.counter("arbex_input_fetched_bytes_total", "Inputs fetched, unpacked, in bytes")?,
            fetch_seconds: list.histogram(
                "arbex_input_fetch_duration_seconds",
                "Time from the start of a fetch to its last byte or its failure",
                &REQUEST_SECONDS,
            )?,
            http_requests,
            http_seconds,

            cache_entries: list.gauge("arbex_program_cache_entries", "Compiled scripts in the cache")?,
            cache_bytes: list
                .gauge("arbex_program_cache_bytes", "Size of the compiled scripts in the cache, in bytes")?,
            slots: list.gauge("arbex_slots", "Runs that may be under way at once")?,
            slots_busy: list.gauge("arbex_slots_busy", "Runs under way")?,
            queue_length: list.gauge("arbex_queue_length", "Calls that wait for a slot")?,
            memory_in_use_bytes: list
                .gauge("arbex_memory_in_use_bytes", "Memory of all sandboxes together, in bytes")?,
            memory_budget_bytes: list
                .gauge("arbex_memory_budget_bytes", "Bound of the memory of all sandboxes together; 0 without one")?,
            fetched_bytes_in_use: list
                .gauge("arbex_input_bytes_in_use", "Memory of the fetched inputs of all runs, in bytes")?,
            cluster_bytes_in_use: list
                .gauge("arbex_cluster_bytes_in_use", "Memory of the cluster's answers to all runs, in bytes")?,
            pool_memories: list.gauge("arbex_pool_memories", "Memories of the pool in use; 0 without a pool")?,
            pool_warm_memories: list.gauge("arbex_pool_warm_memories", "Memories that wait, warm, for the next run")?,
            pool_warm_bytes: list.gauge("arbex_pool_warm_bytes", "Resident size of the warm memories, in bytes")?,
            resident_bytes: list.gauge("arbex_resident_memory_bytes", "Resident memory of the process, in bytes")?,

            authentication: AuthenticationMetrics::new(&list)?,
            system: SystemMetrics::new(&list)?,
            idempotency: IdempotencyMetrics::new(&list)?,
            registry: list.0,
        })
    }

    /// A run came to an end, good (no reason) or bad.
    pub fn record_run(&self, reason: Option<Reason>, usage: &Usage) {
        match reason {
            None => self.succeeded.inc(),
            Some(reason) => {
                if let Some(counter) = self.failed.get(reason as usize) {
                    counter.inc();
                }
            }
        }
        self.phase_queue.observe(usage.queue_ms / 1e3);
        if usage.cache_hit {
            self.cache_hits.inc();
        } else {
            self.cache_misses.inc();
            self.phase_compile.observe(usage.compile_ms / 1e3);
        }
        // A script that does not compile is not run.
        if usage.instantiate_ms > 0.0 {
            self.phase_instantiate.observe(usage.instantiate_ms / 1e3);
            self.phase_run.observe(usage.execution_ms / 1e3);
            self.fuel_total.inc_by(usage.fuel_consumed);
            self.fuel.observe(usage.fuel_consumed as f64);
            self.peak_memory_bytes.observe(usage.peak_memory_bytes as f64);
            self.record_fetches(&usage.fetches);
            self.system.record(&usage.system);
        }
    }

    fn record_fetches(&self, fetches: &FetchTally) {
        for (counter, result) in self.fetches.iter().zip(Fetched::ALL) {
            counter.inc_by(fetches.count_of(result));
        }
        self.fetched_bytes.inc_by(fetches.bytes);
        for duration_ms in &fetches.durations_ms {
            self.fetch_seconds.observe(duration_ms / 1e3);
        }
    }

    /// A call was turned away.
    pub fn record_rejected(&self, reason: Rejected) {
        if let Some(counter) = self.rejected.get(reason as usize) {
            counter.inc();
        }
    }

    /// A request was answered. All three labels must come from closed sets.
    pub fn record_request(&self, route: &str, method: &str, status: &str, took: Duration) {
        if let Ok(counter) = self.http_requests.get_metric_with_label_values(&[route, method, status]) {
            counter.inc();
        }
        if let Ok(histogram) = self.http_seconds.get_metric_with_label_values(&[route]) {
            histogram.observe(took.as_secs_f64());
        }
    }

    /// All metrics as Prometheus reads them; the gauges show `sandbox` as it is now.
    ///
    /// # Errors
    ///
    /// When a metric has no text form: a defect.
    pub fn render(&self, sandbox: &Sandbox) -> Result<String, MetricsError> {
        self.mirror(sandbox);
        Ok(TextEncoder::new().encode_to_string(&self.registry.gather())?)
    }

    fn mirror(&self, sandbox: &Sandbox) {
        let (cache, gate) = (sandbox.cache(), sandbox.gate());
        set(&self.cache_entries, cache.entries);
        set(&self.cache_bytes, cache.bytes);
        set(&self.slots, gate.slots.into());
        set(&self.slots_busy, gate.busy.into());
        set(&self.queue_length, gate.queued.into());
        set(&self.memory_in_use_bytes, sandbox.memory_in_use_bytes());
        set(&self.memory_budget_bytes, sandbox.memory_budget_bytes().unwrap_or(0));
        set(&self.fetched_bytes_in_use, sandbox.fetched_bytes_in_use());
        set(&self.cluster_bytes_in_use, sandbox.cluster_bytes_in_use());
        if let Some(pool) = sandbox.pool() {
            set(&self.pool_memories, pool.memories);
            set(&self.pool_warm_memories, pool.warm_memories);
            set(&self.pool_warm_bytes, pool.warm_bytes);
        }
        if let Some(bytes) = resident_bytes() {
            set(&self.resident_bytes, bytes);
        }
    }
}

fn set(gauge: &IntGauge, value: u64) {
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
}

/// Resident memory of this process, where the kernel tells.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?;
    Some(kib.trim().parse::<u64>().ok()? * 1024)
}

/// Makes metrics and registers each.
struct List(Registry);

impl List {
    fn add<M: Collector + Clone + 'static>(&self, metric: M) -> Result<M, prometheus::Error> {
        self.0.register(Box::new(metric.clone())).map(|()| metric)
    }

    fn counter(&self, name: &str, help: &str) -> Result<IntCounter, prometheus::Error> {
        self.add(IntCounter::new(name, help)?)
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, prometheus::Error> {
        self.add(IntCounterVec::new(Opts::new(name, help), labels)?)
    }

    fn gauge(&self, name: &str, help: &str) -> Result<IntGauge, prometheus::Error> {
        self.add(IntGauge::new(name, help)?)
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec, prometheus::Error> {
        self.add(IntGaugeVec::new(Opts::new(name, help), labels)?)
    }

    fn histogram(&self, name: &str, help: &str, buckets: &[f64]) -> Result<Histogram, prometheus::Error> {
        self.add(Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec()))?)
    }

    fn histograms(
        &self,
        name: &str,
        help: &str,
        buckets: &[f64],
        labels: &[&str],
    ) -> Result<HistogramVec, prometheus::Error> {
        self.add(HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.to_vec()), labels)?)
    }
}

#[cfg(test)]
#[path = "../../docs/metrics_table.rs"]
mod metrics_table;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_metrics_is_up_to_date() {
        let open = [
            ("arbex_build_info", "version", "of this build"),
            ("arbex_build_info", "commit", "of this build"),
            ("arbex_build_info", "guest_sha256", "of this build"),
            ("arbex_http_requests_total", "route", "a path of openapi.json, or `unmatched`"),
            ("arbex_http_requests_total", "method", "one of HTTP's, or `other`"),
            ("arbex_http_requests_total", "status", "the answer's, or `499`"),
            ("arbex_http_request_duration_seconds", "route", "a path of openapi.json, or `unmatched`"),
        ];
        metrics_table::check("Service", &Metrics::new().unwrap().registry.gather(), &open);
    }

    #[test]
    fn every_reason_has_its_own_counter() {
        let metrics = Metrics::new().unwrap();
        for (index, reason) in Reason::ALL.iter().enumerate() {
            assert_eq!(index, *reason as usize);
            metrics.record_run(Some(*reason), &Usage::default());
        }
        let mut fetches = FetchTally::default();
        fetches.begin();
        for (index, result) in Fetched::ALL.iter().enumerate() {
            assert_eq!(index, *result as usize);
            fetches.begin();
            fetches.end(*result, 5, Duration::from_millis(2));
        }
        let usage = Usage { instantiate_ms: 0.03, execution_ms: 1.0, fuel_consumed: 7, fetches, ..Usage::default() };
        metrics.record_run(None, &usage);
        for (index, rejected) in Rejected::ALL.iter().enumerate() {
            assert_eq!(index, *rejected as usize);
            metrics.record_rejected(*rejected);
        }
        let text = TextEncoder::new().encode_to_string(&metrics.registry.gather()).unwrap();
        for reason in Reason::NAMES {
            let line = format!("arbex_executions_total{{reason=\"{reason}\",status=\"ERROR\"}} 1\n");
            assert!(text.contains(&line), "{line}{text}");
        }
        assert!(text.contains("arbex_executions_total{reason=\"none\",status=\"SUCCESS\"} 1\n"));
        assert!(text.contains("arbex_fuel_consumed_total 7\n"));
        assert!(
            text.contains("arbex_phase_duration_seconds_bucket{phase=\"instantiate\",le=\"0.00005\"} 1\n"),
            "{text}"
        );
        assert!(text.contains("arbex_rejected_total{reason=\"busy\"} 1\n"));
        for result in Fetched::ALL {
            // One is still under way.
            let count = if result == Fetched::Cancelled { 2 } else { 1 };
            let line = format!("arbex_input_fetches_total{{result=\"{}\"}} {count}\n", result.as_str());
            assert!(text.contains(&line), "{line}{text}");
        }
        assert!(text.contains("arbex_input_fetched_bytes_total 55\n"));
        assert!(text.contains("arbex_input_fetch_duration_seconds_bucket{le=\"0.0025\"} 11\n"));
        assert!(text.contains("arbex_build_info{"));
    }

    #[test]
    fn bucket_bounds_rise() {
        for bounds in [&PHASE_SECONDS[..], &REQUEST_SECONDS, &FUEL, &MEMORY_BYTES] {
            assert!(bounds.is_sorted_by(|lower, upper| lower < upper));
        }
    }

    #[test]
    fn the_process_knows_its_size() {
        assert!(resident_bytes().unwrap() > 1024 * 1024);
    }
}
