//! JSON opened only as deep as the contract names its members. One pass; what lies deeper stays the text that came.
//!
//! Members that the plan does not name are skipped or kept as text, and arrays are cut at a cap or walked entry by entry, so
//! that a small hostile document cannot become a large tree. Skipping does not recurse, so nesting depth costs no stack.
//! Of a member that stands twice the last one counts, as for `JSON.parse`.

pub(crate) mod faults;
mod opening;
pub(crate) mod section;
mod value;

use std::fmt;

use serde::de::{DeserializeSeed as _, Deserializer as _, Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

pub(crate) use value::{depth, finite, is_null, shorten, shown, string, whole_number};

use faults::{At, Faults};
use opening::Opening;

/// Deepest nesting of what is handed to the script as it is.
pub(crate) const MAX_DEPTH: usize = 128;

/// How deep to open a value.
pub(crate) enum Plan {
    /// Not at all: keep its text.
    Raw,
    /// An object: keep these members.
    Object(&'static [(&'static str, Plan)]),
    /// An object: keep these members, and the text of all others.
    Whole(&'static [(&'static str, Plan)]),
    /// An array, each of whose entries is opened so.
    Array(&'static Plan),
}

/// A value, opened by a [`Plan`].
pub(crate) enum Opened<'a> {
    /// Missing, or `null` where an object or array was planned.
    Absent,
    /// The text of a value.
    Raw(&'a RawValue),
    /// The planned members of an object.
    Object(Members<'a>),
    /// The first entries of an array, and how many it had.
    Array { entries: Vec<Opened<'a>>, total: usize },
    /// Not what was planned: what it is, for a message.
    Other(String),
}

/// The planned members of an object.
pub(crate) struct Members<'a> {
    plan: &'static [(&'static str, Plan)],
    values: Vec<Opened<'a>>,
    /// The members that were not planned, as they came: `"a":1,"b":2`. Empty unless the plan is [`Plan::Whole`].
    pub(crate) others: String,
}

impl<'a> Members<'a> {
    pub(crate) fn get(&self, key: &str) -> &Opened<'a> {
        let slot = self.plan.iter().position(|(name, _)| *name == key);
        slot.and_then(|slot| self.values.get(slot)).unwrap_or(&Opened::Absent)
    }
}

/// A document that is not JSON in UTF-8.
pub(crate) struct Malformed {
    /// What is wrong there.
    pub(crate) message: String,
    /// Line, from 1.
    pub(crate) line: usize,
    /// Column in that line, in bytes from 1.
    pub(crate) column: usize,
}

/// The body as text.
pub(crate) fn text(body: &[u8]) -> Result<&str, Malformed> {
    std::str::from_utf8(body).map_err(|error| {
        let before = body.get(..error.valid_up_to()).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let column = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
        Malformed { message: "the body is not UTF-8".to_owned(), line, column }
    })
}

/// Parses a whole document.
pub(crate) fn open<'a>(document: &'a str, plan: &'static Plan, max_entries: usize) -> Result<Opened<'a>, Malformed> {
    parse(document, plan, max_entries).map_err(|error| Malformed {
        message: without_position(&error),
        line: error.line().max(1),
        column: error.column().max(1),
    })
}

/// Opens a value that is known to be JSON and is handed to the script as it is. At fault is what JSON allows and the
/// sandbox does not bear: deep nesting, and half a surrogate pair in a key.
pub(crate) fn reopen<'a>(
    raw: &'a RawValue,
    plan: &'static Plan,
    max_entries: usize,
    at: &At<'_>,
    faults: &mut Faults,
) -> Option<Opened<'a>> {
    let depth = depth(raw.get());
    if depth > MAX_DEPTH {
        faults.add(at, format!("must be nested at most {MAX_DEPTH} levels deep, got {depth}"));
        return None;
    }
    opened(raw, plan, max_entries, at, faults)
}

/// Opens a value that is known to be JSON. Half a surrogate pair where the plan looks is at fault.
pub(crate) fn opened<'a>(
    raw: &'a RawValue,
    plan: &'static Plan,
    max_entries: usize,
    at: &At<'_>,
    faults: &mut Faults,
) -> Option<Opened<'a>> {
    parse(raw.get(), plan, max_entries)
        .map_err(|error| faults.add(at, format!("cannot be read: {}", without_position(&error))))
        .ok()
}

/// Opens an array entry by entry, so that however many there are, only one is held. Gives how many there were; at fault is
/// what is no array. Ends early once the list of faults is full: what a visitor keeps of each entry, and the time it takes, is
/// then bounded by the entries that fit.
pub(crate) fn each<'a>(
    raw: &'a RawValue,
    plan: &'static Plan,
    at: &At<'_>,
    faults: &mut Faults,
    visit: impl FnMut(&Opened<'a>, At<'_>, &mut Faults),
) -> usize {
    if !raw.get().starts_with('[') {
        faults.add(at, format!("must be an array, got {}", shown(raw)));
        return 0;
    }
    let mut deserializer = serde_json::Deserializer::from_str(raw.get());
    let walk = Walk { plan, at, faults: &mut *faults, visit };
    match deserializer.deserialize_seq(walk) {
        Ok(total) => total,
        Err(error) => {
            if !faults.is_cut() {
                faults.add(at, format!("cannot be read: {}", without_position(&error)));
            }
            0
        }
    }
}

struct Walk<'w, F> {
    plan: &'static Plan,
    at: &'w At<'w>,
    faults: &'w mut Faults,
    visit: F,
}

impl<'de, F: FnMut(&Opened<'de>, At<'_>, &mut Faults)> Visitor<'de> for Walk<'_, F> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<usize, A::Error> {
        let mut total = 0;
        while let Some(entry) = seq.next_element_seed(Opening { plan: self.plan, max_entries: 0 })? {
            if !self.faults.allow_more() {
                return Err(A::Error::custom("not read any further"));
            }
            (self.visit)(&entry, self.at.index(total), self.faults);
            total += 1;
        }
        Ok(total)
    }
}

fn parse<'a>(document: &'a str, plan: &'static Plan, max_entries: usize) -> serde_json::Result<Opened<'a>> {
    let mut deserializer = serde_json::Deserializer::from_str(document);
    let opened = Opening { plan, max_entries }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(opened)
}

/// serde_json ends its messages with the position, which is reported on its own.
pub(crate) fn without_position(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message).to_owned()
}
