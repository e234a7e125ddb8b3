//! What is asked of a guest when its run is over: where it was when a limit ended it, and what the places are called that its
//! profile names. Both are courtesies of an instance that is about to go, under small bounds of their own: any failure means that
//! there is no answer.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use arbex_abi::DescribeRequest;
use wasmtime::{Instance, Store};

use super::exchange::{Guest, RawReply};
use super::instance::StackPointer;
use super::metered;
use super::peek::Site;
use super::profiler::Described;
use super::reply;
use crate::run::Place;

/// For a place, which is a walk over a stack; and for names, which is one over all of a program: it is enough for a megabyte and
/// thirty thousand functions.
const LOCATE_FUEL: u64 = 20_000_000;
const DESCRIBE_FUEL: u64 = 60_000_000;
const MEMORY_BYTES: u64 = 4 * 1024 * 1024;
const STACK_PAGES: u64 = 2;
/// The fuel is used up long before; this is for a machine that has no processor to give.
const TIME: Duration = Duration::from_millis(250);

/// Most places that are described at once.
pub(super) const MAX_SITES: usize = arbex_abi::MAX_DESCRIBED_SITES;

/// Ask where the script was when it was stopped.
pub(super) async fn locate(store: &mut Store<Guest>, instance: &Instance, pointer: &StackPointer) -> Place {
    let asked = async {
        prepare(store, pointer, LOCATE_FUEL).await?;
        let locate = instance.get_typed_func::<(), ()>(&mut *store, "locate").ok()?;
        locate.call_async(&mut *store, ()).await.ok()?;
        store.data_mut().reply.take()
    };
    reply::place(within_time(asked).await)
}

/// Ask what `sites` are.
pub(super) async fn describe(
    store: &mut Store<Guest>,
    instance: &Instance,
    pointer: &StackPointer,
    sites: Vec<Site>,
) -> HashMap<Site, Described> {
    if sites.is_empty() {
        return HashMap::new();
    }
    let request = DescribeRequest { sites };
    let asked = async {
        let message = arbex_abi::encode(&request).ok()?;
        let len = u32::try_from(message.len()).ok()?;
        prepare(store, pointer, DESCRIBE_FUEL).await?;
        store.data_mut().waiting = message;
        let describe = instance.get_typed_func::<u32, ()>(&mut *store, "describe").ok()?;
        describe.call_async(&mut *store, len).await.ok()?;
        store.data_mut().reply.take()
    };
    let described = reply::described(within_time(asked).await);
    request.sites.into_iter().zip(described).collect()
}

async fn within_time(asked: impl Future<Output = Option<RawReply>>) -> Option<RawReply> {
    metered::until(Instant::now() + TIME, asked).await.ok().flatten()
}

/// Room for one question. The stack is put into fresh memory: what is on the old one may be what is asked about, and there may be
/// no room left on it.
async fn prepare(store: &mut Store<Guest>, pointer: &StackPointer, fuel: u64) -> Option<()> {
    let guest = store.data_mut();
    guest.limiter.allow_epilogue(MEMORY_BYTES);
    guest.reply = None;
    store.set_fuel(fuel).ok()?;
    let memory = store.data().memory?;
    memory.grow_async(&mut *store, STACK_PAGES).await.ok()?;
    let top = u32::try_from(memory.data_size(&*store)).ok()?;
    pointer.set(store, top)
}
