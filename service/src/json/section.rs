//! One object of a document with its place in it: reads its members as the types that the contract gives
//! them. `null` counts as missing. What does not fit is added to the faults and reads as missing, so that checking
//! goes on and all faults are found at once.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use serde_json::value::RawValue;

use super::faults::{At, Faults};
use super::{self as json, Members, Opened};

/// Most entries of a list of names in the configuration.
pub(crate) const MAX_NAMES: usize = 1_000;

pub(crate) struct Section<'s, 'a> {
    members: &'s Members<'a>,
    pub(crate) at: At<'s>,
}

impl<'s, 'a> Section<'s, 'a> {
    /// The section of a value that may be missing; with a fault when it is there and not an object.
    pub(crate) fn optional(value: &'s Opened<'a>, at: At<'s>, faults: &mut Faults) -> Option<Self> {
        match value {
            Opened::Object(members) => return Some(Self { members, at }),
            Opened::Absent => {}
            Opened::Raw(raw) => faults.add(&at, format!("must be an object, got {}", json::shown(raw))),
            Opened::Array { .. } => faults.add(&at, "must be an object, got an array"),
            Opened::Other(shown) => faults.add(&at, format!("must be an object, got {shown}")),
        }
        None
    }

    /// The section of a value that must be there; with a fault when it is not an object.
    pub(crate) fn mandatory(value: &'s Opened<'a>, at: At<'s>, faults: &mut Faults) -> Option<Self> {
        if matches!(value, Opened::Absent) {
            faults.add(&at, "must be an object, got null");
        }
        Self::optional(value, at, faults)
    }

    /// An object member.
    pub(crate) fn section<'c>(&'c self, key: &'static str, faults: &mut Faults) -> Option<Section<'c, 'a>> {
        Section::optional(self.members.get(key), self.at.key(key), faults)
    }

    /// An array member: its entries, at most `max`.
    pub(crate) fn entries(&self, key: &'static str, max: usize, faults: &mut Faults) -> &'s [Opened<'a>] {
        let at = self.at.key(key);
        match self.members.get(key) {
            Opened::Absent => return &[],
            Opened::Array { entries, total } if *total <= max => return entries,
            Opened::Array { total, .. } => faults.add(&at, format!("must have at most {max} entries, got {total}")),
            Opened::Raw(raw) => faults.add(&at, format!("must be an array, got {}", json::shown(raw))),
            Opened::Object(_) => faults.add(&at, "must be an array, got an object"),
            Opened::Other(shown) => faults.add(&at, format!("must be an array, got {shown}")),
        }
        &[]
    }

    pub(crate) fn is_absent(&self, key: &'static str) -> bool {
        matches!(self.members.get(key), Opened::Absent)
    }

    /// A member of any type, `null` included.
    pub(crate) fn value(&self, key: &'static str) -> Option<&'a RawValue> {
        match self.members.get(key) {
            Opened::Raw(raw) => Some(raw),
            _ => None,
        }
    }

    /// A member of any type but `null`.
    pub(crate) fn raw(&self, key: &'static str) -> Option<&'a RawValue> {
        self.value(key).filter(|raw| !json::is_null(raw))
    }

    /// A member that must be there.
    pub(crate) fn required(&self, key: &'static str, faults: &mut Faults) -> Option<&'a RawValue> {
        let raw = self.raw(key);
        if raw.is_none() {
            faults.add(&self.at.key(key), "is required");
        }
        raw
    }

    pub(crate) fn text(&self, key: &'static str, faults: &mut Faults) -> Option<Cow<'a, str>> {
        let raw = self.raw(key)?;
        text(raw, &self.at.key(key), faults)
    }

    /// A string that must be there and not be empty: an id or a name.
    pub(crate) fn label(&self, key: &'static str, faults: &mut Faults) -> Option<Cow<'a, str>> {
        let raw = self.required(key, faults)?;
        let text = text(raw, &self.at.key(key), faults)?;
        if text.is_empty() {
            faults.add(&self.at.key(key), "must not be empty");
            return None;
        }
        Some(text)
    }

    /// A number that a double can hold; `null`, as which JSON has `NaN` and `Infinity`, is none.
    pub(crate) fn finite(&self, key: &'static str, faults: &mut Faults) -> Option<f64> {
        let Some(raw) = self.value(key) else {
            faults.add(&self.at.key(key), "is required");
            return None;
        };
        let number = json::finite(raw);
        if number.is_none() {
            faults.add(&self.at.key(key), format!("must be a finite number, got {}", json::shown(raw)));
        }
        number
    }

    /// The members that were not planned, as text: `"a":1,"b":2`.
    pub(crate) fn others(&self) -> &'s str {
        &self.members.others
    }

    pub(crate) fn boolean(&self, key: &'static str, faults: &mut Faults) -> Option<bool> {
        let raw = self.raw(key)?;
        match raw.get() {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                faults.add(&self.at.key(key), format!("must be true or false, got {}", json::shown(raw)));
                None
            }
        }
    }

    /// An integer within a range; `unit` follows the range in the message, such as ` (ms)`.
    pub(crate) fn integer(
        &self,
        key: &'static str,
        range: RangeInclusive<u64>,
        unit: &str,
        faults: &mut Faults,
    ) -> Option<u64> {
        let raw = self.raw(key)?;
        let number = json::whole_number(raw).and_then(|number| u64::try_from(number).ok());
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let shown = json::shown(raw);
            let message = format!("must be an integer from {} to {}{unit}, got {shown}", range.start(), range.end());
            faults.add(&self.at.key(key), message);
        }
        number
    }

    /// An identifier of the platform: any 64-bit integer.
    pub(crate) fn identifier(&self, key: &'static str, faults: &mut Faults) -> Option<i64> {
        let raw = self.raw(key)?;
        let number = json::whole_number(raw).and_then(|number| i64::try_from(number).ok());
        if number.is_none() {
            faults.add(&self.at.key(key), format!("must be a 64-bit integer, got {}", json::shown(raw)));
        }
        number
    }

    /// One of a closed set of names.
    pub(crate) fn one_of<T>(
        &self,
        key: &'static str,
        names: &[&str],
        from_name: fn(&str) -> Option<T>,
        faults: &mut Faults,
    ) -> Option<T> {
        let raw = self.raw(key)?;
        let value = json::string(raw).and_then(Result::ok).and_then(|name| from_name(&name));
        if value.is_none() {
            let names = names.join(", ");
            faults.add(&self.at.key(key), format!("must be one of {names}, got {}", json::shown(raw)));
        }
        value
    }

    /// A list of strings, planned as an array of raw values.
    pub(crate) fn names(&self, key: &'static str, faults: &mut Faults) -> Option<Vec<String>> {
        self.names_that(key, faults, |_| None)
    }

    /// A list of strings in which `fault` finds nothing wrong.
    pub(crate) fn names_that(
        &self,
        key: &'static str,
        faults: &mut Faults,
        fault: fn(&str) -> Option<String>,
    ) -> Option<Vec<String>> {
        if self.is_absent(key) {
            return None;
        }
        let at = self.at.key(key);
        let entries = self.entries(key, MAX_NAMES, faults);
        let names = entries.iter().enumerate().filter_map(|(index, entry)| {
            let Opened::Raw(raw) = entry else { return None };
            let at = at.index(index);
            let name = text(raw, &at, faults)?;
            if let Some(message) = fault(&name) {
                faults.add(&at, message);
            }
            Some(name.into_owned())
        });
        Some(names.collect())
    }
}

/// A string that is valid text.
pub(crate) fn text<'a>(raw: &'a RawValue, at: &At<'_>, faults: &mut Faults) -> Option<Cow<'a, str>> {
    match json::string(raw) {
        Some(Ok(text)) => return Some(text),
        Some(Err(error)) => faults.add(at, format!("must be valid Unicode text: {error}")),
        None => faults.add(at, format!("must be a string, got {}", json::shown(raw))),
    }
    None
}
