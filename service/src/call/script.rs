//! The text of a script that was checked.

use std::sync::Arc;

use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::faults::{At, Faults};
use super::section;

/// Source text, JavaScript or TypeScript: not blank, and not longer than the request and the operator allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script(Arc<str>);

impl Script {
    /// The source text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// SHA-256 of the UTF-8 of the source text; computed at each call.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// Messages never quote the script: they end up in logs and on screens.
    pub(super) fn check(raw: &RawValue, max_chars: u64, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let text = section::text(raw, at, faults)?;
        if text.trim().is_empty() {
            faults.add(at, "must be JavaScript that defines run(ctx), got blank text");
            return None;
        }
        let chars = utf16_length(&text, max_chars);
        if chars > max_chars {
            let message = format!("must be at most {max_chars} characters (UTF-16 code units) long, got {chars}");
            faults.add(at, message);
            return None;
        }
        Some(Self(text.into()))
    }
}

/// What `text.length` is in JavaScript. A text whose bytes already fit is not counted: it never has more code units
/// than bytes.
fn utf16_length(text: &str, bound: u64) -> u64 {
    if text.len() as u64 <= bound {
        return text.len() as u64;
    }
    text.chars().map(|char| char.len_utf16() as u64).sum()
}
