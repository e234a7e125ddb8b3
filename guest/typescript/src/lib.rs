//! The module that takes types out of a script. It has no imports: a script is put into its memory, `strip` is called once,
//! and a reply lies there. Whatever a script does to the parser, it does in a memory that is thrown away: a stack that runs
//! out, memory without end, a panic are all traps.

mod findings;
mod look;
mod strip;

use arbex_typescript_abi::{Reply, encode, pack};

/// Room for a script of `len` bytes.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(len: u32) -> *mut u8 {
    Box::into_raw(vec![0u8; len as usize].into_boxed_slice()).cast()
}

/// Read the script of `len` bytes that was written to `at`; gives the place of the [`Reply`], packed.
///
/// # Safety
///
/// `at` came from `allocate(len)`, and is given back here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn strip(at: *mut u8, len: u32) -> u64 {
    // SAFETY: the caller's promise.
    let bytes = unsafe { Vec::from_raw_parts(at, len as usize, len as usize) };
    let Ok(source) = String::from_utf8(bytes) else { std::process::abort() };
    let outcome = strip::strip(&source);
    let reply = match &outcome {
        Ok(strip::Stripped { text, patterns }) => Reply::Read { stripped: text.as_deref(), patterns: patterns.clone() },
        Err(findings) => Reply::Rejected(findings.clone()),
    };
    let Ok(reply) = encode(&reply) else { std::process::abort() };
    let place = pack(reply.as_ptr() as usize as u32, reply.len() as u32);
    // The memory ends with this call.
    std::mem::forget(reply);
    place
}
