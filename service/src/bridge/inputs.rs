//! Input operations: opening an input as JSON, as bytes or as a table, and reading a table's rows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arbex_abi::{Op, Payload};
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;

use super::dialect::Dialect;
use super::fetch::{Failure, Fetcher, Fetches, Held, Share};
use super::table::Table;
use super::{Ended, Failed, encode, text};
use crate::call::{Content, Input};
use crate::run::FetchTally;

/// Rows a crossing, whatever the guest asks for.
const MAX_BATCH_ROWS: u32 = 4096;

/// Inputs larger than this are worked on beside the worker that runs the script: it has others to serve, and the run a
/// deadline to keep.
const INLINE_BYTES: usize = 256 * 1024;

/// The inputs of a run, and what is open on them.
pub(super) struct Inputs {
    inputs: Vec<Input>,
    fetches: Fetches,
    /// One large input of a run is worked on at a time, whatever the script started.
    turn: Arc<Semaphore>,
    tables: Mutex<Tables>,
}

/// The open tables. Each has an id of its own, so that whoever gives one back late does not lose another's. The guest keeps to
/// one reader a handle, so there are never more than inputs; one that does not is stopped there.
#[derive(Default)]
struct Tables {
    open: HashMap<u32, Open>,
    opened: u32,
}

struct Open {
    table: Option<Table>,
    /// What its bytes take of the room for fetched inputs.
    _share: Option<Share>,
}

impl Inputs {
    pub(super) fn new(inputs: Vec<Input>, fetcher: Arc<Fetcher>) -> Self {
        Self { inputs, fetches: Fetches::new(fetcher), turn: Arc::new(Semaphore::new(1)), tables: Mutex::default() }
    }

    /// What was fetched.
    pub(super) fn fetched(&self) -> FetchTally {
        self.fetches.tally()
    }

    /// Whether the input's bytes did not come along.
    pub(super) fn is_fetched(&self, index: u32) -> bool {
        matches!(self.input(index), Ok(Input { content: Content::Url(_), .. }))
    }

    /// Let go of a table, if it is open.
    pub(super) fn close_table(&self, table: u32) {
        drop(self.with_tables(|tables| tables.open.remove(&table)));
    }

    /// Keep `table` open; gives its id.
    fn open_table(&self, table: Table, share: Option<Share>) -> Result<u32, Failed> {
        self.with_tables(|tables| {
            if self.inputs.len() <= tables.open.len() {
                return Err(Failed::error("there are more open tables than inputs; dispose() of some first"));
            }
            tables.opened = tables.opened.wrapping_add(1);
            tables.open.insert(tables.opened, Open { table: Some(table), _share: share });
            Ok(tables.opened)
        })
    }

    /// Do `work` over so many bytes. A run that ends meanwhile leaves it behind; it ends by itself, and holds its
    /// turns till then: its own run's, and one of the few of all runs.
    async fn work<T: Default + Send + 'static>(&self, bytes: usize, work: impl FnOnce() -> T + Send + 'static) -> T {
        if bytes <= INLINE_BYTES {
            return work();
        }
        let turns = (Arc::clone(&self.turn).acquire_owned().await, self.fetches.turn_to_work().await);
        let work = move || {
            let _turns = turns;
            work()
        };
        // It fails only when the process is going down; nobody is left then to read an empty completion.
        tokio::task::spawn_blocking(work).await.unwrap_or_default()
    }

    fn input(&self, index: u32) -> Result<&Input, Failed> {
        self.inputs.get(index as usize).ok_or_else(|| Failed::error(format!("there is no input {index}")))
    }

    /// The bytes of an input, and what they hold where they were fetched. Each reader fetches anew: to keep them for another
    /// would take the memory of all inputs of a run at once.
    async fn bytes_of(&self, index: u32) -> Result<Source, Failed> {
        let input = self.input(index)?;
        match &input.content {
            Content::Inline { bytes, .. } => Ok(Source { bytes: bytes.clone(), held: None }),
            Content::Url(location) => match self.fetches.fetch(location).await {
                Ok((bytes, held)) => Ok(Source { bytes, held: Some(held) }),
                Err(failure) => Err(failure.of_input(input.descriptor.output_id)),
            },
        }
    }

    fn failed(&self, failure: Failure, index: u32) -> Failed {
        failure.of_input(self.input(index).ok().and_then(|input| input.descriptor.output_id))
    }

    /// Do something with a table; none when it was closed. Nothing is awaited under the lock.
    fn with_table<R>(&self, table: u32, work: impl FnOnce(&mut Option<Table>) -> R) -> Result<R, Failed> {
        self.with_tables(|tables| match tables.open.get_mut(&table) {
            Some(open) => Ok(work(&mut open.table)),
            None if (1..=tables.opened).contains(&table) => Ok(work(&mut None)),
            None => Err(Failed::error(format!("there is no table {table}"))),
        })
    }

    /// Open a table over `bytes`; gives its id and its headers.
    fn open(
        &self,
        bytes: Bytes,
        dialect: &Dialect,
        mut held: Option<Held>,
        index: u32,
    ) -> Result<(u32, Vec<String>), Failed> {
        let text =
            text::decode(bytes, held.as_mut().map(Held::share)).map_err(|failure| self.failed(failure, index))?;
        let table = Table::open(text, dialect)?;
        let headers = table.headers().to_vec();
        Ok((self.open_table(table, held.map(Held::into_share))?, headers))
    }

    fn with_tables<R>(&self, work: impl FnOnce(&mut Tables) -> R) -> R {
        work(&mut self.tables.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The bytes of an input.
struct Source {
    bytes: Bytes,
    /// For bytes that were fetched: to be held until the guest takes them.
    held: Option<Held>,
}

/// The future of one operation; it does nothing before it is polled, and gives an encoded completion.
pub(super) fn operation(inputs: &Arc<Inputs>, id: u32, op: &Op<'_>) -> BoxFuture<'static, Ended> {
    let inputs = Arc::clone(inputs);
    match *op {
        Op::OpenJson { input } => async move { open_json(&inputs, id, input).await }.boxed(),
        Op::OpenBinary { input } => async move { open_binary(&inputs, id, input).await }.boxed(),
        Op::OpenTabular { input, delimiter, input_format } => {
            let (delimiter, format) = (delimiter.map(str::to_owned), input_format.map(str::to_owned));
            async move { open_tabular(&inputs, id, input, delimiter.as_deref(), format.as_deref()).await }.boxed()
        }
        Op::ReadRows { table, max } => async move { read_rows(&inputs, id, table, max).into() }.boxed(),
        // Done at once, in `Bridge::start`.
        Op::CloseTable { .. } => std::future::ready(encode(id, Ok(Payload::Done)).into()).boxed(),
        // Only who compiles a script has no `ctx.system`, and it runs nothing.
        Op::ReadConfig { .. } | Op::List { .. } | Op::PodMetrics { .. } | Op::Exec { .. } => {
            std::future::ready(encode(id, Err(Failed::error("there is no ctx.system"))).into()).boxed()
        }
    }
}

async fn open_json(inputs: &Arc<Inputs>, id: u32, index: u32) -> Ended {
    let Source { bytes, mut held } = match inputs.bytes_of(index).await {
        Ok(source) => source,
        Err(failed) => return encode(id, Err(failed)).into(),
    };
    let (kept, size) = (Arc::clone(inputs), bytes.len());
    let open = move || {
        let text = text::decode(bytes, held.as_mut().map(Held::share)).map_err(|failure| kept.failed(failure, index));
        let json = text.as_ref().map(|text| Payload::Json(std::str::from_utf8(text).unwrap_or_default()));
        Ended { completion: encode(id, json.map_err(Failed::clone)), held, answer: None }
    };
    inputs.work(size, open).await
}

async fn open_binary(inputs: &Arc<Inputs>, id: u32, index: u32) -> Ended {
    let Source { bytes, held } = match inputs.bytes_of(index).await {
        Ok(source) => source,
        Err(failed) => return encode(id, Err(failed)).into(),
    };
    let size = bytes.len();
    let open = move || Ended { completion: encode(id, Ok(Payload::Bytes { bytes: &bytes })), held, answer: None };
    inputs.work(size, open).await
}

async fn open_tabular(
    inputs: &Arc<Inputs>,
    id: u32,
    index: u32,
    delimiter: Option<&str>,
    format: Option<&str>,
) -> Ended {
    let found = async {
        let dialect = Dialect::new(delimiter, format, &inputs.input(index)?.tabular)?;
        Ok((inputs.bytes_of(index).await?, dialect))
    };
    let (Source { bytes, held }, dialect) = match found.await {
        Ok(found) => found,
        Err(failed) => return encode(id, Err(failed)).into(),
    };
    let kept = Arc::clone(inputs);
    let size = bytes.len();
    let open = move || {
        let opened = kept.open(bytes, &dialect, held, index);
        let opened = opened.as_ref().map_err(Failed::clone);
        let opened = opened.map(|(table, headers)| Payload::Table {
            table: *table,
            headers: headers.iter().map(String::as_str).collect(),
        });
        encode(id, opened).into()
    };
    inputs.work(size, open).await
}

fn read_rows(inputs: &Inputs, id: u32, table: u32, max: u32) -> Vec<u8> {
    let mut cells = Vec::new();
    let read = inputs.with_table(table, |open| match open {
        Some(open) => open.read(max.min(MAX_BATCH_ROWS), &mut cells),
        None => Ok(0),
    });
    encode(id, read.and_then(|count| count).map(|count| Payload::Rows { table, count, cells: &cells }))
}

#[cfg(test)]
mod tests {
    use arbex_abi::Completion;
    use arbex_api::InputKind;

    use super::*;
    use crate::bridge::{Bridge, FetchSettings};
    use crate::call::{Descriptor, InlineForm, TabularOptions};

    fn bridge(texts: &[&'static str]) -> Bridge {
        let input = |text: &&'static str| Input {
            descriptor: Descriptor {
                output_id: None,
                created_at_utc: None,
                data_path: None,
                content_type: None,
                detected_kind: InputKind::Tabular,
                size_bytes: None,
            },
            content: Content::Inline { form: InlineForm::Text, bytes: Bytes::from_static(text.as_bytes()) },
            tabular: TabularOptions::default(),
        };
        let fetcher = Fetcher::new(FetchSettings::default()).unwrap();
        Bridge::new(texts.iter().map(input).collect(), Arc::new(fetcher), None)
    }

    /// The payload of the next completion in short: a table's id, rows' number, or what failed.
    async fn done(bridge: &mut Bridge, op: Op<'_>) -> Result<u32, String> {
        let id = bridge.start(&op);
        let completion = bridge.next(None).await.unwrap();
        let completion: Completion<'_> = arbex_abi::decode(&completion).unwrap();
        assert_eq!(completion.id, id);
        match completion.payload {
            Payload::Table { table, .. } => Ok(table),
            Payload::Rows { count, .. } => Ok(count),
            Payload::Failed { message, .. } => Err(message.to_owned()),
            other => panic!("{other:?}"),
        }
    }

    const OPEN: Op<'_> = Op::OpenTabular { input: 0, delimiter: None, input_format: None };

    #[tokio::test]
    async fn a_late_close_does_not_reach_another_table() {
        let mut bridge = bridge(&["a\n1\n2\n", "b\n"]);
        let first = done(&mut bridge, OPEN).await.unwrap();
        bridge.start(&Op::CloseTable { table: first });
        let second = done(&mut bridge, OPEN).await.unwrap();
        assert_ne!(first, second);
        bridge.start(&Op::CloseTable { table: first });
        assert_eq!(done(&mut bridge, Op::ReadRows { table: second, max: 9 }).await, Ok(2));
        // A table that was closed is at its end; one that never was is none.
        assert_eq!(done(&mut bridge, Op::ReadRows { table: first, max: 9 }).await, Ok(0));
        for table in [0, second + 1, u32::MAX] {
            let read = done(&mut bridge, Op::ReadRows { table, max: 9 }).await;
            assert_eq!(read, Err(format!("there is no table {table}")));
        }
    }

    #[tokio::test]
    async fn there_are_no_more_open_tables_than_inputs() {
        let mut bridge = bridge(&["a\n1\n", "b\n"]);
        let first = done(&mut bridge, OPEN).await.unwrap();
        done(&mut bridge, OPEN).await.unwrap();
        let third = done(&mut bridge, OPEN).await.unwrap_err();
        assert!(third.contains("more open tables than inputs"), "{third}");
        bridge.start(&Op::CloseTable { table: first });
        assert!(done(&mut bridge, OPEN).await.is_ok());
    }
}
