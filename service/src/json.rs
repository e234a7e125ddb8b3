//! JSON opened only as deep as the contract names its members. One pass; what lies deeper stays the text that came.
//!
//! Members that the plan does not name are skipped or kept as text, and arrays are cut at a cap or walked entry by entry, so
//! that a small hostile document cannot become a large tree. Skipping does not recurse, so nesting depth costs no stack.
//! Of a member that stands twice the last one counts, as for `JSON.parse`.

pub(crate) mod faults;
pub(crate) mod section;
mod value;

use std::fmt;

use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

pub(crate) use value::{depth, finite, is_null, shorten, shown, string, whole_number};

use faults::{At, Faults};

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
/// what is no array.
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
            faults.add(at, format!("cannot be read: {}", without_position(&error)));
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

struct Opening {
    plan: &'static Plan,
    max_entries: usize,
}

impl Opening {
    /// Keys are read as they are spelt: the others keep their spelling, half a surrogate pair included.
    fn whole<'de, A: MapAccess<'de>>(
        self,
        plan: &'static [(&'static str, Plan)],
        mut map: A,
    ) -> Result<Opened<'de>, A::Error> {
        let mut values: Vec<_> = plan.iter().map(|_| Opened::Absent).collect();
        let mut others = String::new();
        while let Some(key) = map.next_key::<&RawValue>()? {
            let name = string(key).and_then(Result::ok);
            let slot = name.and_then(|name| plan.iter().position(|(planned, _)| *planned == name));
            let planned = slot.and_then(|slot| Some((plan.get(slot)?, values.get_mut(slot)?)));
            if let Some(((_, plan), value)) = planned {
                *value = map.next_value_seed(Opening { plan, max_entries: self.max_entries })?;
                continue;
            }
            let value = map.next_value::<&RawValue>()?;
            if !others.is_empty() {
                others.push(',');
            }
            others.extend([key.get(), ":", value.get()]);
        }
        Ok(Opened::Object(Members { plan, values, others }))
    }
}

impl<'de> DeserializeSeed<'de> for Opening {
    type Value = Opened<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Opened<'de>, D::Error> {
        match self.plan {
            Plan::Raw => <&RawValue>::deserialize(deserializer).map(Opened::Raw),
            Plan::Object(_) | Plan::Whole(_) | Plan::Array(_) => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Opening {
    type Value = Opened<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Opened<'de>, A::Error> {
        let plan = match self.plan {
            Plan::Object(plan) => plan,
            Plan::Whole(plan) => return self.whole(plan, map),
            Plan::Raw | Plan::Array(_) => {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                return Ok(Opened::Other("an object".to_owned()));
            }
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
        Ok(Opened::Object(Members { plan, values, others: String::new() }))
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
