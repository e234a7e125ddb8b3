//! Input operations: opening an input as JSON, as bytes or as a table, and reading a table's rows.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use arbex_abi::{Op, Payload};
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;

use super::dialect::Dialect;
use super::table::Table;
use super::{Failed, encode};
use crate::call::{Content, Input};

/// Rows a crossing, whatever the guest asks for.
const MAX_BATCH_ROWS: u32 = 4096;

/// Inputs larger than this are worked on beside the worker that runs the script: it has others to serve, and the run a
/// deadline to keep.
const INLINE_BYTES: usize = 256 * 1024;

/// The inputs of a run, and what is open on them.
pub(super) struct Inputs {
    inputs: Vec<Input>,
    /// One large input of a run is worked on at a time, whatever the script started.
    turn: Arc<Semaphore>,
    /// One table an input: the guest keeps to one reader a handle, and a guest that does not only loses its own.
    tables: Vec<Mutex<Option<Table>>>,
}

impl Inputs {
    pub(super) fn new(inputs: Vec<Input>) -> Self {
        let tables = inputs.iter().map(|_| Mutex::new(None)).collect();
        Self { inputs, turn: Arc::new(Semaphore::new(1)), tables }
    }

    /// Let go of the table of an input, if one is open.
    pub(super) fn close_table(&self, index: u32) {
        drop(self.with_table(index, |open| *open = None));
    }

    fn size_of(&self, index: u32) -> usize {
        match self.inputs.get(index as usize).map(|input| &input.content) {
            Some(Content::Inline { bytes, .. }) => bytes.len(),
            Some(Content::Url { .. }) | None => 0,
        }
    }

    /// Do `work` over so many bytes. A run that ends meanwhile leaves it behind; it ends by itself, and holds the turn till then.
    async fn work(&self, bytes: usize, work: impl FnOnce() -> Vec<u8> + Send + 'static) -> Vec<u8> {
        if bytes <= INLINE_BYTES {
            return work();
        }
        let turn = Arc::clone(&self.turn).acquire_owned().await;
        let work = move || {
            let _turn = turn;
            work()
        };
        // It fails only when the process is going down; nobody is left then to read an empty completion.
        tokio::task::spawn_blocking(work).await.unwrap_or_default()
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
        // Done at once, in `Bridge::start`.
        Op::CloseTable { .. } => std::future::ready(encode(id, Ok(Payload::Done))).boxed(),
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

async fn open_json(inputs: &Arc<Inputs>, id: u32, input: u32) -> Vec<u8> {
    match async { bytes_of(inputs.input(input)?).await }.await {
        Ok(bytes) => inputs.work(bytes.len(), move || encode(id, Ok(Payload::Json(&text_of(&bytes))))).await,
        Err(failed) => encode(id, Err(failed)),
    }
}

async fn open_binary(inputs: &Arc<Inputs>, id: u32, input: u32) -> Vec<u8> {
    match async { bytes_of(inputs.input(input)?).await }.await {
        Ok(bytes) => inputs.work(bytes.len(), move || encode(id, Ok(Payload::Bytes { bytes: &bytes }))).await,
        Err(failed) => encode(id, Err(failed)),
    }
}

async fn open_tabular(
    inputs: &Arc<Inputs>,
    id: u32,
    index: u32,
    delimiter: Option<&str>,
    format: Option<&str>,
) -> Vec<u8> {
    let found = async {
        let input = inputs.input(index)?;
        let dialect = Dialect::new(delimiter, format, &input.tabular)?;
        Ok((bytes_of(input).await?, dialect))
    };
    let (bytes, dialect) = match found.await {
        Ok(found) => found,
        Err(failed) => return encode(id, Err(failed)),
    };
    let kept = Arc::clone(inputs);
    let open = move || {
        let text = match text_of(&bytes) {
            // Text that is UTF-8 already is not copied: skip the byte order mark, if there is one.
            Cow::Borrowed(text) => bytes.slice_ref(text.as_bytes()),
            Cow::Owned(text) => Bytes::from(text),
        };
        let table = match Table::open(text, &dialect) {
            Ok(table) => table,
            Err(failed) => return encode(id, Err(failed)),
        };
        let headers = table.headers().to_vec();
        let headers = headers.iter().map(String::as_str).collect();
        let kept = kept.with_table(index, |open| *open = Some(table));
        encode(id, kept.map(|()| Payload::Table { table: index, headers }))
    };
    inputs.work(inputs.size_of(index), open).await
}

fn read_rows(inputs: &Inputs, id: u32, table: u32, max: u32) -> Vec<u8> {
    let mut cells = Vec::new();
    let read = inputs.with_table(table, |open| match open {
        Some(open) => open.read(max.min(MAX_BATCH_ROWS), &mut cells),
        None => Ok(0),
    });
    encode(id, read.and_then(|count| count).map(|count| Payload::Rows { table, count, cells: &cells }))
}

/// Text of bytes: a byte order mark says UTF-8 or UTF-16, else it is UTF-8. What does not decode becomes U+FFFD.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    let (encoding, mark_bytes) = encoding_rs::Encoding::for_bom(bytes).unwrap_or((encoding_rs::UTF_8, 0));
    encoding.decode_without_bom_handling(bytes.get(mark_bytes..).unwrap_or_default()).0
}
