//! A table that is being read: delimited text by the `csv` crate, or JSON rows.

use std::collections::HashSet;
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
const MAX_COLUMNS: usize = 16_384;

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
            // Delimited text may begin with a bracket as well: what is not JSON rows is read as that.
            InputFormat::Auto if dialect.delimiter.is_none() && looks_like_json() => {
                Self::from_json(&text).or_else(|_| Self::from_delimited(text, dialect))
            }
            InputFormat::Auto | InputFormat::Csv | InputFormat::Tsv => Self::from_delimited(text, dialect),
        }
    }

    fn from_json(text: &[u8]) -> Result<Self, Failed> {
        let (columns, rows) = JsonRows::parse(text)?;
        Ok(Self { headers: unique_headers(columns.iter().map(String::as_str))?, rows: Rows::Json(rows) })
    }

    fn from_delimited(text: Bytes, dialect: &Dialect) -> Result<Self, Failed> {
        let delimiter = dialect.delimiter_for(&text);
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

fn read_record(reader: &mut Reader<Cursor<Bytes>>, record: &mut ByteRecord) -> Result<bool, Failed> {
    // Flexible bytes from memory: nothing is left that could fail, but an error is not to be lost.
    reader
        .read_byte_record(record)
        .map_err(|error| Failed::error(format!("the input does not read as a table: {error}")))
}

/// Decision 1: an empty header becomes `column_N`, one that repeats gets `_2`, `_3`, ….
fn unique_headers<'a>(raw: impl Iterator<Item = &'a str>) -> Result<Vec<String>, Failed> {
    let mut headers = Vec::new();
    let mut seen = HashSet::new();
    for (index, header) in raw.enumerate() {
        if index == MAX_COLUMNS {
            return Err(Failed::error(format!("the input has more than {MAX_COLUMNS} columns")));
        }
        let base = if header.trim().is_empty() { format!("column_{}", index + 1) } else { header.to_owned() };
        let numbered = (2..).map(|number| format!("{base}_{number}"));
        let name = std::iter::once(base.clone()).chain(numbered).find(|name| !seen.contains(name)).unwrap_or(base);
        seen.insert(name.clone());
        headers.push(name);
    }
    Ok(headers)
}
