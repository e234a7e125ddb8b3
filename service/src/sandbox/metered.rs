//! A call of the guest under its deadline.
//!
//! The guest's future is pending in two cases: a slice of fuel is used up (it has woken itself and only makes room for
//! others), or it waits for the host. In both the clock is looked at; only a future that was pending once needs a timer.
//!
//! A guest that is profiled is looked at, at the end of each slice.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use arbex_abi::peek::Peek;
use tokio::time::Sleep;

use super::peek::{self, Window};
use super::profiler::Profiler;

/// The deadline passed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Elapsed;

/// `call` until `deadline`. Dropped, or late, the guest's stack is unwound and its instance can be dropped.
pub(super) async fn until<F: Future>(deadline: Instant, call: F) -> Result<F::Output, Elapsed> {
    let call = std::pin::pin!(call);
    Metered { call, deadline, timer: None, watch: None }.await
}

/// [`until`], watched.
pub(super) async fn watched<F: Future>(deadline: Instant, call: F, watch: Watch<'_>) -> Result<F::Output, Elapsed> {
    let call = std::pin::pin!(call);
    Metered { call, deadline, timer: None, watch: Some(watch) }.await
}

/// Looks at a guest between its slices, for a profiler.
pub(super) struct Watch<'s> {
    pub profiler: Profiler,
    pub peek: Peek,
    pub window: Window<'s>,
}

impl Watch<'_> {
    /// The guest stands still: it waits, or a slice of it ended.
    fn pending(&self, now: Instant) {
        if !self.profiler.tell(|profiler| profiler.waits()) {
            let look = peek::look(&self.window, &self.peek);
            self.window.ask_for_turn(&self.peek);
            self.profiler.tell(|profiler| profiler.slice_ended(now, &look));
        }
    }
}

struct Metered<'a, 's, F> {
    call: Pin<&'a mut F>,
    deadline: Instant,
    timer: Option<Pin<Box<Sleep>>>,
    watch: Option<Watch<'s>>,
}

impl<F: Future> Metered<'_, '_, F> {
    /// The call's output, or why there is none yet.
    fn advance(&mut self, context: &mut Context<'_>) -> Poll<Result<F::Output, Elapsed>> {
        if let Poll::Ready(output) = self.call.as_mut().poll(context) {
            return Poll::Ready(Ok(output));
        }
        let now = Instant::now();
        if let Some(watch) = &self.watch {
            watch.pending(now);
        }
        // The timer wakes whoever waits; a guest that computes is ended by the clock itself, because the runtime looks at
        // its timers too rarely while the workers are busy.
        if self.deadline <= now {
            return Poll::Ready(Err(Elapsed));
        }
        Poll::Pending
    }
}

impl<F: Future> Future for Metered<'_, '_, F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Some(watch) = &this.watch {
            watch.profiler.tell(|profiler| profiler.resumed(Instant::now()));
        }
        let mut advanced = this.advance(context);
        if advanced.is_pending() {
            let deadline = this.deadline;
            let timer = this.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline.into())));
            advanced = timer.as_mut().poll(context).map(|()| Err(Elapsed));
        }
        if let (Poll::Pending, Some(watch)) = (&advanced, &this.watch) {
            watch.profiler.tell(|profiler| profiler.yielded());
        }
        advanced
    }
}
