//! The wire between the host and the module that strips types: a script goes in, one [`Reply`] comes out.
//!
//! Exports the module gives; it has no imports:
//!
//! | export | shape | meaning |
//! |---|---|---|
//! | `allocate` | `(len) -> at` | room for a script of `len` bytes |
//! | `strip` | `(at, len) -> place` | read the script there; gives where its reply lies, as [`pack`] has it |
//!
//! Replies are `postcard` and are compiled into both sides from here. The host trusts nothing in them.

extern crate alloc;

use serde::{Deserialize, Serialize};

/// The most findings of one script: whoever has this many begins with the first.
pub const MAX_FINDINGS: usize = 20;

/// The most patterns that are told of: looking for a wrong one stops there.
pub const MAX_PATTERNS: usize = 1000;

/// What came of a script.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply<'a> {
    /// It parses.
    Read {
        /// The text without types, byte for byte as long as the script, with every line where it was. None: there was
        /// nothing to take out, it is plain JavaScript as far as the parser can see.
        stripped: Option<&'a str>,
        /// Its regular expressions, at most [`MAX_PATTERNS`]: the parser does not look into them, and QuickJS does not say
        /// where a wrong one stands.
        patterns: alloc::vec::Vec<Piece>,
    },
    /// It does not parse, or says what only a compiler could run; in the order of the script, at most [`MAX_FINDINGS`].
    #[serde(borrow)]
    Rejected(alloc::vec::Vec<Finding<'a>>),
}

/// A piece of a script, in bytes from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Where it begins.
    pub from: u32,
    /// Where what follows begins.
    pub to: u32,
}

/// Something wrong with a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding<'a> {
    /// For the script's author.
    pub message: alloc::borrow::Cow<'a, str>,
    /// Where in the script, in bytes from its beginning.
    pub offset: u32,
}

/// Where `len` bytes at `at` lie, in one number.
pub fn pack(at: u32, len: u32) -> u64 {
    u64::from(at) << 32 | u64::from(len)
}

/// The inverse of [`pack`]: `(at, len)`.
pub fn unpack(place: u64) -> (u32, u32) {
    ((place >> 32) as u32, place as u32)
}

/// Encode a reply.
pub fn encode(reply: &Reply<'_>) -> Result<alloc::vec::Vec<u8>, postcard::Error> {
    postcard::to_allocvec(reply)
}

/// Decode a reply that fills `bytes` exactly.
pub fn decode(bytes: &[u8]) -> Result<Reply<'_>, postcard::Error> {
    match postcard::take_from_bytes(bytes)? {
        (reply, []) => Ok(reply),
        _ => Err(postcard::Error::DeserializeBadEncoding),
    }
}
