//! Input operations: opening an input as JSON, as bytes or as a table, and reading a table's rows.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use arbex_abi::{Op, Payload};
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::dialect::Dialect;
use super::table::Table;
use super::{Failed, encode};
use crate::call::{Content, Input};

/// Rows a crossing, whatever the guest asks for.
const MAX_BATCH_ROWS: u32 = 4096;

/// The inputs of a run, and what is open on them.
pub(super) struct Inputs {
    inputs: Vec<Input>,
    /// One table an input: the guest keeps to one reader a handle, and a guest that does not only loses its own.
    tables: Vec<Mutex<Option<Table>>>,
}

impl Inputs {
    pub(super) fn new(inputs: Vec<Input>) -> Self {
        let tables = inputs.iter().map(|_| Mutex::new(None)).collect();
        Self { inputs, tables }
    }

    fn input(&self, index: u32) -> Result<&Input, Failed> {
        self.inputs.get(index as usize).ok_or_else(|| Failed::error(format!("there is no input {index}")))
    }

    /// Do something with the table of an input. Nothing is awaited under the lock.
    fn with_table<R>(&self, index: u32, work: impl FnOnce(&mut Option<Table>) -> R) -> Result<R, Failed> {
        let table =
            self.tables.get(index as usize).ok_or_else(|| Failed::error(format!("there is no table {index}")))?;
        Ok(work(&mut table.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// The future of one operation; it does nothing before it is polled, and gives an encoded completion.
pub(super) fn operation(inputs: &Arc<Inputs>, id: u32, op: &Op<'_>) -> BoxFuture<'static, Vec<u8>> {
    let inputs = Arc::clone(inputs);
    match *op {
        Op::OpenJson { input } => async move { open_json(&inputs, id, input).await }.boxed(),
        Op::OpenBinary { input } => async move { open_binary(&inputs, id, input).await }.boxed(),
        Op::OpenTabular { input, delimiter, input_format } => {
            let (delimiter, format) = (delimiter.map(str::to_owned), input_format.map(str::to_owned));
            async move { open_tabular(&inputs, id, input, delimiter.as_deref(), format.as_deref()).await }.boxed()
        }
        Op::ReadRows { table, max } => async move { read_rows(&inputs, id, table, max) }.boxed(),
        Op::CloseTable { table } => async move { close_table(&inputs, id, table) }.boxed(),
    }
}

/// The bytes of an input.
async fn bytes_of(input: &Input) -> Result<Bytes, Failed> {
    match &input.content {
        Content::Inline { bytes, .. } => Ok(bytes.clone()),
        // Neither the address nor its headers may reach the script, in an error no more than elsewhere.
        Content::Url { .. } => Err(Failed {
            name: "PermissionError",
            message: "the origin of this input is not on the operator's allowlist".to_owned(),
        }),
    }
}

async fn open_json(inputs: &Inputs, id: u32, input: u32) -> Vec<u8> {
    let bytes = match async { bytes_of(inputs.input(input)?).await }.await {
        Ok(bytes) => bytes,
        Err(failed) => return encode(id, Err(failed)),
    };
    encode(id, Ok(Payload::Json(&text_of(&bytes))))
}

async fn open_binary(inputs: &Inputs, id: u32, input: u32) -> Vec<u8> {
    let bytes = async { bytes_of(inputs.input(input)?).await }.await;
    encode(id, bytes.as_ref().map(|bytes| Payload::Bytes { bytes }).map_err(Failed::clone))
}

async fn open_tabular(inputs: &Inputs, id: u32, index: u32, delimiter: Option<&str>, format: Option<&str>) -> Vec<u8> {
    let opened = async {
        let input = inputs.input(index)?;
        let dialect = Dialect::new(delimiter, format, &input.tabular)?;
        let bytes = bytes_of(input).await?;
        let bytes = match text_of(&bytes) {
            // Text that is UTF-8 already is not copied: skip the byte order mark, if there is one.
            Cow::Borrowed(text) => bytes.slice_ref(text.as_bytes()),
            Cow::Owned(text) => Bytes::from(text),
        };
        Table::open(bytes, &dialect)
    };
    let table = match opened.await {
        Ok(table) => table,
        Err(failed) => return encode(id, Err(failed)),
    };
    let headers = table.headers().to_vec();
    let headers = headers.iter().map(String::as_str).collect();
    let kept = inputs.with_table(index, |open| *open = Some(table));
    encode(id, kept.map(|()| Payload::Table { table: index, headers }))
}

fn read_rows(inputs: &Inputs, id: u32, table: u32, max: u32) -> Vec<u8> {
    let mut cells = Vec::new();
    let read = inputs.with_table(table, |open| match open {
        Some(open) => open.read(max.min(MAX_BATCH_ROWS), &mut cells),
        None => Ok(0),
    });
    encode(id, read.and_then(|count| count).map(|count| Payload::Rows { table, count, cells: &cells }))
}

fn close_table(inputs: &Inputs, id: u32, table: u32) -> Vec<u8> {
    encode(id, inputs.with_table(table, |open| *open = None).map(|()| Payload::Done))
}

/// Text of bytes: a byte order mark says UTF-8 or UTF-16, else it is UTF-8. What does not decode becomes U+FFFD.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    let (encoding, mark_bytes) = encoding_rs::Encoding::for_bom(bytes).unwrap_or((encoding_rs::UTF_8, 0));
    encoding.decode_without_bom_handling(bytes.get(mark_bytes..).unwrap_or_default()).0
}
