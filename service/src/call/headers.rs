//! The request headers of a `url` input.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};
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

/// Longest header value.
const MAX_VALUE_BYTES: usize = 8 * 1024;

/// What belongs to the connection, or would change what a request is: with another `Host`, a listed origin would serve what
/// the operator did not list, and a length or an encoding would begin a second request.
const RESERVED: [&str; 14] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// Some servers take the method from these: an input is read, and nothing else is done to it.
const OVERRIDES: [&str; 3] = ["x-http-method", "x-http-method-override", "x-method-override"];

/// Inputs are fetched whole.
const OF_PARTS: [&str; 2] = ["range", "if-range"];

/// Names and values that can stand in an HTTP request. Faults never quote a value: it may be a secret.
pub(super) fn check(raw: &RawValue, at: &At<'_>, faults: &mut Faults) -> HeaderMap {
    if !raw.get().starts_with('{') {
        faults.add(at, format!("must be an object of strings, got {}", json::shown(raw)));
        return HeaderMap::new();
    }
    let mut deserializer = serde_json::Deserializer::from_str(raw.get());
    let Entries { first, total } = match deserializer.deserialize_map(EntriesVisitor) {
        Ok(entries) => entries,
        Err(error) => {
            faults.add(at, format!("cannot be read: {}", json::without_position(&error)));
            return HeaderMap::new();
        }
    };
    if total > MAX_HEADERS {
        faults.add(at, format!("must have at most {MAX_HEADERS} headers, got {total}"));
    }
    let mut headers = HeaderMap::with_capacity(first.len());
    for (name, value) in first {
        if name.len() > MAX_NAME_BYTES {
            faults.add(at, format!("must have names of at most {MAX_NAME_BYTES} bytes, got {}", name.len()));
            continue;
        }
        let at = at.key(&name);
        let (name, value) = (check_name(&name, &at, faults), check_value(value, &at, faults));
        if let (Some(name), Some(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    headers
}

/// Names are read without regard to case.
fn check_name(name: &str, at: &At<'_>, faults: &mut Faults) -> Option<HeaderName> {
    let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
        faults.add(at, "must be a header name (letters, digits and !#$%&'*+-.^_`|~)");
        return None;
    };
    let reason = if RESERVED.contains(&name.as_str()) {
        "it belongs to the connection, which is the service's"
    } else if OVERRIDES.contains(&name.as_str()) {
        "an input is fetched with GET"
    } else if OF_PARTS.contains(&name.as_str()) {
        "an input is fetched whole"
    } else {
        return Some(name);
    };
    faults.add(at, format!("must not be sent: {reason}"));
    None
}

fn check_value(raw: &RawValue, at: &At<'_>, faults: &mut Faults) -> Option<HeaderValue> {
    if !raw.get().starts_with('"') {
        faults.add(at, "must be a string");
        return None;
    }
    let value = section::text(raw, at, faults)?;
    if value.len() > MAX_VALUE_BYTES {
        faults.add(at, format!("must have at most {MAX_VALUE_BYTES} bytes, got {}", value.len()));
        return None;
    }
    let plain = !value.chars().any(|char| char.is_control() && char != '\t');
    match HeaderValue::from_bytes(value.as_bytes()) {
        Ok(mut value) if plain => {
            // Whatever prints it prints "Sensitive".
            value.set_sensitive(true);
            Some(value)
        }
        _ => {
            faults.add(at, "must have no control characters");
            None
        }
    }
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
