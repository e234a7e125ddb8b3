//! What must hold for any input, tried with many: JSON and tables come through the sandbox as they are.

use arbex::sandbox::Sandbox;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use crate::support::{envelope_of, request, sandbox};

/// Runs of the sandbox for each property; each takes many values at once.
const RUNS: usize = 12;

/// Values that every JSON text may hold and JavaScript keeps: its numbers are doubles, and -0 is written "0".
fn json_value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i32>().prop_map(Value::from),
        (-(1i64 << 53) + 1..1i64 << 53).prop_map(Value::from),
        any::<f64>().prop_filter("finite, and not -0", |n| n.is_finite() && *n != 0.0).prop_map(|n| json!(n)),
    ];
    let key = prop_oneof![
        any::<String>(),
        "[0-9]{1,4}",
        Just("__proto__".to_owned()),
        Just("toJSON".to_owned()),
        Just("constructor".to_owned()),
        Just(String::new()),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        any::<String>().prop_map(Value::from)
    ];
    leaf.prop_recursive(6, 48, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..8)
                .prop_map(|members| Value::from(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn sample<T>(runner: &mut TestRunner, strategy: &impl Strategy<Value = T>) -> T {
    strategy.new_tree(runner).unwrap().current()
}

/// Numbers compare as doubles: `1.0` may come back as `1`.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

async fn output_of(sandbox: &Sandbox, request: &Value) -> Value {
    let envelope = envelope_of(sandbox, request).await;
    assert_eq!(envelope["status"], "SUCCESS", "{request}: {envelope}");
    envelope["output"].clone()
}

#[tokio::test]
async fn any_json_comes_back_as_it_went() {
    let sandbox = sandbox();
    let mut runner = TestRunner::deterministic();
    let strategy = prop::collection::vec(json_value(), 40);
    for run in 0..RUNS {
        let values = sample(&mut runner, &strategy);
        let echo = "async function run(ctx) {
            const { root } = await ctx.inputs.latest.openJsonReader();
            return root.map((value, i) => (i % 2 ? value : structuredClone(value)));
        }";
        let mut request = request(echo);
        // As text in every other run: the two ways into the sandbox are different ones.
        request["inputs"] = match run % 2 {
            0 => json!([{ "content": { "json": values } }]),
            _ => json!([{ "content": { "text": json!(values).to_string() } }]),
        };
        let output = output_of(&sandbox, &request).await;
        for (went, came) in values.iter().zip(output.as_array().unwrap()) {
            assert!(same(went, came), "went {went}\ncame {came}");
        }
        assert_eq!(output.as_array().map(Vec::len), Some(values.len()));
    }
}

#[derive(Debug)]
struct Csv {
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
    delimiter: u8,
    quote_all: bool,
    crlf: bool,
}

fn csv() -> impl Strategy<Value = Csv> {
    let cell = prop_oneof![any::<String>(), "[a-z,;\t|\"\r\n ]{0,6}", Just(String::new())];
    let headers = prop::collection::hash_set("[^\u{feff}]{1,8}", 1..12)
        .prop_filter("headers that stay as they are", |headers| {
            headers.iter().all(|header| !header.trim().is_empty() && header != "_extra" && !is_numbered(header))
        });
    (headers, any::<bool>(), any::<bool>(), prop::sample::select(b",;\t|".to_vec())).prop_flat_map(
        move |(headers, quote_all, crlf, delimiter)| {
            let row = prop::collection::vec(cell.clone(), headers.len());
            prop::collection::vec(row, 0..20).prop_map(move |rows| Csv {
                headers: headers.iter().cloned().collect(),
                rows,
                delimiter,
                quote_all,
                crlf,
            })
        },
    )
}

/// What a header that repeats another would be named.
fn is_numbered(header: &str) -> bool {
    header.rsplit_once('_').is_some_and(|(_, number)| number.parse::<u32>().is_ok())
}

impl Csv {
    fn text(&self) -> String {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.delimiter)
            .quote_style(if self.quote_all { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary })
            .terminator(if self.crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
            .from_writer(Vec::new());
        writer.write_record(&self.headers).unwrap();
        for row in &self.rows {
            writer.write_record(row).unwrap();
        }
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    }

    fn expected(&self) -> Value {
        let object = |row: &Vec<String>| {
            Value::from(self.headers.iter().cloned().zip(row.iter().cloned().map(Value::from)).collect::<Map<_, _>>())
        };
        json!({ "headers": self.headers, "rows": self.rows.iter().map(object).collect::<Vec<_>>() })
    }
}

#[tokio::test]
async fn any_csv_is_read_as_it_was_written() {
    let sandbox = sandbox();
    let mut runner = TestRunner::deterministic();
    let strategy = csv();
    // The three ways to read rows; each must give the same.
    let read = "async function run(ctx) {
        const tables = [];
        for (const handle of ctx.inputs.history) {
            const { delimiter } = JSON.parse(handle.descriptor.dataPath);
            const ways = [
                async (r) => { const rows = []; for await (const row of r) rows.push(row); return rows; },
                async (r) => { const rows = []; for (let row; (row = await r.readRow()) !== null;) rows.push(row); return rows; },
                (r) => r.readRows(1000),
            ];
            const read = [];
            for (const way of ways) {
                const reader = await handle.openTabularReader({ delimiter });
                read.push(JSON.stringify({ headers: reader.headers, rows: await way(reader) }));
                reader.dispose();
            }
            tables.push(read.every((one) => one === read[0]) ? JSON.parse(read[0]) : read);
        }
        return tables;
    }";
    for _ in 0..RUNS {
        let tables: Vec<Csv> = (0..30).map(|_| sample(&mut runner, &strategy)).collect();
        let mut request = request(read);
        request["configuration"]["parent"] =
            json!({ "nodeInstanceName": "n", "mode": "history", "historyOrder": "oldestFirst" });
        let input = |(index, table): (usize, &Csv)| {
            let options = json!({ "delimiter": char::from(table.delimiter) }).to_string();
            let created = format!("2026-01-01T00:00:{index:02}Z");
            json!({ "descriptor": { "dataPath": options, "createdAtUtc": created }, "content": { "text": table.text() } })
        };
        request["inputs"] = tables.iter().enumerate().map(input).collect();
        let output = output_of(&sandbox, &request).await;
        for (table, read) in tables.iter().zip(output.as_array().unwrap()) {
            assert_eq!(&table.expected(), read, "{table:?} as {:?}", table.text());
        }
        assert_eq!(output.as_array().map(Vec::len), Some(tables.len()));
    }
}
