//! Rows out of JSON: an array of flat objects, or the `tables` form that tabular-query writes. Cells become text as in a
//! CSV: strings as they are, `null` and missing ones empty, all else as its JSON.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use arbex_abi::rows;
use bytes::Bytes;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Failed;
use super::table::MAX_COLUMNS;

/// The rows that are left to read: places in the text, each parsed when it is read. A row is only as wide as the table while it
/// is on its way, since a small text can have very many rows and very many columns.
pub(super) struct JsonRows {
    text: Bytes,
    rows: std::vec::IntoIter<Range<u32>>,
    places: HashMap<String, usize>,
}

impl JsonRows {
    /// Columns in the order of their first appearance, and the rows.
    pub(super) fn parse(text: &Bytes) -> Result<(Vec<String>, Self), Failed> {
        let whole = std::str::from_utf8(text).map_err(|_| Failed::error("the input is not UTF-8"))?;
        let (columns, rows) = match serde_json::from_str::<Vec<&RawValue>>(whole) {
            Ok(rows) => (Vec::new(), rows),
            Err(_) => match serde_json::from_str::<Document<'_>>(whole) {
                // One table a document is what its writer makes; of several, the first is meant.
                Ok(Document { tables: Tables(Some(table)) }) => (table.columns, table.rows),
                Ok(_) => return Err(Failed::error("the input's \"tables\" has no table")),
                Err(_) => {
                    return Err(Failed::error("the input is neither a JSON array of objects nor { \"tables\": … }"));
                }
            },
        };
        let mut table = Columns::default();
        for column in &columns {
            table.add(column)?;
        }
        let mut spans = Vec::with_capacity(rows.len());
        for (index, row) in rows.iter().enumerate() {
            let members: Row<'_> = serde_json::from_str(row.get())
                .map_err(|error| Failed::error(format!("row {} of the input is no object: {error}", index + 1)))?;
            for (column, _) in &members.0 {
                table.add(column)?;
            }
            spans.push(span_of(row.get(), whole));
        }
        let Columns { names, places } = table;
        Ok((names, Self { text: text.clone(), rows: spans.into_iter(), places }))
    }

    /// Append the next row to `cells`; false at the end.
    pub(super) fn read(&mut self, cells: &mut Vec<u8>) -> bool {
        let Some(span) = self.rows.next() else { return false };
        let text = self.text.get(span.start as usize..span.end as usize).unwrap_or_default();
        // It was parsed before, when the columns were collected.
        let members = serde_json::from_slice::<Row<'_>>(text).map(|row| row.0).unwrap_or_default();
        let mut row = vec![Cow::Borrowed(""); self.places.len()];
        for (column, value) in members {
            if let Some(cell) = self.places.get(&*column).and_then(|&place| row.get_mut(place)) {
                *cell = cell_text(value);
            }
        }
        rows::push_row(cells, row.iter().map(|cell| cell.as_bytes()));
        true
    }
}

/// Where `part`, a slice of `whole`, stands in it. Texts are below 4 GiB: the body's cap is.
fn span_of(part: &str, whole: &str) -> Range<u32> {
    let start = (part.as_ptr().addr() - whole.as_ptr().addr()) as u32;
    start..start + part.len() as u32
}

/// The columns seen so far.
#[derive(Default)]
struct Columns {
    names: Vec<String>,
    places: HashMap<String, usize>,
}

impl Columns {
    fn add(&mut self, column: &str) -> Result<(), Failed> {
        if self.places.contains_key(column) {
            return Ok(());
        }
        if self.names.len() == MAX_COLUMNS {
            return Err(Failed::error(format!("the input has more than {MAX_COLUMNS} columns")));
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

/// An object with its members in order, which the usual maps do not keep.
struct Row<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Row<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Row<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Row(members))
            }
        }
        deserializer.deserialize_map(Members)
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
    #[serde(default)]
    columns: Vec<String>,
    #[serde(borrow)]
    rows: Vec<&'a RawValue>,
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
