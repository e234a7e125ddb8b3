//! Rows out of JSON: an array of flat objects, or the `tables` form that tabular-query writes. Cells become text as in a
//! CSV: strings as they are, `null` and missing ones empty, all else as its JSON.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

use arbex_abi::rows;
use bytes::Bytes;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Failed;
use super::table::{MAX_COLUMNS, MAX_HEADER_BYTES};

/// The rows that are left to read: a place in the text, from where each is parsed when it is read. Nothing is kept of a row, since
/// a small text can have very many; and one is only as wide as the table while it is on its way.
pub(super) struct JsonRows {
    /// What is left of the array, from behind its bracket.
    left: Bytes,
    places: HashMap<String, usize>,
}

impl JsonRows {
    /// Columns in the order of their first appearance, and the rows.
    pub(super) fn parse(text: &Bytes) -> Result<(Vec<String>, Self), Failed> {
        let neither = || Failed::error("the input is neither a JSON array of objects nor { \"tables\": … }");
        let whole = std::str::from_utf8(text).map_err(|_| Failed::error("the input is not UTF-8"))?;
        let mut table = Columns::default();
        let rows = if whole.trim_ascii_start().starts_with('[') {
            whole
        } else {
            let document = serde_json::from_str::<Document<'_>>(whole).map_err(|_| neither())?;
            // One table a document is what its writer makes; of several, the first is meant.
            let Tables(Some(NamedTable { columns, rows })) = document.tables else {
                return Err(Failed::error("the input's \"tables\" has no table"));
            };
            if let Some(columns) = columns {
                each(columns.get(), |column: Cow<'_, str>| table.add(&column)).map_err(|stop| stop.or(neither))?;
            }
            rows.get()
        };
        let mut count = 0u32;
        let collected = each(rows, |row: &RawValue| {
            count += 1;
            table.add_members(row).map_err(|stop| match stop {
                Stop::Failed(failed) => failed,
                Stop::Json(error) => Failed::error(format!("row {count} of the input is no object: {error}")),
            })
        });
        collected.map_err(|stop| stop.or(neither))?;
        let Columns { names, places, .. } = table;
        let rows = rows.trim_ascii_start();
        let left = text.slice_ref(rows.strip_prefix('[').unwrap_or(rows).as_bytes());
        Ok((names, Self { left, places }))
    }

    /// Append the next row to `cells`; false at the end.
    pub(super) fn read(&mut self, cells: &mut Vec<u8>) -> bool {
        // The array was parsed before, when the columns were collected: there is a row, a comma and a row, or its end.
        let left = self.left.trim_ascii_start();
        let left = left.strip_prefix(b",").unwrap_or(left);
        let mut values = serde_json::Deserializer::from_slice(left).into_iter::<&RawValue>();
        let Some(Ok(value)) = values.next() else { return false };
        let rest = left.get(values.byte_offset()..).unwrap_or_default();

        let mut row = vec![Cow::Borrowed(""); self.places.len()];
        let read = each_member(value, |column, value| {
            if let Some(cell) = self.places.get(column).and_then(|&place| row.get_mut(place)) {
                *cell = cell_text(value);
            }
            Ok(())
        });
        rows::push_row(cells, row.iter().map(|cell| cell.as_bytes()));
        self.left = self.left.slice_ref(rest);
        read.is_ok()
    }
}

/// Why going through JSON ended early.
enum Stop {
    Json(serde_json::Error),
    Failed(Failed),
}

impl Stop {
    fn or(self, of_json: impl FnOnce() -> Failed) -> Failed {
        match self {
            Self::Json(_) => of_json(),
            Self::Failed(failed) => failed,
        }
    }
}

/// Do `work` with each element of a JSON array, as it comes: an array of nothing but digits and commas takes many times its text
/// when it is kept. The first failure ends it.
fn each<'de, T: Deserialize<'de>>(json: &'de str, work: impl FnMut(T) -> Result<(), Failed>) -> Result<(), Stop> {
    let mut failed = None;
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let seed = Elements { work, failed: &mut failed, element: PhantomData };
    let done = seed.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    ended(done, failed)
}

/// Do `work` with each member of a JSON object, in order and as it comes.
fn each_member<'de>(
    json: &'de RawValue,
    work: impl FnMut(&str, &'de RawValue) -> Result<(), Failed>,
) -> Result<(), Stop> {
    let mut failed = None;
    let mut deserializer = serde_json::Deserializer::from_str(json.get());
    let done = Members { work, failed: &mut failed }.deserialize(&mut deserializer);
    ended(done, failed)
}

fn ended(done: Result<(), serde_json::Error>, failed: Option<Failed>) -> Result<(), Stop> {
    match (failed, done) {
        (Some(failed), _) => Err(Stop::Failed(failed)),
        (None, done) => done.map_err(Stop::Json),
    }
}

struct Elements<'a, W, T> {
    work: W,
    /// What failed; serde's own errors hold no more than text.
    failed: &'a mut Option<Failed>,
    element: PhantomData<fn(T)>,
}

impl<'de, T: Deserialize<'de>, W: FnMut(T) -> Result<(), Failed>> DeserializeSeed<'de> for Elements<'_, W, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>, W: FnMut(T) -> Result<(), Failed>> Visitor<'de> for Elements<'_, W, T> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        while let Some(element) = elements.next_element()? {
            stopped((self.work)(element), self.failed)?;
        }
        Ok(())
    }
}

struct Members<'a, W> {
    work: W,
    failed: &'a mut Option<Failed>,
}

impl<'de, W: FnMut(&str, &'de RawValue) -> Result<(), Failed>> DeserializeSeed<'de> for Members<'_, W> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, W: FnMut(&str, &'de RawValue) -> Result<(), Failed>> Visitor<'de> for Members<'_, W> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        while let Some((name, value)) = members.next_entry::<Cow<'de, str>, &'de RawValue>()? {
            stopped((self.work)(&name, value), self.failed)?;
        }
        Ok(())
    }
}

fn stopped<E: serde::de::Error>(done: Result<(), Failed>, failed: &mut Option<Failed>) -> Result<(), E> {
    done.map_err(|why| {
        *failed = Some(why);
        E::custom("stopped")
    })
}

/// The columns seen so far.
#[derive(Default)]
struct Columns {
    names: Vec<String>,
    places: HashMap<String, usize>,
    bytes: usize,
}

impl Columns {
    fn add_members(&mut self, row: &RawValue) -> Result<(), Stop> {
        each_member(row, |column, _| self.add(column))
    }

    fn add(&mut self, column: &str) -> Result<(), Failed> {
        if self.places.contains_key(column) {
            return Ok(());
        }
        if self.names.len() == MAX_COLUMNS {
            return Err(Failed::error(format!("the input has more than {MAX_COLUMNS} columns")));
        }
        self.bytes = self.bytes.saturating_add(column.len());
        if MAX_HEADER_BYTES < self.bytes {
            return Err(Failed::error(format!("the input's headers take more than {MAX_HEADER_BYTES} bytes")));
        }
        self.places.insert(column.to_owned(), self.names.len());
        self.names.push(column.to_owned());
        Ok(())
    }
}

fn cell_text(value: &RawValue) -> Cow<'_, str> {
    match value.get() {
        "null" => Cow::Borrowed(""),
        text if text.starts_with('"') => string_text(text),
        text => Cow::Borrowed(text),
    }
}

/// The text of a JSON string. Half a surrogate pair, which JSON may spell and UTF-8 may not, becomes U+FFFD.
fn string_text(json: &str) -> Cow<'_, str> {
    if let Ok(text) = serde_json::from_str::<&str>(json) {
        return Cow::Borrowed(text);
    }
    match serde_json::from_str::<String>(json) {
        Ok(text) => Cow::Owned(text),
        // As bytes, serde_json lets the surrogate through in its three-byte form.
        Err(_) => {
            let bytes = serde_json::from_str::<LossyBytes>(json).map(|bytes| bytes.0).unwrap_or_default();
            Cow::Owned(arbex_abi::text::lossy(&bytes))
        }
    }
}

struct LossyBytes(Vec<u8>);

impl<'de> Deserialize<'de> for LossyBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = LossyBytes;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(LossyBytes(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    tables: Tables<'a>,
}

/// The first table of the object, in the order of the text.
struct Tables<'a>(Option<NamedTable<'a>>);

#[derive(Deserialize)]
struct NamedTable<'a> {
    #[serde(borrow, default)]
    columns: Option<&'a RawValue>,
    #[serde(borrow)]
    rows: &'a RawValue,
}

impl<'de: 'a, 'a> Deserialize<'de> for Tables<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct First;
        impl<'de> Visitor<'de> for First {
            type Value = Tables<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object of tables")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut first = None;
                while let Some((_, table)) = map.next_entry::<String, NamedTable<'de>>()? {
                    first.get_or_insert(table);
                }
                Ok(Tables(first))
            }
        }
        deserializer.deserialize_map(First)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The columns and the cells of all rows, or what failed.
    fn check(json: &str, expected: Result<(&[&str], &[&[&str]]), &str>) {
        let text = Bytes::copy_from_slice(json.as_bytes());
        let parsed = JsonRows::parse(&text).map(|(columns, mut rows)| {
            let mut cells = Vec::new();
            let mut count = 0;
            while rows.read(&mut cells) {
                count += 1;
            }
            assert!(!rows.read(&mut cells), "the end stays the end");
            (columns, count, cells)
        });
        match (parsed, expected) {
            (Ok((columns, count, cells)), Ok((expected, rows))) => {
                assert_eq!(columns, expected, "{json}");
                let mut all = Vec::new();
                for row in rows {
                    rows::push_row(&mut all, row.iter().map(|cell| cell.as_bytes()));
                }
                assert_eq!((count, cells), (rows.len(), all), "{json}");
            }
            (Err(failed), Err(expected)) => assert!(failed.message.contains(expected), "{json}: {failed:?}"),
            (parsed, expected) => panic!("{json}: {parsed:?}, expected {expected:?}", parsed = parsed.map(|all| all.0)),
        }
    }

    #[test]
    fn rows_are_found_in_their_text() {
        check("[]", Ok((&[], &[])));
        check(" [ ] ", Ok((&[], &[])));
        check("[{},{}]", Ok((&[], &[&[], &[]])));
        check(
            " \n[ {\"a\" : \"],[{\" , \"b\":[1, {\"a\":2}]} ,\t{\"b\":null,\"a\":1e3,\"a\":2}\r\n] ",
            Ok((&["a", "b"], &[&["],[{", "[1, {\"a\":2}]"], &["2", ""]])),
        );
        check(
            r#"{"n":[1],"tables":{"t":{"rows":[{"c":1}],"columns":["a"]},"u":{"rows":[]}},"z":[{"a":7}]}"#,
            Ok((&["a", "c"], &[&["", "1"]])),
        );
    }

    #[test]
    fn the_first_row_that_is_none_is_the_last_that_is_looked_at() {
        let none = "of the input is no object: invalid type: integer `0`, expected an object at line 1 column 1";
        check("[0,0", Err(&format!("row 1 {none}")));
        check("[{}, 0, ?", Err(&format!("row 2 {none}")));
        check(r#"{"tables":{"t":{"rows":[{},0]}}}"#, Err(&format!("row 2 {none}")));
        let neither = "the input is neither a JSON array of objects nor { \"tables\": … }";
        for json in [
            "",
            "[{}",
            "[{}]]",
            "[{},]",
            "0",
            r#"{"tables":{"t":{"rows":{}}}}"#,
            r#"{"tables":{"t":{"rows":[],"columns":[1]}}}"#,
            r#"{"tables":{"t":{"columns":[]}}}"#,
        ] {
            check(json, Err(neither));
        }
    }

    #[test]
    fn headers_have_a_bound() {
        let row = |bytes: usize| format!("[{{\"{}\":1}}, {{\"b\":1}}]", "a".repeat(bytes));
        assert!(JsonRows::parse(&Bytes::from(row(MAX_HEADER_BYTES - 1))).is_ok());
        check(&row(MAX_HEADER_BYTES), Err("the input's headers take more than 1048576 bytes"));
    }
}
