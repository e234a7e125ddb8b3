//! The request headers of a `url` input.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::faults::{At, Faults};
use super::json;
use super::section;

/// Most headers of one input.
const MAX_HEADERS: usize = 64;

/// Longest header name; longer ones do not even get a pointer of their own.
const MAX_NAME_BYTES: usize = 256;

/// Names and values that can stand in an HTTP request. Faults never quote a value: it may be a secret.
pub(super) fn check(raw: &RawValue, at: &At<'_>, faults: &mut Faults) -> Vec<(String, String)> {
    if !raw.get().starts_with('{') {
        faults.add(at, format!("must be an object of strings, got {}", json::shown(raw)));
        return Vec::new();
    }
    let mut deserializer = serde_json::Deserializer::from_str(raw.get());
    let Entries { first, total } = match deserializer.deserialize_map(EntriesVisitor) {
        Ok(entries) => entries,
        Err(error) => {
            faults.add(at, format!("cannot be read: {}", json::without_position(&error)));
            return Vec::new();
        }
    };
    if total > MAX_HEADERS {
        faults.add(at, format!("must have at most {MAX_HEADERS} headers, got {total}"));
    }
    let mut headers = Vec::with_capacity(first.len());
    for (name, value) in first {
        if name.len() > MAX_NAME_BYTES {
            faults.add(at, format!("must have names of at most {MAX_NAME_BYTES} bytes, got {}", name.len()));
            continue;
        }
        let at = at.key(&name);
        if !is_token(&name) {
            faults.add(&at, "must be a header name (letters, digits and !#$%&'*+-.^_`|~)");
        }
        if !value.get().starts_with('"') {
            faults.add(&at, "must be a string");
        } else if let Some(value) = section::text(value, &at, faults) {
            if value.chars().any(|char| char.is_control() && char != '\t') {
                faults.add(&at, "must have no control characters");
            }
            headers.push((name, value.into_owned()));
        }
    }
    headers
}

/// The `token` of RFC 9110.
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// The first members of an object of any keys, and how many it has.
struct Entries<'a> {
    first: Vec<(String, &'a RawValue)>,
    total: usize,
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'de>, A::Error> {
        let mut first = Vec::new();
        while first.len() < MAX_HEADERS {
            match map.next_entry()? {
                Some(entry) => first.push(entry),
                None => return Ok(Entries { total: first.len(), first }),
            }
        }
        let mut total = first.len();
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            total += 1;
        }
        Ok(Entries { first, total })
    }
}
