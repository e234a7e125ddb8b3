//! A table that is being read: delimited text by the `csv` crate, or JSON rows.

use std::collections::{HashMap, HashSet};
use std::io::Cursor;

use arbex_abi::rows;
use arbex_api::InputFormat;
use bytes::Bytes;
use csv::{ByteRecord, Reader, ReaderBuilder};

use super::Failed;
use super::dialect::Dialect;
use super::json_rows::JsonRows;

/// A batch ends when its cells grow over this: it has to fit beside everything else the script holds.
const MAX_BATCH_BYTES: usize = 256 * 1024;

/// Most columns of a table; wider is no table but a mistake.
pub(super) const MAX_COLUMNS: usize = 16_384;

/// Longest headers of a table, all together: they are kept several times, and in no room that is counted.
pub(super) const MAX_HEADER_BYTES: usize = 1024 * 1024;

/// An open table.
pub(super) struct Table {
    headers: Vec<String>,
    rows: Rows,
}

enum Rows {
    Delimited { reader: Box<Reader<Cursor<Bytes>>>, record: ByteRecord },
    Json(JsonRows),
}

impl Table {
    /// Read the headers of `text`, which is UTF-8 without a byte order mark.
    pub(super) fn open(text: Bytes, dialect: &Dialect) -> Result<Self, Failed> {
        let looks_like_json = || matches!(text.trim_ascii_start().first(), Some(b'[' | b'{'));
        match dialect.format {
            InputFormat::Json => Self::from_json(&text),
            // Delimited text may begin with a bracket as well: what is not JSON is read as that.
            InputFormat::Auto if dialect.delimiter.is_none() && looks_like_json() && is_json(&text) => {
                Self::from_json(&text)
            }
            InputFormat::Auto | InputFormat::Csv | InputFormat::Tsv => Self::from_delimited(text, dialect),
        }
    }

    fn from_json(text: &Bytes) -> Result<Self, Failed> {
        let (columns, rows) = JsonRows::parse(text)?;
        Ok(Self { headers: unique_headers(columns.iter().map(String::as_str))?, rows: Rows::Json(rows) })
    }

    fn from_delimited(text: Bytes, dialect: &Dialect) -> Result<Self, Failed> {
        let delimiter = dialect.delimiter_for(&text);
        check_header_bytes(&text, delimiter)?;
        let mut reader =
            ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(Cursor::new(text));
        let mut record = ByteRecord::new();
        read_record(&mut reader, &mut record)?;
        // The text is UTF-8 and the delimiter ASCII, so each cell is UTF-8 as well.
        let headers = unique_headers(record.iter().map(|header| std::str::from_utf8(header).unwrap_or_default()))?;
        Ok(Self { headers, rows: Rows::Delimited { reader: Box::new(reader), record } })
    }

    pub(super) fn headers(&self) -> &[String] {
        &self.headers
    }

    /// Append up to `max` rows to `cells`; gives how many. None: the end.
    pub(super) fn read(&mut self, max: u32, cells: &mut Vec<u8>) -> Result<u32, Failed> {
        let mut count = 0;
        while count < max && cells.len() < MAX_BATCH_BYTES {
            let more = match &mut self.rows {
                Rows::Delimited { reader, record } => {
                    let more = read_record(reader, record)?;
                    if more {
                        rows::push_row(cells, record.iter());
                        if MAX_BATCH_BYTES < record.as_slice().len() {
                            // It would keep room for a row as long.
                            *record = ByteRecord::new();
                        }
                    }
                    more
                }
                Rows::Json(rows) => rows.read(cells),
            };
            if !more {
                break;
            }
            count += 1;
        }
        Ok(count)
    }
}

/// Headers that are too long are found in the first bytes of the text: the reader makes several copies of its first record. A
/// header may be twice as long in the text, with all its quotes doubled, and has two of them and a delimiter around it.
fn check_header_bytes(text: &[u8], delimiter: u8) -> Result<(), Failed> {
    let blank = text.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let text = text.get(blank..).unwrap_or_default();
    let first = text.get(..2 * MAX_HEADER_BYTES + 3 * MAX_COLUMNS + 1).unwrap_or(text);
    let mut reader = ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(first);
    let mut record = ByteRecord::new();
    reader
        .read_byte_record(&mut record)
        .map_err(|error| Failed::error(format!("the input does not read as a table: {error}")))?;
    if MAX_COLUMNS < record.len() {
        return Err(Failed::error(format!("the input has more than {MAX_COLUMNS} columns")));
    }
    if MAX_HEADER_BYTES < record.as_slice().len() {
        return Err(Failed::error(format!("the input's headers take more than {MAX_HEADER_BYTES} bytes")));
    }
    Ok(())
}

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok()
}

fn read_record(reader: &mut Reader<Cursor<Bytes>>, record: &mut ByteRecord) -> Result<bool, Failed> {
    // Flexible bytes from memory: nothing is left that could fail, but an error is not to be lost.
    reader
        .read_byte_record(record)
        .map_err(|error| Failed::error(format!("the input does not read as a table: {error}")))
}

/// Decision 1: an empty header becomes `column_N`, one that repeats gets `_2`, `_3`, …. `_extra` is taken: it is where the
/// cells of long rows go.
fn unique_headers<'a>(raw: impl Iterator<Item = &'a str>) -> Result<Vec<String>, Failed> {
    let mut headers = Vec::new();
    let mut seen = HashSet::from([EXTRA.to_owned()]);
    // Where to go on counting for a header that repeats: from 2 each time, a line of equal headers would take its square.
    let mut next_number = HashMap::from([(EXTRA.to_owned(), 2u32)]);
    for (index, header) in raw.enumerate() {
        if index == MAX_COLUMNS {
            return Err(Failed::error(format!("the input has more than {MAX_COLUMNS} columns")));
        }
        let base = if header.trim().is_empty() { format!("column_{}", index + 1) } else { header.to_owned() };
        let mut name = base.clone();
        while !seen.insert(name.clone()) {
            let number = next_number.entry(base.clone()).or_insert(2);
            name = format!("{base}_{number}");
            *number += 1;
        }
        headers.push(name);
    }
    Ok(headers)
}

/// The key under which a row's cells beyond the headers stand.
const EXTRA: &str = "_extra";

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &[&str], expected: &[&str]) {
        assert_eq!(unique_headers(raw.iter().copied()).unwrap(), expected);
    }

    #[test]
    fn headers_become_unique() {
        check(&["a", "b"], &["a", "b"]);
        check(&["a", "a", "a"], &["a", "a_2", "a_3"]);
        check(&["a", "a_2", "a", "a"], &["a", "a_2", "a_3", "a_4"]);
        check(&["", "x", " "], &["column_1", "x", "column_3"]);
        check(&["column_2", ""], &["column_2", "column_2_2"]);
        check(&["_extra", "x"], &["_extra_2", "x"]);
    }

    #[test]
    fn equal_headers_and_rows_of_many_columns_take_no_more_than_their_text() {
        // Found by review: the first took 25 s, the second aborted the process.
        let headers = vec!["a"; MAX_COLUMNS].join(",");
        let dialect = Dialect { delimiter: None, format: InputFormat::Csv };
        assert_eq!(Table::open(Bytes::from(headers), &dialect).ok().unwrap().headers().len(), MAX_COLUMNS);

        let rows: Vec<String> = (0..MAX_COLUMNS).map(|row| format!("{{\"a{row}\":1}}")).collect();
        let dialect = Dialect { delimiter: None, format: InputFormat::Json };
        let mut table = Table::open(Bytes::from(format!("[{}]", rows.join(","))), &dialect).ok().unwrap();
        let mut cells = Vec::new();
        assert!(0 < table.read(u32::MAX, &mut cells).unwrap());
        assert!(cells.len() < 2 * MAX_BATCH_BYTES);
    }

    #[test]
    fn one_column_more_is_no_table() {
        let dialect = Dialect { delimiter: None, format: InputFormat::Csv };
        assert!(Table::open(Bytes::from(vec!["a"; MAX_COLUMNS + 1].join(",")), &dialect).is_err());
    }

    #[test]
    fn headers_have_a_bound() {
        let dialect = Dialect { delimiter: None, format: InputFormat::Csv };
        let open = |bytes: usize| Table::open(Bytes::from(format!("b,{}\n1,2\n", "a".repeat(bytes - 1))), &dialect);
        assert!(open(MAX_HEADER_BYTES).is_ok());
        let failed = open(MAX_HEADER_BYTES + 1).err().unwrap();
        assert_eq!(failed.message, "the input's headers take more than 1048576 bytes");
        // In the longest form that it may have, behind blank lines.
        let quoted = format!("{}\"{}\"\n1\n", "\r\n".repeat(MAX_HEADER_BYTES * 2), "\"\"".repeat(MAX_HEADER_BYTES));
        assert_eq!(Table::open(Bytes::from(quoted), &dialect).ok().unwrap().headers()[0].len(), MAX_HEADER_BYTES);
    }
}
