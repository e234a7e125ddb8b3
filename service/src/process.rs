//! What the service's own process takes: memory and processor time, looked at rarely and told often.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::{SysconfVar, sysconf};

use crate::profile::ProcessReading;

/// A reading is told again until it is this old: a look costs some microseconds, and many runs ask.
const FRESH: Duration = Duration::from_millis(25);

/// Looks at the process for all runs of a sandbox.
#[derive(Debug)]
pub struct ProcessMeter {
    page_bytes: u64,
    last: Mutex<Last>,
}

#[derive(Debug)]
struct Last {
    at: Instant,
    cpu: Duration,
    reading: ProcessReading,
}

impl ProcessMeter {
    /// A first look.
    pub fn new() -> Self {
        let page_bytes = sysconf(SysconfVar::PAGE_SIZE).ok().flatten().and_then(|bytes| u64::try_from(bytes).ok());
        let page_bytes = page_bytes.unwrap_or(4096);
        let (user, system) = cpu(UsageWho::RUSAGE_SELF);
        let reading = ProcessReading { working_set_bytes: working_set_bytes(page_bytes), cpu_percent: 0.0 };
        Self { page_bytes, last: Mutex::new(Last { at: Instant::now(), cpu: user + system, reading }) }
    }

    /// What the process takes, as of the last 25 ms. `now` is the time.
    pub fn read(&self, now: Instant) -> ProcessReading {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let since = now.saturating_duration_since(last.at);
        if FRESH <= since {
            let (user, system) = cpu(UsageWho::RUSAGE_SELF);
            let busy = (user + system).saturating_sub(last.cpu);
            let reading = ProcessReading {
                working_set_bytes: working_set_bytes(self.page_bytes),
                cpu_percent: busy.as_secs_f64() / since.as_secs_f64() * 100.0,
            };
            *last = Last { at: now, cpu: user + system, reading };
        }
        last.reading
    }
}

impl Default for ProcessMeter {
    fn default() -> Self {
        Self::new()
    }
}

/// Processor time of the calling thread so far, in user mode and in the kernel.
pub fn thread_cpu() -> (Duration, Duration) {
    cpu(UsageWho::RUSAGE_THREAD)
}

/// The clock that runs while the calling thread has a processor; finer than [`thread_cpu`], and in one.
pub fn thread_clock() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}

fn cpu(who: UsageWho) -> (Duration, Duration) {
    let time = |time: nix::sys::time::TimeVal| {
        let (seconds, micros) = (u64::try_from(time.tv_sec()), u64::try_from(time.tv_usec()));
        Duration::from_secs(seconds.unwrap_or_default()) + Duration::from_micros(micros.unwrap_or_default())
    };
    getrusage(who).map_or_else(|_| Default::default(), |usage| (time(usage.user_time()), time(usage.system_time())))
}

/// The second number of /proc/self/statm, which is in pages; 0 where there is no such file.
fn working_set_bytes(page_bytes: u64) -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or_default().saturating_mul(page_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_told_again_while_it_is_fresh() {
        let meter = ProcessMeter::new();
        let at = meter.last.lock().unwrap().at;
        let first = meter.read(at + FRESH - Duration::from_millis(1));
        assert_eq!(first.cpu_percent, 0.0);
        assert!(1 << 20 < first.working_set_bytes, "{first:?}");
        let keep: Vec<u8> = std::hint::black_box(vec![1; 64 << 20]);
        assert_eq!(meter.read(at + FRESH - Duration::from_millis(1)), first);
        let second = meter.read(at + FRESH);
        assert!(first.working_set_bytes + (32 << 20) < second.working_set_bytes, "{first:?} {second:?}");
        assert!(0.0 < second.cpu_percent, "{second:?}");
        drop(keep);
    }
}
