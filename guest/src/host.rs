//! The imports, each behind a safe function. The host checks every pointer against our memory.

use arbex_abi::{ConsoleLevel, Op};
use serde::Serialize;

mod raw {
    #[link(wasm_import_module = "arbex")]
    unsafe extern "C" {
        pub fn take(ptr: *mut u8);
        pub fn console(level: u32, ptr: *const u8, len: u32) -> u32;
        pub fn start(ptr: *const u8, len: u32) -> u32;
        pub fn wait(timeout_ms: f64) -> u32;
        pub fn reply(head: *const u8, head_len: u32, body: *const u8, body_len: u32);
    }
}

/// The message of `len` bytes that waits at the host. One byte more is allocated and left zero: QuickJS wants texts that
/// it parses in place to end so, and this saves it a copy.
pub fn take(len: u32) -> Message {
    let mut buffer = vec![0u8; len as usize + 1];
    // SAFETY: the buffer holds `len` bytes, as many as the host writes.
    unsafe { raw::take(buffer.as_mut_ptr()) };
    Message { buffer }
}

/// A message from the host, with a zero after its end.
pub struct Message {
    buffer: Vec<u8>,
}

impl Message {
    /// The message itself.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[..self.buffer.len() - 1]
    }

    /// The message and the zero after it.
    pub fn bytes_with_nul(&self) -> &[u8] {
        &self.buffer
    }
}

/// Hand over one console entry. False: the caps are reached, and nothing more will be kept.
pub fn console(level: ConsoleLevel, message: &[u8]) -> bool {
    // SAFETY: pointer and length of a live slice.
    unsafe { raw::console(level as u32, message.as_ptr(), message.len() as u32) != 0 }
}

/// Begin a host operation; gives its id.
pub fn start(op: &Op<'_>) -> u32 {
    let bytes = encode(op);
    // SAFETY: pointer and length of a live buffer.
    unsafe { raw::start(bytes.as_ptr(), bytes.len() as u32) }
}

/// Wait until an operation ends or `timeout_ms` has passed (negative: no timeout).
pub fn wait(timeout_ms: f64) -> Option<Message> {
    // SAFETY: takes a number, gives a number.
    match unsafe { raw::wait(timeout_ms) } {
        0 => None,
        len => Some(take(len)),
    }
}

/// The one reply of a call.
pub fn reply<T: Serialize>(head: &T, body: &[u8]) {
    let head = encode(head);
    // SAFETY: pointers and lengths of live buffers.
    unsafe { raw::reply(head.as_ptr(), head.len() as u32, body.as_ptr(), body.len() as u32) }
}

/// Encoding the wire's own types into memory has no way to fail; if it did, an empty message is refused by the host.
fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    arbex_abi::encode(message).unwrap_or_default()
}

/// The bytecode of an SDK module. Only while the snapshot is made: `preinit` answers `start` with a module's name in it.
pub fn sdk_module(name: &str) -> Option<Message> {
    // SAFETY: pointer and length of live text.
    unsafe { raw::start(name.as_ptr(), name.len() as u32) };
    wait(-1.0)
}

/// Eight random bytes of the host.
pub fn random_u64() -> u64 {
    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    unsafe extern "C" {
        fn random_get(buffer: *mut u8, len: usize) -> u16;
    }
    let mut bytes = [0u8; 8];
    // SAFETY: random_get fills the buffer it is given. Its errno is of no use here: the host's cannot fail.
    unsafe { random_get(bytes.as_mut_ptr(), bytes.len()) };
    u64::from_le_bytes(bytes)
}
