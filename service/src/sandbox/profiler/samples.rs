//! The run over time: a sample each interval, thinned evenly when they become too many.

use std::time::Duration;

use super::super::peek::Look;
use crate::call;
use crate::profile::{ProcessReading, RunSample};

#[derive(Debug)]
pub(super) struct Samples {
    interval: Duration,
    max: usize,
    taken: Vec<RunSample>,
    /// When the next one is due, since the run began.
    due: Duration,
    /// Processor time that no sample has told yet.
    user: Duration,
    system: Duration,
}

impl Samples {
    pub(super) fn new(wanted: &call::Profiler) -> Self {
        let interval = Duration::from_millis(wanted.sample_interval_ms.max(1));
        Self {
            interval,
            max: usize::try_from(wanted.max_samples).unwrap_or(usize::MAX).max(1),
            taken: Vec::new(),
            due: interval,
            user: Duration::ZERO,
            system: Duration::ZERO,
        }
    }

    pub(super) fn is_due(&self, at: Duration) -> bool {
        self.due <= at
    }

    /// The run used so much of a processor.
    pub(super) fn used(&mut self, user: Duration, system: Duration) {
        self.user += user;
        self.system += system;
    }

    /// Take one that is due, or the last of the run, due or not; the process is only looked at with those that are. When there is no
    /// room, every second one goes and the interval doubles; if it is not due by that any more, it is not taken. What the processor did
    /// for one that is not kept is told by the next.
    pub(super) fn take(
        &mut self,
        at: Duration,
        look: &Look,
        stack: Option<u32>,
        is_last: bool,
        process: impl FnOnce() -> ProcessReading,
    ) {
        while self.max <= self.taken.len() {
            self.thin();
        }
        if !is_last && !self.is_due(at) {
            return;
        }
        self.taken.push(RunSample {
            at_ns: nanos(at),
            heap_used_bytes: look.heap_used_bytes,
            committed_bytes: look.committed_bytes,
            cpu_user_us: micros(&mut self.user),
            cpu_system_us: micros(&mut self.system),
            stack,
            process: self.is_due(at).then(process),
        });
        self.due = next(self.interval, at);
    }

    /// Of an interval twice as long the first sample stays, as if it had been that long from the beginning.
    fn thin(&mut self) {
        self.interval = self.interval.saturating_mul(2);
        let interval_ns = nanos(self.interval).max(1);
        let (mut user_us, mut system_us, mut kept_at_ns) = (0, 0, 0);
        self.taken.retain_mut(|sample| {
            let is_kept = kept_at_ns / interval_ns < sample.at_ns / interval_ns;
            user_us += sample.cpu_user_us;
            system_us += sample.cpu_system_us;
            if is_kept {
                kept_at_ns = sample.at_ns;
                sample.cpu_user_us = std::mem::take(&mut user_us);
                sample.cpu_system_us = std::mem::take(&mut system_us);
            }
            is_kept
        });
        self.user += Duration::from_micros(user_us);
        self.system += Duration::from_micros(system_us);
        self.due = next(self.interval, Duration::from_nanos(kept_at_ns));
    }

    pub(super) fn into_taken(self) -> Vec<RunSample> {
        self.taken
    }
}

/// The first multiple of `interval` after `at`.
fn next(interval: Duration, at: Duration) -> Duration {
    let count = at.as_nanos() / interval.as_nanos().max(1);
    interval.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1))
}

/// Whole microseconds; the rest is left for the next.
fn micros(time: &mut Duration) -> u64 {
    let whole = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    *time = time.saturating_sub(Duration::from_micros(whole));
    whole
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples of a run that can be looked at every millisecond, of which each took one microsecond of a processor.
    fn samples(sample_interval_ms: u64, max_samples: u64, run_ms: u64) -> Vec<(u64, u64)> {
        let mut samples = Samples::new(&call::Profiler { sample_interval_ms, max_samples, is_thorough: false });
        let reading = || ProcessReading { working_set_bytes: 1, cpu_percent: 1.0 };
        for ms in 0..=run_ms {
            let at = Duration::from_millis(ms);
            samples.used(Duration::from_micros(1), Duration::ZERO);
            if samples.is_due(at) || ms == run_ms {
                samples.take(at, &Look::default(), None, ms == run_ms, reading);
            }
        }
        let taken = samples.into_taken();
        assert!(taken.len() as u64 <= max_samples, "{}", taken.len());
        assert_eq!(taken.iter().map(|sample| sample.cpu_user_us).sum::<u64>(), run_ms + 1);
        taken.iter().map(|sample| (sample.at_ns / 1_000_000, u64::from(sample.process.is_some()))).collect()
    }

    #[test]
    fn one_is_taken_each_interval_and_at_the_end() {
        assert_eq!(samples(50, 600, 0), [(0, 0)]);
        assert_eq!(samples(50, 600, 49), [(49, 0)]);
        assert_eq!(samples(50, 600, 50), [(50, 1)]);
        assert_eq!(samples(50, 600, 120), [(50, 1), (100, 1), (120, 0)]);
        assert_eq!(samples(1, 3, 3), [(1, 1), (2, 1), (3, 1)]);
    }

    #[test]
    fn they_are_thinned_evenly_and_never_at_the_end() {
        assert_eq!(samples(1, 1, 7), [(7, 0)]);
        assert_eq!(samples(1, 5, 6), [(2, 1), (4, 1), (6, 1)]);
        assert_eq!(samples(1, 7, 60), [(16, 1), (32, 1), (48, 1), (60, 0)]);
        assert_eq!(samples(1, 4, 5), [(2, 1), (4, 1), (5, 0)]);
        assert_eq!(samples(1, 4, 8), [(2, 1), (4, 1), (6, 1), (8, 1)]);
        assert_eq!(samples(1, 4, 9), [(4, 1), (8, 1), (9, 0)]);
        let many: Vec<u64> = samples(1, 100, 60_000).into_iter().map(|(at, _)| at).collect();
        let gaps: Vec<u64> = many.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let (last, rest) = gaps.split_last().unwrap();
        assert!(rest.iter().all(|gap| *gap == rest[0]) && *last <= rest[0], "{gaps:?}");
        assert!(50 <= many.len() && many.last() == Some(&60_000), "{many:?}");
    }
}
