//! Single values: what they stand for, and how a message shows them.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::without_position;

/// Characters of a received value that a message shows.
const SHOWN_CHARS: usize = 40;

pub(crate) fn is_null(raw: &RawValue) -> bool {
    raw.get() == "null"
}

/// A JSON string as text; `None` when it is another type, an error when half a surrogate pair stands in it.
pub(crate) fn string(raw: &RawValue) -> Option<Result<Cow<'_, str>, String>> {
    let inner = raw.get().strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Ok(Cow::Borrowed(inner)));
    }
    Some(serde_json::from_str::<String>(raw.get()).map(Cow::Owned).map_err(|error| without_position(&error)))
}

/// A number without a fraction, however it is written (`5`, `5.0`, `5e0`).
pub(crate) fn whole_number(raw: &RawValue) -> Option<i128> {
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

/// A number that is not beyond what a double can hold.
pub(crate) fn finite(raw: &RawValue) -> Option<f64> {
    // The text is JSON, so nothing else that Rust takes for a number (`inf`, `NaN`) can stand there.
    raw.get().parse::<f64>().ok().filter(|number| number.is_finite())
}

/// A value for a message: its type for what is large, else its text, shortened.
pub(crate) fn shown(raw: &RawValue) -> String {
    match raw.get().as_bytes().first() {
        Some(b'{') => "an object".to_owned(),
        Some(b'[') => "an array".to_owned(),
        _ => shorten(raw.get()).into_owned(),
    }
}

/// The beginning of a text that came from outside.
pub(crate) fn shorten(text: &str) -> Cow<'_, str> {
    if text.len() <= SHOWN_CHARS || text.chars().nth(SHOWN_CHARS).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().take(SHOWN_CHARS).chain(['…']).collect())
}

/// How many objects and arrays are open at the deepest place of a JSON text.
pub(crate) fn depth(json: &str) -> usize {
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
