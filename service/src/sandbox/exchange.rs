//! The one exchange with the guest: the state of an instance, and the imports through which everything crosses.
//!
//! Nothing a guest says is used before it is compared with a bound: pointers and lengths against its own memory, message
//! sizes against caps, and only then is anything copied.

use std::time::{Duration, Instant};

use arbex_abi::peek::Peek;
use arbex_abi::{Completion, ConsoleLevel, IMPORT_MODULE, Op, decode};
use wasmtime::{AsContextMut, Caller, Linker, Memory, Result, format_err};

use super::console::Console;
use super::instance::FUEL_SLICE;
use super::limits::MemoryLimiter;
use super::peek::{self, Look};
use super::profiler::{Profiler, Slices};
use crate::bridge::Bridge;

/// The head of a reply: messages and stacks, each cut by the guest to 16 KiB, or so many places with a name each.
const MAX_HEAD_BYTES: u32 = 1024 * 1024;

/// An operation: at most an index and two short options.
const MAX_OP_BYTES: u32 = 64 * 1024;

/// Copying is about this much faster than computing.
const BYTES_A_FUEL_UNIT: u64 = 8;

/// The longest a guest may ask to wait at once, in milliseconds: a day, far above any deadline.
const MAX_WAIT_MS: f64 = 86_400_000.0;

/// Everything the host holds for one instance.
pub(super) struct Guest {
    /// The guest's memory, known once it is instantiated.
    pub memory: Option<Memory>,
    pub limiter: MemoryLimiter,
    pub console: Console,
    pub bridge: Bridge,
    /// The message that `take` copies.
    pub waiting: Vec<u8>,
    /// The reply, once it is there.
    pub reply: Option<RawReply>,
    /// Longest body of a reply, in bytes.
    pub max_body_bytes: u32,
    pub stderr: Vec<u8>,
    /// Who is told of waits, where the run is profiled.
    pub profiled: Option<Profiled>,
}

/// What a guest that is profiled has beside.
pub(super) struct Profiled {
    pub profiler: Profiler,
    /// Where to look.
    pub peek: Peek,
    /// Fuel for bytes that the host moved, not taken yet.
    pub owed_fuel: u64,
    pub slices: Slices,
}

impl Guest {
    /// Fuel that is used up and not taken yet.
    pub(super) fn owed_fuel(&self) -> u64 {
        self.profiled.as_ref().map_or(0, |profiled| profiled.owed_fuel)
    }
}

/// A reply as it came: bounded, not yet decoded.
#[derive(Debug)]
pub(super) struct RawReply {
    pub head: Vec<u8>,
    pub body: Vec<u8>,
}

/// Link the imports of `arbex-abi`.
pub(super) fn link(linker: &mut Linker<Guest>) -> Result<()> {
    linker.func_wrap(IMPORT_MODULE, "take", take)?;
    linker.func_wrap(IMPORT_MODULE, "console", console)?;
    linker.func_wrap(IMPORT_MODULE, "start", start)?;
    linker.func_wrap_async(IMPORT_MODULE, "wait", |caller, (timeout_ms,)| Box::new(wait(caller, timeout_ms)))?;
    linker.func_wrap(IMPORT_MODULE, "reply", reply)?;
    linker.func_wrap(IMPORT_MODULE, "turn", turn)?;
    Ok(())
}

/// The guest's memory and our state, both to be written.
pub(super) fn memory_of<'a>(caller: &'a mut Caller<'_, Guest>) -> Option<(&'a mut [u8], &'a mut Guest)> {
    let memory = caller.data().memory?;
    Some(memory.data_and_store_mut(caller))
}

fn memory<'a>(caller: &'a mut Caller<'_, Guest>) -> Result<(&'a mut [u8], &'a mut Guest)> {
    memory_of(caller).ok_or_else(|| format_err!("the guest has no memory yet"))
}

/// `len` bytes at `at`, if they are the guest's and not more than `max`.
fn slice(memory: &[u8], at: u32, len: u32, max: u32) -> Result<&[u8]> {
    if max < len {
        return Err(format_err!("a message of {len} bytes is over its bound of {max}"));
    }
    let bytes = memory.get(at as usize..).and_then(|rest| rest.get(..len as usize));
    bytes.ok_or_else(|| format_err!("{len} bytes at {at} are not the guest's"))
}

fn take(mut caller: Caller<'_, Guest>, at: u32) -> Result<()> {
    let (memory, guest) = memory(&mut caller)?;
    let message = std::mem::take(&mut guest.waiting);
    let place = memory.get_mut(at as usize..).and_then(|rest| rest.get_mut(..message.len()));
    place.ok_or_else(|| format_err!("{} bytes at {at} are not the guest's", message.len()))?.copy_from_slice(&message);
    Ok(())
}

fn console(mut caller: Caller<'_, Guest>, level: u32, at: u32, len: u32) -> Result<u32> {
    let (memory, guest) = memory(&mut caller)?;
    let level = ConsoleLevel::from_wire(level).ok_or_else(|| format_err!("no console level {level}"))?;
    let message = slice(memory, at, len, u32::MAX)?;
    let kept = message.get(..guest.console.room_bytes()).unwrap_or(message);
    let more = guest.console.push(level, kept, u64::from(len)).map_err(|_| format_err!("console limit"))?;
    Ok(u32::from(more))
}

/// Id 0: too many operations are under way; the guest throws.
fn start(mut caller: Caller<'_, Guest>, at: u32, len: u32) -> Result<u32> {
    let (memory, guest) = memory(&mut caller)?;
    let op: Op<'_> =
        decode(slice(memory, at, len, MAX_OP_BYTES)?).map_err(|error| format_err!("an operation: {error}"))?;
    let id = guest.bridge.start(&op);
    if let (Some(Profiled { profiler, peek, .. }), true) = (&guest.profiled, Bridge::is_under_way(id)) {
        let look = peek::look(memory, peek);
        profiler.tell(|profiler| profiler.operation_started(id, guest.bridge.name_of(&op), &look));
    }
    Ok(id)
}

async fn wait(mut caller: Caller<'_, Guest>, timeout_ms: f64) -> Result<u32> {
    // Not a number, or negative: no timeout. The run's deadline bounds the wait all the same.
    let timeout = (0.0 <= timeout_ms).then(|| Duration::from_secs_f64(timeout_ms.min(MAX_WAIT_MS) / 1e3));
    tell(&mut caller, |profiler, look| profiler.tell(|profiler| profiler.wait_begins(Instant::now(), look)));
    let completion = caller.data_mut().bridge.next(timeout).await;
    // An operation may have been ready at once: a script that does nothing else must let others on, and meet its deadline.
    tokio::task::yield_now().await;
    let ended = completion.as_deref().and_then(Completion::id_of);
    tell(&mut caller, |profiler, look| profiler.tell(|profiler| profiler.wait_ends(Instant::now(), look, ended)));
    let Some(completion) = completion else { return Ok(0) };
    let len = u32::try_from(completion.len()).map_err(|_| format_err!("a completion of {} bytes", completion.len()))?;
    charge(&mut caller, len)?;
    caller.data_mut().waiting = completion;
    Ok(len)
}

/// Tell the profiler, where there is one, with the amounts of the moment.
fn tell(caller: &mut Caller<'_, Guest>, what: impl FnOnce(&Profiler, &Look)) {
    let Some((memory, guest)) = memory_of(caller) else { return };
    if let Some(Profiled { profiler, peek, .. }) = &guest.profiled {
        what(profiler, &peek::glance(memory, peek));
    }
}

/// Take fuel for `bytes` that the host moves for the guest: a budget that a script can dodge by letting us work is none. To take
/// fuel begins a new slice, and a profile that began anew at each completion would never see what comes soon after one: a profiled
/// guest pays when it owes a slice.
fn charge(caller: &mut Caller<'_, Guest>, bytes: u32) -> Result<()> {
    let mut fuel = u64::from(bytes) / BYTES_A_FUEL_UNIT;
    if let Some(profiled) = &mut caller.data_mut().profiled {
        profiled.owed_fuel += fuel;
        if profiled.owed_fuel < FUEL_SLICE {
            return Ok(());
        }
        fuel = std::mem::take(&mut profiled.owed_fuel);
    }
    let left = caller.get_fuel()?;
    caller.set_fuel(left.saturating_sub(fuel))
}

/// A guest that is profiled goes on after a slice: this one has another length.
fn turn(mut caller: Caller<'_, Guest>) -> Result<()> {
    let (memory, guest) = memory(&mut caller)?;
    let Some(Profiled { peek, slices, .. }) = &mut guest.profiled else { return Ok(()) };
    let fuel = slices.next_fuel();
    peek::store_places(memory, peek);
    caller.as_context_mut().fuel_async_yield_interval(Some(fuel))?;
    let left = caller.get_fuel()?;
    caller.set_fuel(left)
}

fn reply(mut caller: Caller<'_, Guest>, head_at: u32, head_len: u32, body_at: u32, body_len: u32) -> Result<()> {
    let (memory, guest) = memory(&mut caller)?;
    if guest.reply.is_some() {
        return Err(format_err!("a second reply"));
    }
    let head = slice(memory, head_at, head_len, MAX_HEAD_BYTES)?.to_vec();
    let body = slice(memory, body_at, body_len, guest.max_body_bytes)?.to_vec();
    guest.reply = Some(RawReply { head, body });
    Ok(())
}
