//! `just bench`: what a run costs, split by phase. Prints a table; asserts nothing.
//!
//! Each row runs one call again and again in one process, on one thread, through `Sandbox::execute`: fresh instance, cached
//! program. `faults` are minor page faults a run. `ARBEX_BENCH` picks rows by a part of their name, and `ARBEX_BENCH_UNPROFILED` has
//! them run without the profiler. `ARBEX_BENCH_RUNS` fixes how often, for tools that count instructions.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods
)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use arbex::bridge::FetchSettings;
use arbex::call::{Call, Ceilings};
use arbex::caller::{Caller, Capability};
use arbex::policy::Rules;
use arbex::run::{Outcome, Run};
use arbex::sandbox::{Sandbox, SandboxSettings};
use arbex_cluster::ClusterSettings;
use serde_json::json;

/// Requests are made when their row is measured: large ones lying about would slow down the allocator for all rows.
struct Row {
    name: &'static str,
    request: Box<dyn Fn() -> serde_json::Value>,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(bench());
}

async fn bench() {
    let started = Instant::now();
    let sandbox = Sandbox::new(settings()).unwrap();
    println!("Sandbox::new: {:.1} ms\n", started.elapsed().as_secs_f64() * 1e3);
    println!(
        "{:<12} {:>7} {:>10} {:>10} {:>10} {:>10} {:>10} {:>12} {:>7}",
        "row", "runs", "p50 µs", "p95 µs", "min µs", "decode µs", "inst µs", "fuel", "faults"
    );
    let only = std::env::var("ARBEX_BENCH").unwrap_or_default();
    for row in rows().into_iter().filter(|row| row.name.contains(&only)) {
        let mut request = (row.request)();
        if std::env::var_os("ARBEX_BENCH_UNPROFILED").is_some() {
            request["configuration"]["profiler"] = json!({ "enabled": false });
        }
        let body = serde_json::to_vec(&request).unwrap();
        measure(&sandbox, row.name, &body).await;
    }
}

async fn measure(sandbox: &Sandbox, name: &str, body: &[u8]) {
    let ceilings = Ceilings { max_timeout_ms: 600_000, ..Ceilings::default() };
    for _ in 0..3 {
        run(sandbox, body, &ceilings).await;
    }
    let budget = Instant::now();
    let (mut totals, mut decodes, mut instantiations, mut fuel) = (Vec::new(), Vec::new(), Vec::new(), 0);
    let faults_before = minor_faults();
    let fixed: Option<usize> = std::env::var("ARBEX_BENCH_RUNS").ok().and_then(|runs| runs.parse().ok());
    let goes_on = |runs: usize| match fixed {
        Some(fixed) => runs < fixed,
        None => runs < 20_000 && budget.elapsed() < Duration::from_secs(3) || runs < 5,
    };
    while goes_on(totals.len()) {
        let (decode, total, run) = run(sandbox, body, &ceilings).await;
        totals.push(total);
        decodes.push(decode);
        instantiations.push(Duration::from_secs_f64(run.usage.instantiate_ms / 1e3));
        fuel = run.usage.fuel_consumed;
    }
    let faults = (minor_faults() - faults_before) as f64 / totals.len() as f64;
    let micros =
        |samples: &[Duration], at: f64| samples[((samples.len() - 1) as f64 * at) as usize].as_secs_f64() * 1e6;
    for samples in [&mut totals, &mut decodes, &mut instantiations] {
        samples.sort();
    }
    let mut line = format!("{name:<12} {:>7}", totals.len());
    for (samples, at) in [(&totals, 0.5), (&totals, 0.95), (&totals, 0.0), (&decodes, 0.5), (&instantiations, 0.5)] {
        write!(line, " {:>10.1}", micros(samples, at)).unwrap();
    }
    println!("{line} {fuel:>12} {faults:>7.1}");
}

async fn run(sandbox: &Sandbox, body: &[u8], ceilings: &Ceilings) -> (Duration, Duration, Run) {
    let start = Instant::now();
    let call = Call::decode(body, ceilings).expect("the row's request is valid");
    let caller = Caller { name: "bench".into(), capabilities: [Capability::Execute].into_iter().collect() };
    let decoded = Instant::now();
    let run = sandbox.execute(call, &caller).await.expect("the sandbox runs it");
    let total = decoded.elapsed();
    assert!(matches!(run.outcome, Outcome::Returned(_)), "{:?}", run.outcome);
    (decoded - start, total, run)
}

fn settings() -> SandboxSettings {
    SandboxSettings {
        slots: 4,
        max_queued: 4,
        max_queue_wait_ms: 1000,
        fuel: u64::MAX / 4,
        max_output_bytes: 16 << 20,
        max_console_entries: 1000,
        max_console_bytes: 256 << 10,
        console_overflow_is_fatal: false,
        max_memory_bytes: 640 << 20,
        memory_budget_bytes: None,
        cache_bytes: 64 << 20,
        pooling: std::env::var_os("ARBEX_BENCH_ON_DEMAND").is_none(),
        fetch: FetchSettings::default(),
        rules: Rules::default(),
        cluster: ClusterSettings::default(),
    }
}

/// Column `minflt` of /proc/self/stat.
fn minor_faults() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    after_name.split_whitespace().nth(7).and_then(|faults| faults.parse().ok()).unwrap_or(0)
}

/// A table of five columns.
fn csv_of(rows: u32) -> String {
    let mut csv = String::from("id,region,amount,when,note\n");
    for i in 0..rows {
        writeln!(csv, "{i},region-{},{},2026-01-{:02},note number {i}", i % 7, i * 31 % 1000, i % 28 + 1).unwrap();
    }
    csv
}

/// Adds up one column by another, a thousand rows at a time.
const READ_ROWS: &str = "async function run(ctx) { const r = await ctx.inputs.latest.openTabularReader(); const t = {}; for (let rows; (rows = await r.readRows(1000)).length; ) for (const row of rows) t[row.region] = (t[row.region] ?? 0) + Number(row.amount); return t; }";

fn rows() -> Vec<Row> {
    let script = |script: &str| json!({ "configuration": { "script": script, "timeoutMs": 600_000 } });
    let with_input = |script: &str, content: serde_json::Value| json!({ "configuration": { "script": script, "timeoutMs": 600_000 }, "inputs": [ { "content": content } ] });
    vec![
        Row { name: "trivial", request: Box::new(move || script("function run() { return 1 }")) },
        Row { name: "hello", request: Box::new(move || script("async function run(ctx) { return { ok: true }; }")) },
        Row {
            name: "log",
            request: Box::new(move || {
                script("async function run(ctx) { console.log('rows', 2); return { ok: true }; }")
            }),
        },
        Row {
            name: "logobject",
            request: Box::new(move || {
                script("async function run(ctx) { console.log('x', { a: 1, b: [1, 2, 3] }); return { ok: true }; }")
            }),
        },
        Row {
            name: "small",
            request: Box::new(move || {
                script(
                    "async function run(ctx) { const xs = []; for (let i = 0; i < 100; i++) xs.push({ i, sq: i * i }); return xs.filter((x) => x.i % 2).map((x) => x.sq); }",
                )
            }),
        },
        Row {
            name: "json",
            request: Box::new(move || {
                with_input(
                    "async function run(ctx) { const { root } = await ctx.inputs.latest.openJsonReader(); const g = {}; for (const o of root.filter((o) => o.on)) (g[o.group] ??= []).push(o.value); return Object.entries(g).map(([k, v]) => ({ k, n: v.length, sum: v.reduce((a, b) => a + b, 0) })).sort((a, b) => b.sum - a.sum); }",
                    json!({ "json": (0..1000).map(|i| json!({ "id": i, "group": format!("g{}", i % 10), "value": i * 7 % 101, "on": i % 3 == 0 })).collect::<Vec<_>>() }),
                )
            }),
        },
        Row {
            name: "csv",
            request: Box::new(move || {
                with_input(
                    "async function run(ctx) { const r = await ctx.inputs.latest.openTabularReader(); const t = {}; for await (const row of r) t[row.region] = (t[row.region] ?? 0) + Number(row.amount); return t; }",
                    json!({ "text": csv_of(10_000) }),
                )
            }),
        },
        Row { name: "csvrows", request: Box::new(move || with_input(READ_ROWS, json!({ "text": csv_of(10_000) }))) },
        Row { name: "csv100k", request: Box::new(move || with_input(READ_ROWS, json!({ "text": csv_of(100_000) }))) },
        Row {
            name: "csvsplit",
            request: Box::new(move || {
                with_input(
                    "async function run(ctx) { const r = await ctx.inputs.latest.openJsonReader(); const lines = r.root.split('\\n'); const t = {}; for (let i = 1; i < lines.length; i++) { const c = lines[i].split(','); if (c.length < 5) continue; t[c[1]] = (t[c[1]] ?? 0) + Number(c[2]); } return t; }",
                    json!({ "json": csv_of(10_000) }),
                )
            }),
        },
        Row {
            name: "json10mb",
            request: Box::new(move || {
                with_input(
                    "async function run(ctx) { return (await ctx.inputs.latest.openJsonReader()).root.length }",
                    json!({ "json": (0..80_000).map(|i| json!({ "id": i, "name": format!("item number {i}"), "group": i % 10, "value": f64::from(i) * 0.25, "tags": ["a", "b"], "note": "forty characters of text, more or less so" })).collect::<Vec<_>>() }),
                )
            }),
        },
        Row {
            name: "output1mb",
            request: Box::new(move || {
                script(
                    "function run() { const out = []; for (let i = 0; i < 16000; i++) out.push({ id: i, name: 'item number ' + i, value: i * 0.25, on: true }); return out; }",
                )
            }),
        },
        Row {
            name: "jmespath",
            request: Box::new(move || {
                with_input(
                    "async function run(ctx) { const { root } = await ctx.inputs.latest.openJsonReader(); return heat.jmespath.search('[?value > `50` && on].{id: id, group: group} | sort_by(@, &group)[*].id | length(@)', root); }",
                    json!({ "json": (0..10_000).map(|i| json!({ "id": i, "group": format!("g{}", i % 10), "value": i * 7 % 101, "on": i % 3 == 0 })).collect::<Vec<_>>() }),
                )
            }),
        },
        Row {
            name: "cpu",
            request: Box::new(move || {
                script(
                    "function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) } function run() { const f = fib(27); const os = []; for (let i = 0; i < 300000; i++) os.push({ i }); let s = ''; for (let i = 0; i < 100000; i++) s += i; return [f, os.length, s.length]; }",
                )
            }),
        },
        Row {
            name: "alloc",
            request: Box::new(move || {
                script(
                    "function run() { const keep = []; for (let i = 0; i < 250000; i++) keep.push({ id: i, name: 'n' + i, tags: [i] }); return keep.length; }",
                )
            }),
        },
    ]
}
