//! Rows out of JSON: an array of flat objects, or the `tables` form that tabular-query writes. Cells become text as in a
//! CSV: strings as they are, `null` and missing ones empty, all else as its JSON.

use std::collections::HashMap;
use std::fmt;

use arbex_abi::rows;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Failed;

/// The rows that are left to read, each a cell a column.
pub(super) struct JsonRows {
    rows: std::vec::IntoIter<Vec<String>>,
}

impl JsonRows {
    /// Columns in the order of their first appearance, and the rows.
    pub(super) fn parse(text: &[u8]) -> Result<(Vec<String>, Self), Failed> {
        if let Ok(rows) = serde_json::from_slice::<Vec<Row<'_>>>(text) {
            return Ok(Self::aligned(Vec::new(), rows));
        }
        match serde_json::from_slice::<Document<'_>>(text) {
            // One table a document is what its writer makes; of several, the first is meant.
            Ok(Document { tables: Tables(Some(table)) }) => Ok(Self::aligned(table.columns, table.rows)),
            Ok(_) => Err(Failed::error("the input's \"tables\" has no table")),
            Err(_) => Err(Failed::error("the input is neither a JSON array of objects nor { \"tables\": … }")),
        }
    }

    fn aligned(mut columns: Vec<String>, rows: Vec<Row<'_>>) -> (Vec<String>, Self) {
        let mut places: HashMap<String, usize> =
            columns.iter().enumerate().map(|(place, column)| (column.clone(), place)).collect();
        for (column, _) in rows.iter().flat_map(|row| &row.0) {
            if !places.contains_key(column) {
                places.insert(column.clone(), columns.len());
                columns.push(column.clone());
            }
        }
        let align = |row: Row<'_>| {
            let mut cells = vec![String::new(); columns.len()];
            for (column, value) in row.0 {
                if let Some(cell) = places.get(&column).and_then(|&place| cells.get_mut(place)) {
                    *cell = cell_text(value);
                }
            }
            cells
        };
        let rows: Vec<_> = rows.into_iter().map(align).collect();
        (columns, Self { rows: rows.into_iter() })
    }

    /// Append the next row to `cells`; false at the end.
    pub(super) fn read(&mut self, cells: &mut Vec<u8>) -> bool {
        let Some(row) = self.rows.next() else { return false };
        rows::push_row(cells, row.iter().map(String::as_bytes));
        true
    }
}

fn cell_text(value: &RawValue) -> String {
    match value.get() {
        "null" => String::new(),
        text if text.starts_with('"') => serde_json::from_str(text).unwrap_or_default(),
        text => text.to_owned(),
    }
}

/// An object with its members in order, which the usual maps do not keep.
struct Row<'a>(Vec<(String, &'a RawValue)>);

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
    rows: Vec<Row<'a>>,
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
