//! The three calls of WASI that the guest has left: clock, random bytes, and a diagnostic standard error.

use std::time::{SystemTime, UNIX_EPOCH};

use wasmtime::{Caller, Linker, Result};

use super::exchange::{Guest, memory_of};

const MODULE: &str = "wasi_snapshot_preview1";
const SUCCESS: i32 = 0;
const ERRNO_BADF: i32 = 8;
const ERRNO_FAULT: i32 = 21;
const ERRNO_IO: i32 = 29;
const STDERR: i32 = 2;

/// What is kept of standard error: it only ever holds the last words of a guest that fails.
const MAX_STDERR_BYTES: usize = 4096;

/// At most this many pieces of one write are looked at.
const MAX_PIECES: i32 = 16;

/// Random bytes for one request: seeds are eight.
const MAX_RANDOM_BYTES: usize = 256;

pub(super) fn link(linker: &mut Linker<Guest>) -> Result<()> {
    linker.func_wrap(MODULE, "clock_time_get", clock_time_get)?;
    linker.func_wrap(MODULE, "random_get", random_get)?;
    linker.func_wrap(MODULE, "fd_write", fd_write)?;
    Ok(())
}

/// Every clock is the wall clock in whole milliseconds: a finer one would be a stopwatch for attacks.
fn clock_time_get(mut caller: Caller<'_, Guest>, _clock: i32, _precision: i64, out: i32) -> i32 {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
    write(&mut caller, out, &(millis * 1_000_000).to_le_bytes())
}

fn random_get(mut caller: Caller<'_, Guest>, out: i32, len: i32) -> i32 {
    let mut bytes = [0u8; MAX_RANDOM_BYTES];
    let Some(bytes) = bytes.get_mut(..len as u32 as usize) else { return ERRNO_FAULT };
    if getrandom::fill(bytes).is_err() {
        return ERRNO_IO;
    }
    write(&mut caller, out, bytes)
}

fn fd_write(mut caller: Caller<'_, Guest>, fd: i32, pieces: i32, count: i32, written: i32) -> i32 {
    if fd != STDERR {
        return ERRNO_BADF;
    }
    let Some((memory, guest)) = memory_of(&mut caller) else { return ERRNO_FAULT };
    let number = |at: usize| Some(u32::from_le_bytes(*memory.get(at..)?.first_chunk::<4>()?));
    let mut total = 0u32;
    for index in 0..count.clamp(0, MAX_PIECES) {
        let at = (pieces as u32 as usize).saturating_add(index as usize * 8);
        let piece = number(at).zip(number(at.saturating_add(4)));
        let Some(text) = piece.and_then(|(at, len)| memory.get(at as usize..)?.get(..len as usize)) else {
            return ERRNO_FAULT;
        };
        let room = MAX_STDERR_BYTES.saturating_sub(guest.stderr.len());
        guest.stderr.extend_from_slice(text.get(..room).unwrap_or(text));
        total = total.saturating_add(text.len() as u32);
    }
    write(&mut caller, written, &total.to_le_bytes())
}

fn write(caller: &mut Caller<'_, Guest>, at: i32, bytes: &[u8]) -> i32 {
    let place = memory_of(caller).and_then(|(memory, _)| memory.get_mut(at as u32 as usize..)?.get_mut(..bytes.len()));
    match place {
        Some(place) => {
            place.copy_from_slice(bytes);
            SUCCESS
        }
        None => ERRNO_FAULT,
    }
}
