//! The names of the engine's own functions, which frames of profiles are called by. They are the same in all instances, so an instance
//! of its own is asked for them, once, when a profile first wants them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::OnceCell;

use super::instance::Stage;
use super::peek::Site;
use super::{Sandbox, instance, reply};
use crate::bridge::Bridge;

const MEMORY_BYTES: u64 = 16 * 1024 * 1024;

/// It takes two milliseconds; this is for a machine that has no processor to give.
const TIME: Duration = Duration::from_millis(250);

/// By the numbers that their frames have.
pub(super) type Names = HashMap<Site, Box<str>>;

/// What is known of them.
#[derive(Debug, Default)]
pub(super) struct Builtins(OnceCell<Names>);

impl Builtins {
    /// Their names; none when there is no room to ask now.
    pub(super) async fn names(&self, sandbox: &Sandbox) -> Option<&Names> {
        self.0.get_or_try_init(async || ask(sandbox).await.ok_or(())).await.ok()
    }
}

async fn ask(sandbox: &Sandbox) -> Option<Names> {
    let began = Instant::now();
    let stage = Stage {
        memory_bytes: MEMORY_BYTES,
        max_body_bytes: 0,
        timeout_ms: TIME.as_millis() as u64,
        began,
        deadline: began + TIME,
        profiler: None,
    };
    let bridge = Bridge::new(Vec::new(), Arc::clone(&sandbox.fetcher), None);
    let finished = instance::call(sandbox, bridge, &stage, "builtins", Vec::new()).await.ok()?;
    reply::builtins(finished.reply)
}
