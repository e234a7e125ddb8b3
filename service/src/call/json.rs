//! JSON opened only as deep as the contract names its members. One pass; what lies deeper stays the text that came.
//!
//! Members that the plan does not name are skipped and arrays are cut at a cap, so that a small hostile body cannot
//! become a large tree. Skipping does not recurse, so nesting depth costs no stack.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Rejection;
use super::faults::{At, Faults};

/// Deepest nesting of what is handed to the script as it is.
pub(super) const MAX_DEPTH: usize = 128;

/// Characters of a received value that a message shows.
const SHOWN_CHARS: usize = 40;

/// How deep to open a value.
pub(super) enum Plan {
    /// Not at all: keep its text.
    Raw,
    /// An object: keep these members.
    Object(&'static [(&'static str, Plan)]),
    /// An array, each of whose entries is opened so.
    Array(&'static Plan),
}

/// A value, opened by a [`Plan`].
pub(super) enum Opened<'a> {
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
pub(super) struct Members<'a> {
    plan: &'static [(&'static str, Plan)],
    values: Vec<Opened<'a>>,
}

impl<'a> Members<'a> {
    pub(super) fn get(&self, key: &str) -> &Opened<'a> {
        let slot = self.plan.iter().position(|(name, _)| *name == key);
        slot.and_then(|slot| self.values.get(slot)).unwrap_or(&Opened::Absent)
    }
}

/// The body as text.
pub(super) fn text(body: &[u8]) -> Result<&str, Rejection> {
    std::str::from_utf8(body).map_err(|error| {
        let before = body.get(..error.valid_up_to()).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let column = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
        Rejection::Malformed { message: "the body is not UTF-8".to_owned(), line, column }
    })
}

/// Parses a whole document.
pub(super) fn open<'a>(document: &'a str, plan: &'static Plan, max_entries: usize) -> Result<Opened<'a>, Rejection> {
    parse(document, plan, max_entries).map_err(|error| Rejection::Malformed {
        message: without_position(&error),
        line: error.line().max(1),
        column: error.column().max(1),
    })
}

/// Opens a value that is known to be JSON and is handed to the script as it is. At fault is what JSON allows and the
/// sandbox does not bear: deep nesting, and half a surrogate pair in a key.
pub(super) fn reopen<'a>(
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
    parse(raw.get(), plan, max_entries)
        .map_err(|error| faults.add(at, format!("cannot be read: {}", without_position(&error))))
        .ok()
}

fn parse<'a>(document: &'a str, plan: &'static Plan, max_entries: usize) -> serde_json::Result<Opened<'a>> {
    let mut deserializer = serde_json::Deserializer::from_str(document);
    let opened = Opening { plan, max_entries }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(opened)
}

/// serde_json ends its messages with the position, which is reported on its own.
pub(super) fn without_position(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message).to_owned()
}

struct Opening {
    plan: &'static Plan,
    max_entries: usize,
}

impl<'de> DeserializeSeed<'de> for Opening {
    type Value = Opened<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Opened<'de>, D::Error> {
        match self.plan {
            Plan::Raw => <&RawValue>::deserialize(deserializer).map(Opened::Raw),
            Plan::Object(_) | Plan::Array(_) => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Opening {
    type Value = Opened<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Opened<'de>, A::Error> {
        let Plan::Object(plan) = self.plan else {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Opened::Other("an object".to_owned()));
        };
        let mut values: Vec<_> = plan.iter().map(|_| Opened::Absent).collect();
        while let Some(slot) = map.next_key_seed(Slot(plan))? {
            let planned = slot.and_then(|slot| Some((plan.get(slot)?, values.get_mut(slot)?)));
            if let Some(((_, plan), value)) = planned {
                *value = map.next_value_seed(Opening { plan, max_entries: self.max_entries })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Opened::Object(Members { plan, values }))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Opened<'de>, A::Error> {
        let Plan::Array(plan) = self.plan else {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Opened::Other("an array".to_owned()));
        };
        let mut entries = Vec::new();
        while entries.len() < self.max_entries {
            match seq.next_element_seed(Opening { plan, max_entries: self.max_entries })? {
                Some(entry) => entries.push(entry),
                None => return Ok(Opened::Array { total: entries.len(), entries }),
            }
        }
        let mut total = entries.len();
        while seq.next_element::<IgnoredAny>()?.is_some() {
            total += 1;
        }
        Ok(Opened::Array { entries, total })
    }

    fn visit_unit<E: Error>(self) -> Result<Opened<'de>, E> {
        Ok(Opened::Absent)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Opened<'de>, E> {
        Ok(Opened::Other(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Opened<'de>, E> {
        Ok(Opened::Other(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Opened<'de>, E> {
        Ok(Opened::Other(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Opened<'de>, E> {
        Ok(Opened::Other(value.to_string()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Opened<'de>, E> {
        Ok(Opened::Other(format!("the string \"{}\"", shorten(value))))
    }
}

/// Reads a key as its place in a plan, without keeping it.
struct Slot(&'static [(&'static str, Plan)]);

impl<'de> DeserializeSeed<'de> for Slot {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Slot {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Option<usize>, E> {
        Ok(self.0.iter().position(|(name, _)| *name == key))
    }
}

pub(super) fn is_null(raw: &RawValue) -> bool {
    raw.get() == "null"
}

/// A JSON string as text; `None` when it is another type, an error when half a surrogate pair stands in it.
pub(super) fn string(raw: &RawValue) -> Option<Result<Cow<'_, str>, String>> {
    let inner = raw.get().strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Ok(Cow::Borrowed(inner)));
    }
    Some(serde_json::from_str::<String>(raw.get()).map(Cow::Owned).map_err(|error| without_position(&error)))
}

/// A number without a fraction, however it is written (`5`, `5.0`, `5e0`).
pub(super) fn whole_number(raw: &RawValue) -> Option<i128> {
    /// Above it, a number with a fraction part or exponent no longer stands for one integer.
    const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

    if let Ok(number) = raw.get().parse::<i64>() {
        return Some(number.into());
    }
    if !raw.get().starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return None;
    }
    if let Ok(number) = raw.get().parse::<u64>() {
        return Some(number.into());
    }
    let number = raw.get().parse::<f64>().ok()?;
    (number.fract() == 0.0 && number.abs() <= MAX_EXACT).then_some(number as i128)
}

/// A value for a message: its type for what is large, else its text, shortened.
pub(super) fn shown(raw: &RawValue) -> String {
    match raw.get().as_bytes().first() {
        Some(b'{') => "an object".to_owned(),
        Some(b'[') => "an array".to_owned(),
        _ => shorten(raw.get()).into_owned(),
    }
}

/// The beginning of a text that came from outside.
pub(super) fn shorten(text: &str) -> Cow<'_, str> {
    if text.len() <= SHOWN_CHARS || text.chars().nth(SHOWN_CHARS).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().take(SHOWN_CHARS).chain(['…']).collect())
}

/// How many objects and arrays are open at the deepest place of a JSON text.
pub(super) fn depth(json: &str) -> usize {
    let mut bytes = json.bytes();
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'"' => break,
                        b'\\' => _ = bytes.next(),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    deepest
}
