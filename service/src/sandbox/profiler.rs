//! The profiler of one run. It is told when a slice of the guest's fuel ends, when the guest waits and when it goes on, and gives
//! the time in between to the stack that was seen. Nothing of it is in the guest's hands.
//!
//! A machine has other things to do, too: time in which the thread had no processor is told apart, so that it falls on no line of a
//! script.
//!
//! Slices have the same length in fuel on average, so the stack at the end of one stands for all that was computed since the one before. Time that
//! was computed before a wait is kept for the next end of a slice: slices go on behind waits where they stopped.

mod naming;
mod samples;
mod slices;
mod stacks;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::peek::{Look, Site};
use crate::call;
use crate::process::{ProcessMeter, thread_clock, thread_cpu};
use samples::Samples;
use stacks::{Leaf, Stacks};

pub(super) use naming::{Described, Unnamed};
pub(super) use slices::Slices;

/// What is under way when nothing but time is waited for.
const TIMER: &str = "timer";

/// What a thread may lose between two looks and still be said to have computed all the time.
const LOST: Duration = Duration::from_micros(20);

/// To ask the guest what its places are called costs some ten thousand instructions, and a million with the longest script that is
/// usual; so many slices take fifteen million. A run of fewer is not asked, unless its profile is what the caller is after.
const FEW_LOOKS: u32 = 5;

/// Waiting for less than this, in all, is not worth asking where it began.
const SHORT_WAIT: Duration = Duration::from_millis(5);

/// The profiler of a run, for those who tell it things and the one who asks it in the end.
#[derive(Debug, Clone)]
pub(super) struct Profiler(Arc<Mutex<Recorder>>);

impl Profiler {
    /// For a run that began at `began`.
    pub(super) fn new(wanted: &call::Profiler, began: Instant, process: Arc<ProcessMeter>) -> Self {
        Self(Arc::new(Mutex::new(Recorder::new(wanted, began, process))))
    }

    /// What is known, when nobody else tells it anything any more.
    pub(super) fn into_recorder(self) -> Option<Recorder> {
        Arc::try_unwrap(self.0).ok().map(|recorder| recorder.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tell it something.
    pub(super) fn tell<R>(&self, what: impl FnOnce(&mut Recorder) -> R) -> R {
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What is known so far.
#[derive(Debug)]
pub(super) struct Recorder {
    began: Instant,
    began_unix_ms: u64,
    process: Arc<ProcessMeter>,
    stacks: Stacks,
    samples: Samples,
    /// Up to when all time is accounted for.
    mark: Instant,
    /// The thread's clock at `mark`, while the run has the thread.
    clock: Duration,
    /// Time that was computed before `mark` and that no stack was seen for yet.
    unseen: Duration,
    now: Now,
    /// The thread's processor time at the last look at it, while the run has the thread.
    cpu_mark: Option<(Duration, Duration)>,
    /// The stacks that the operations under way were started from, by their ids.
    operations: BTreeMap<u32, u32>,
    /// The last stack that was seen at work.
    last: Option<u32>,
    looks: u32,
    waited: Duration,
    /// Whether names are wanted in any case.
    is_thorough: bool,
}

/// What the run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Now {
    /// It has not been polled yet.
    Before,
    /// The guest computes, or makes room for others between two slices.
    Computes,
    /// The guest waits for the host; this stack waits.
    Waits(u32),
}

impl Recorder {
    fn new(wanted: &call::Profiler, began: Instant, process: Arc<ProcessMeter>) -> Self {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let since_began = began.elapsed();
        Self {
            began,
            began_unix_ms: since_1970.saturating_sub(since_began).as_millis() as u64,
            process,
            stacks: Stacks::default(),
            samples: Samples::new(wanted),
            mark: began,
            clock: Duration::ZERO,
            unseen: Duration::ZERO,
            now: Now::Before,
            cpu_mark: None,
            operations: BTreeMap::new(),
            last: None,
            looks: 0,
            waited: Duration::ZERO,
            is_thorough: wanted.is_thorough,
        }
    }

    /// The run has the thread.
    pub(super) fn resumed(&mut self, now: Instant) {
        self.cpu_mark = Some(thread_cpu());
        self.clock = thread_clock();
        match self.now {
            // The time of an end of a slice is accounted for: since then, others had the thread.
            Now::Computes => self.add_turn(now.saturating_duration_since(self.mark)),
            Now::Before => {
                // From here on the processor's load is counted; it costs something once in a while only, for all runs together.
                self.process.read(now);
                self.now = Now::Computes;
            }
            Now::Waits(_) => return,
        }
        self.mark = now;
    }

    /// The run gives the thread back.
    pub(super) fn yielded(&mut self) {
        self.count_cpu();
        self.cpu_mark = None;
    }

    /// Whether the guest waits for the host, and does not just make room for others.
    pub(super) fn waits(&self) -> bool {
        matches!(self.now, Now::Waits(_))
    }

    /// A slice ended, and the guest stands still.
    pub(super) fn slice_ended(&mut self, now: Instant, look: &Look) {
        self.see(now, look);
        self.sample_if_due(now, look, self.last);
    }

    /// All that was computed since the last look was computed there.
    fn see(&mut self, now: Instant, look: &Look) {
        let stack = self.stacks.index(Leaf::Run, look.is_cut, &look.sites);
        self.computed(now);
        let computed = std::mem::take(&mut self.unseen);
        self.stacks.add(stack, computed);
        self.looks += 1;
        self.last = Some(stack);
    }

    /// The guest computed up to now, as far as the thread had a processor.
    fn computed(&mut self, now: Instant) {
        let (wall, clock) = (now.saturating_duration_since(self.mark), thread_clock());
        let lost = wall.saturating_sub(clock.saturating_sub(self.clock));
        (self.mark, self.clock) = (now, clock);
        if lost < LOST {
            self.unseen += wall;
        } else {
            self.unseen += wall - lost;
            self.add_turn(lost);
        }
    }

    fn add_turn(&mut self, time: Duration) {
        let turn = self.stacks.index(Leaf::Turn, false, &[]);
        self.stacks.add(turn, time);
    }

    /// The guest waits from now on.
    pub(super) fn wait_begins(&mut self, now: Instant, look: &Look) {
        self.computed(now);
        // With several under way it is the oldest that is waited for.
        let oldest = self.operations.first_key_value().map(|(_, stack)| *stack);
        let stack = oldest.unwrap_or_else(|| self.stacks.index(Leaf::Wait(TIMER), false, &[]));
        self.now = Now::Waits(stack);
        self.sample_if_due(now, look, oldest);
    }

    /// The guest goes on; `ended` is the operation that ended, if one did.
    pub(super) fn wait_ends(&mut self, now: Instant, look: &Look, ended: Option<u32>) {
        let oldest = self.operations.first_key_value().map(|(_, stack)| *stack);
        self.account_wait(now);
        self.sample_if_due(now, look, oldest);
        if let Some(operation) = ended {
            self.operations.remove(&operation);
        }
    }

    fn account_wait(&mut self, now: Instant) {
        let Now::Waits(stack) = self.now else { return };
        let waited = now.saturating_duration_since(self.mark);
        self.stacks.add(stack, waited);
        self.waited += waited;
        self.now = Now::Computes;
        (self.mark, self.clock) = (now, thread_clock());
    }

    /// The script started an operation; `look` sees where.
    pub(super) fn operation_started(&mut self, operation: u32, what: &'static str, look: &Look) {
        let stack = self.stacks.index(Leaf::Wait(what), look.is_cut, &look.sites);
        self.operations.insert(operation, stack);
    }

    /// The run is over. A guest that was stopped at work still stands where it was; one that is done left the little after its last
    /// slice unseen.
    pub(super) fn ended(&mut self, now: Instant, look: &Look, was_stopped: bool) {
        let waited_for = self.waits().then(|| self.operations.first_key_value().map(|(_, stack)| *stack));
        self.account_wait(now);
        // What a limit ends is looked into, however short it was.
        self.is_thorough |= was_stopped;
        if was_stopped && self.mark < now && !look.sites.is_empty() {
            self.see(now, look);
        }
        self.count_cpu();
        let place = waited_for.unwrap_or(self.last).filter(|_| was_stopped);
        self.sample(now, look, place, true);
    }

    fn sample_if_due(&mut self, now: Instant, look: &Look, stack: Option<u32>) {
        if self.samples.is_due(now.saturating_duration_since(self.began)) {
            self.count_cpu();
            self.sample(now, look, stack, false);
        }
    }

    fn sample(&mut self, now: Instant, look: &Look, stack: Option<u32>, is_last: bool) {
        let at = now.saturating_duration_since(self.began);
        self.samples.take(at, look, stack, is_last, || self.process.read(now));
    }

    fn count_cpu(&mut self) {
        if let Some((user, system)) = &mut self.cpu_mark {
            let (user_now, system_now) = thread_cpu();
            self.samples.used(user_now.saturating_sub(*user), system_now.saturating_sub(*system));
            (*user, *system) = (user_now, system_now);
        }
    }

    /// Whether it saw enough to ask the guest what it was.
    fn is_worth_naming(&self) -> bool {
        self.is_thorough || FEW_LOOKS <= self.looks || SHORT_WAIT <= self.waited
    }

    /// The places to ask the guest about, the heaviest first, so many at most; none when there is nothing that is worth it.
    pub(super) fn sites(&self, max: usize) -> Vec<Site> {
        if self.is_worth_naming() { self.stacks.heaviest_sites(max) } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests;
