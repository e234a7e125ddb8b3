//! Every limit as a pair: just within it a run succeeds, just over it the run ends with the limit's own reason, its name and
//! numbers, whatever the script puts around the offence; and the sandbox serves the next run.

use std::fmt::Write as _;

use arbex::call::Ceilings;
use arbex::http::public_router;
use arbex::sandbox::{Sandbox, SandboxSettings};
use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::{MIB, app, assert_serves, envelope_of, request, run, sandbox, sandbox_settings};

/// A limit as `output.reason` and `output.limit` must tell of it.
#[derive(Clone, Copy)]
struct Limit {
    reason: &'static str,
    name: &'static str,
    bound: u64,
}

const TIMEOUT: Limit = Limit { reason: "timeout", name: "timeoutMs", bound: 100 };
const MEMORY: Limit = Limit { reason: "memory_limit", name: "maxMemoryMb", bound: 32 };
const FUEL: Limit = Limit { reason: "fuel_exhausted", name: "fuel", bound: 20_000_000 };

/// What a script may put around an offence to get away with it. Each ends with "swallowed" when it does.
const SHELLS: [(&str, &str); 7] = [
    ("nothing", "function run() { offend(); return 'swallowed'; }"),
    ("catch", "function run() { try { offend(); } catch {} return 'swallowed'; }"),
    ("finally", "function run() { try { offend(); } finally { return 'swallowed'; } }"),
    (
        "catch in a loop",
        "function run() { for (let i = 0; i < 3; i++) try { offend(); } catch {} return 'swallowed'; }",
    ),
    ("promise.catch", "function run() { return new Promise((done) => done(offend())).catch(() => 'swallowed'); }"),
    ("await in try", "async function run() { try { await null; offend(); } catch {} return 'swallowed'; }"),
    (
        "timer",
        "function run() { return new Promise((done) => setTimeout(() => { try { offend(); } finally { done('swallowed'); } }, 1)); }",
    ),
];

/// What is wrong with how a run ended that should have hit `limit`, if anything.
fn miss(envelope: &Value, limit: Limit) -> Option<String> {
    let output = &envelope["output"];
    let told = &output["limit"];
    let used = told["used"].as_u64().unwrap_or_default();
    // Memory is refused before it is had, so there it is more than the bound; the others are at it or over.
    let least = if limit.reason == "memory_limit" { limit.bound + 1 } else { limit.bound };
    let is_so = envelope["status"] == "ERROR"
        && output["reason"] == limit.reason
        && (&told["name"], &told["limit"]) == (&json!(limit.name), &json!(limit.bound))
        && least <= used
        // Nothing of a timeout is exact, but a run that goes on for seconds was not ended by its limit.
        && (limit.reason != "timeout" || used < limit.bound + 5_000)
        && output["message"].as_str().is_some_and(|text| !text.is_empty());
    let shown: String = output.to_string().chars().take(400).collect();
    (!is_so).then(|| format!("{} {shown}", envelope["status"]))
}

fn assert_hit(envelope: &Value, limit: Limit, what: &str) {
    assert_eq!(miss(envelope, limit), None, "{what}");
}

fn assert_output(envelope: &Value, expected: &Value, what: &str) {
    assert_eq!((&envelope["status"], &envelope["output"]), (&json!("SUCCESS"), expected), "{what}");
}

/// Runs each offence in each shell; `limit` may need the envelope for its bound.
async fn check(sandbox: &Sandbox, configuration: Value, offences: &[&str], limit: impl Fn(&Value) -> Limit) {
    let mut faults = String::new();
    for offence in offences {
        for (shell, script) in SHELLS {
            let what = format!("{offence} in {shell}");
            let mut request = request(&format!("function offend() {{ {offence} }}\n{script}"));
            merge(&mut request["configuration"], &configuration);
            let envelope = envelope_of(sandbox, &request).await;
            if let Some(fault) = miss(&envelope, limit(&envelope)) {
                writeln!(faults, "{what}: {fault}").unwrap();
            }
            assert_serves(sandbox, &what).await;
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

fn merge(into: &mut Value, members: &Value) {
    for (key, value) in members.as_object().unwrap() {
        into[key] = value.clone();
    }
}

fn timed(script: &str, timeout_ms: u64) -> Value {
    json!({ "configuration": { "script": script, "timeoutMs": timeout_ms } })
}

#[tokio::test]
async fn time_ends_whatever_computes() {
    let sandbox = sandbox();
    let offences = [
        "while (true);",
        // Calls that never come back to the interpreter by themselves.
        "/(x+x+)+y/.test('x'.repeat(64));",
        "Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1);",
        "Array.prototype.fill.call(new Proxy({ length: 2 ** 53 - 1 }, { set: () => true }), 0);",
        "3n ** 30000000n;",
        "new Array(1e9).join('x'.repeat(100)).length;",
        "for (;;) Array.from({ length: 1e5 }, (_, i) => (i * 7919) % 100003).sort();",
        "const text = JSON.stringify(Array.from({ length: 1e5 }, (_, i) => [i])); for (;;) JSON.parse(text);",
        "const list = Array.from({ length: 1e5 }, (_, i) => [i]); for (;;) JSON.stringify(list);",
        "for (;;) 'x'.repeat(1e6).split('');",
        "for (;;) new Array(1e5).fill(0);",
        "for (;;) new Uint8Array(1e6).fill(1);",
        "for (;;) structuredClone([{ a: 1 }]);",
        "for (;;) eval('1');",
        "function* forever() { while (true) yield 1; } for (const one of forever());",
        "[...{ *[Symbol.iterator]() { while (true) { new Array(100); yield; } } }].length = 0; while (true);",
    ];
    // Memory enough that time runs out first.
    check(&sandbox, json!({ "timeoutMs": TIMEOUT.bound, "maxMemoryMb": 1024 }), &offences, |_| TIMEOUT).await;
}

#[tokio::test]
async fn time_ends_whatever_waits() {
    let sandbox = sandbox();
    for script in [
        "async function run() { await new Promise((done) => setTimeout(done, 60_000)); }",
        "async function run() { try { await new Promise((done) => setTimeout(done, 60_000)); } finally { return 'swallowed'; } }",
        "function run() { return new Promise(() => setInterval(() => {}, 1)); }",
        "function run() { return new Promise(() => { const again = () => setTimeout(again, 0); again(); }); }",
        "async function run() { for (;;) await null; }",
        "function run() { const again = () => queueMicrotask(again); again(); return new Promise(() => {}); }",
        "function run() { const then = (done) => done({ then }); return { then }; }",
        // What the script does outside of `run` counts as well.
        "while (true); function run() {}",
        "function run() { return { toJSON() { while (true); } }; }",
        "function run() { throw { toString() { while (true); } }; }",
        "function run() { console.log('%s', { toString() { while (true); } }); }",
        "Object.defineProperty(globalThis, 'run', { get() { while (true); } });",
    ] {
        let envelope = envelope_of(&sandbox, &timed(script, TIMEOUT.bound)).await;
        assert_hit(&envelope, TIMEOUT, script);
        assert_serves(&sandbox, script).await;
    }
    // The other half of the pair: waiting is no offence.
    let waits = "async function run() { await new Promise((done) => setTimeout(done, 50)); return 'waited'; }";
    assert_output(&envelope_of(&sandbox, &timed(waits, 10_000)).await, &json!("waited"), waits);
    let computes = "function run() { const end = Date.now() + 50; while (Date.now() < end); return 'computed'; }";
    assert_output(&envelope_of(&sandbox, &timed(computes, 10_000)).await, &json!("computed"), computes);
}

fn with_fuel(fuel: u64) -> Sandbox {
    Sandbox::new(SandboxSettings { fuel, ..sandbox_settings() }).unwrap()
}

#[tokio::test]
async fn fuel_ends_whatever_computes() {
    let sandbox = with_fuel(FUEL.bound);
    let offences = [
        "while (true);",
        "/(x+x+)+y/.test('x'.repeat(64));",
        "for (;;) [3, 1, 2].sort();",
        "for (;;) JSON.parse('[1]');",
    ];
    check(&sandbox, json!({}), &offences, |_| FUEL).await;
}

/// The same script takes the same fuel, so a budget can be cut to size.
#[tokio::test]
async fn a_budget_of_fuel_is_exact() {
    let script = "function run() { let sum = 0; for (let i = 0; i < 200000; i++) sum += i % 7; return sum; }";
    let ample = sandbox();
    run(&ample, script).await; // Compiles it.
    let first = run(&ample, script).await;
    let fuel = first["metrics"]["fuelConsumed"].as_u64().unwrap();
    assert!(1_000_000 < fuel, "{first}");
    assert_eq!(run(&sandbox(), script).await["metrics"]["fuelConsumed"], fuel, "another sandbox, another time");

    // The engine ends a run that reaches its budget as much as one that passes it.
    let enough = run(&with_fuel(fuel + 1), script).await;
    assert_output(&enough, &first["output"], "just enough fuel");
    assert_eq!(enough["metrics"]["fuelConsumed"], fuel);
    // Fuel is looked at where loops turn and functions begin, so the last few instructions are free.
    for less in [fuel - 10_000, fuel / 2] {
        let short = run(&with_fuel(less), script).await;
        assert_hit(&short, Limit { bound: less, ..FUEL }, "too little fuel");
        assert_eq!(short["output"]["limit"]["used"], less);
    }
}

#[tokio::test]
async fn memory_is_refused_without_appeal() {
    let sandbox = sandbox();
    let offences = [
        "const all = []; for (;;) all.push({ n: all.length });",
        "const all = new Map(); for (;;) all.set({}, [1, 2, 3]);",
        "const all = []; for (;;) all.push(`text ${all.length}`);",
        "new ArrayBuffer(33 * 1024 * 1024);",
        "new Float64Array(5e6);",
        "'x'.repeat(33 * 1024 * 1024);",
        "let text = 'xy'; for (;;) text = text.replaceAll('x', 'xx') + text;",
        "new Array(5e6).fill(1);",
        "Array.from({ length: 1e9 });",
        "JSON.stringify(new Array(1e7).fill(0));",
        "for (let f = () => 1; ; ) { const inner = f; f = () => inner; }",
        "globalThis.all = []; for (;;) all.push(new Promise(() => {}));",
        "const buffers = []; for (;;) buffers.push(new ArrayBuffer(65536));",
        // Above what the engine itself would ask for: not even that is the script's to catch.
        "new ArrayBuffer(1200 * 1024 * 1024);",
    ];
    check(&sandbox, json!({ "maxMemoryMb": MEMORY.bound }), &offences, |_| MEMORY).await;
    assert_eq!(sandbox.memory_in_use_bytes(), 0);
}

#[tokio::test]
async fn memory_within_the_limit_is_had() {
    let sandbox = sandbox();
    let sized = |script: &str, mb: u64| json!({ "configuration": { "script": script, "maxMemoryMb": mb, "timeoutMs": 60_000 } });
    for (script, output) in [
        ("function run() { return new ArrayBuffer(24 * 1024 * 1024).byteLength; }", 24 * MIB),
        ("function run() { return 'x'.repeat(24 * 1024 * 1024).length; }", 24 * MIB),
        // Garbage does not count, in cycles or not.
        (
            "function run() { let n = 0; for (let i = 0; i < 300; i++) n += new ArrayBuffer(1e6).byteLength; return n; }",
            300_000_000,
        ),
        (
            "function run() { let n = 0; for (; n < 500000; n++) { const a = {}; a.self = { a, n }; } return n; }",
            500_000,
        ),
    ] {
        let envelope = envelope_of(&sandbox, &sized(script, 32)).await;
        assert_output(&envelope, &json!(output), script);
        let peak = envelope["metrics"]["peakMemoryBytes"].as_u64().unwrap();
        assert!(peak <= 32 * MIB, "{script}: {peak}");
    }
    // The same script, once with and once without enough.
    let fills = "function run() { return new Uint8Array(40 * 1024 * 1024).fill(1).at(-1); }";
    assert_output(&envelope_of(&sandbox, &sized(fills, 48)).await, &json!(1), fills);
    assert_hit(&envelope_of(&sandbox, &sized(fills, 40)).await, Limit { bound: 40, ..MEMORY }, fills);
}

/// Rows in cycles are garbage that the engine has to see: a table of three times the memory passes through.
#[tokio::test]
async fn rows_that_nothing_keeps_take_no_memory() {
    let mut text = String::from("id,note\n");
    for id in 0..24_000 {
        text.push_str(&format!("{id},{}\n", "x".repeat(4_000)));
    }
    for body in [
        "const cycle = { row }; cycle.self = cycle;",
        "const walk = (depth) => (depth ? walk(depth - 1) : row.id); walk(2);",
        "if (count % 200 === 0) kept.push(row);",
    ] {
        let script = format!(
            "async function run(ctx) {{ let count = 0; const kept = [];
               for await (const row of await ctx.inputs.latest.openTabularReader()) {{ count++; {body} }}
               return count; }}"
        );
        let mut request = request(&script);
        request["configuration"]["maxMemoryMb"] = json!(32);
        request["inputs"] = json!([{ "content": { "text": text } }]);
        let envelope = envelope_of(&sandbox(), &request).await;
        assert_eq!(envelope["output"], 24_000, "{body}: {}", envelope["output"]);
    }
}

#[tokio::test]
async fn compiling_is_limited_like_running() {
    let sandbox = sandbox();
    // Some hundred thousand array elements are no long text but a lot of code.
    let long = format!("function run() {{ return [{}].length; }}", "[],".repeat(300_000));
    let request = |memory: u64, timeout: u64| {
        let limits = json!({ "maxMemoryMb": memory, "timeoutMs": timeout, "maxScriptChars": 1_048_576 });
        let mut request = request(&long);
        merge(&mut request["configuration"], &limits);
        request
    };
    assert_hit(&envelope_of(&sandbox, &request(16, 60_000)).await, Limit { bound: 16, ..MEMORY }, "memory");
    assert_hit(&envelope_of(&sandbox, &request(512, 5)).await, Limit { bound: 5, ..TIMEOUT }, "time");
    assert_serves(&sandbox, "compiling").await;
    assert_output(&envelope_of(&sandbox, &request(512, 60_000)).await, &json!(300_000), "enough of both");
}

#[tokio::test]
async fn the_budget_of_all_runs_is_one() {
    let settings = SandboxSettings { memory_budget_bytes: Some(64 * MIB), ..sandbox_settings() };
    let sandbox = Sandbox::new(settings).unwrap();
    let budget = Limit { name: "memoryBudgetMb", bound: 64, ..MEMORY };
    let holds = |mb: u64| format!("function run() {{ return new ArrayBuffer({mb} * 1024 * 1024).byteLength; }}");
    assert_output(&run(&sandbox, &holds(48)).await, &json!(48 * MIB), "within the budget");
    assert_hit(&run(&sandbox, &holds(65)).await, budget, "over the budget");
    check(&sandbox, json!({ "maxMemoryMb": 512 }), &["const all = []; for (;;) all.push({});"], |_| budget).await;
    assert_eq!(sandbox.memory_in_use_bytes(), 0, "all of it is given back");

    // Two runs that fit one by one do not fit side by side: one of them, and only one, is refused.
    let script = "async function run() { const held = new ArrayBuffer(40 * 1024 * 1024);
        await new Promise((done) => setTimeout(done, 500)); return held.byteLength; }";
    let (one, other) = tokio::join!(run(&sandbox, script), run(&sandbox, script));
    let (refused, served) = if one["status"] == "ERROR" { (one, other) } else { (other, one) };
    assert_hit(&refused, budget, "side by side");
    assert_output(&served, &json!(40 * MIB), "side by side");

    // A budget that not even an empty sandbox fits in.
    let none = Sandbox::new(SandboxSettings { memory_budget_bytes: Some(MIB / 2), ..sandbox_settings() }).unwrap();
    assert_hit(&run(&none, "function run() {}").await, Limit { bound: 0, ..budget }, "no budget");
}

#[tokio::test]
async fn recursion_without_an_end_is_ended() {
    let sandbox = sandbox();
    let offences = [
        "const f = (n) => f(n + 1) + 1; f(0);",
        "function even(n) { return odd(n + 1); } function odd(n) { return 1 + even(n + 1); } even(0);",
        "const f = (...all) => f(...all, 1); f();",
        "class A { get a() { return this.a; } } new A().a;",
        "const o = { toString() { return `${o}`; } }; String(o);",
        "const o = { valueOf() { return +o; } }; +o;",
        "const o = { toJSON() { return JSON.stringify(o); } }; JSON.stringify(o);",
        "const p = new Proxy({}, { get: (_, k) => p[k] }); p.x;",
        "const f = () => [1].map(f); f();",
        "const f = () => [2, 1].sort(f); f();",
        "const f = () => 'x'.replace(/x/, f); f();",
        "const f = () => Reflect.apply(f, null, []); f();",
        "const f = () => new (class { constructor() { f(); } })(); f();",
        "const f = () => eval('f()'); globalThis.f = f; f();",
        "const f = () => { try { f(); } finally { f(); } }; f();",
        "function* f() { yield* f(); } [...f()];",
        "JSON.parse('['.repeat(100000));",
        "JSON.parse('{\"a\":'.repeat(100000));",
        "let a = []; for (let i = 0; i < 100000; i++) a = [a]; JSON.stringify(a);",
        "let a = []; for (let i = 0; i < 100000; i++) a = [a]; String(a);",
        "let a = []; for (let i = 0; i < 100000; i++) a = [a]; a.flat(Infinity);",
        "let f = () => 1; for (let i = 0; i < 4000; i++) f = f.bind(null); f();",
        "let p = {}; for (let i = 0; i < 100000; i++) p = new Proxy(p, {}); p.x;",
        "eval('['.repeat(100000));",
        "eval('('.repeat(100000));",
        "eval('-'.repeat(100000) + '1');",
        "eval('x=>'.repeat(100000) + '1');",
        "eval('{'.repeat(100000));",
        "new Function('`${'.repeat(100000));",
        "new RegExp('(?:'.repeat(100000) + ')'.repeat(100000));",
    ];
    // Of two stacks it may be either that runs out.
    let limit = |envelope: &Value| {
        let bound = envelope["output"]["limit"]["limit"].as_u64().unwrap_or_default();
        Limit { reason: "stack_overflow", name: "stackBytes", bound: bound.max(64 * 1024) }
    };
    check(&sandbox, json!({}), &offences, limit).await;
}

#[tokio::test]
async fn what_is_returned_or_compiled_may_not_nest_without_an_end_either() {
    let sandbox = sandbox();
    let nested = "let a = 1; for (let i = 0; i < 100000; i++) a = [a];";
    let deep = |open: &str, close: &str| {
        format!("const deep = {}{};\nfunction run() {{}}", open.repeat(60_000), close.repeat(60_000))
    };
    for script in [
        format!("function run() {{ {nested} return a; }}"),
        format!("async function run() {{ {nested} return a; }}"),
        deep("[", "]"),
        deep("(", ")"),
        deep("-", "1"),
    ] {
        let envelope = run(&sandbox, &script).await;
        let what = script.get(..60).unwrap();
        assert_eq!(envelope["output"]["reason"], "stack_overflow", "{what}: {envelope}");
        assert_serves(&sandbox, what).await;
    }
}

#[tokio::test]
async fn decent_depths_work() {
    let sandbox = sandbox();
    let mut faults = String::new();
    for (script, output) in [
        ("const f = (n) => (n === 0 ? 0 : 1 + f(n - 1)); const run = () => f(800);", json!(800)),
        ("const f = async (n) => (n === 0 ? 0 : 1 + (await f(n - 1))); const run = () => f(400);", json!(400)),
        (
            "function run() { return JSON.stringify(JSON.parse('['.repeat(800) + ']'.repeat(800))).length; }",
            json!(1600),
        ),
        ("function run() { return eval('('.repeat(200) + '1' + ')'.repeat(200)); }", json!(1)),
        ("function run() { return new RegExp('('.repeat(200) + 'x' + ')'.repeat(200)).exec('x').length; }", json!(201)),
        ("function run() { let a = 1; for (let i = 0; i < 800; i++) a = [a]; return a.flat(Infinity); }", json!([1])),
        // A chain of promises is no recursion, however long.
        (
            "function run() { let p = Promise.resolve(0); for (let i = 0; i < 20000; i++) p = p.then((n) => n + 1); return p; }",
            json!(20_000),
        ),
    ] {
        let envelope = run(&sandbox, script).await;
        if envelope["output"] != output {
            writeln!(faults, "{script}: {} {}", envelope["output"]["reason"], envelope["output"]["message"]).unwrap();
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[tokio::test]
async fn output_is_counted_in_bytes() {
    let sandbox = Sandbox::new(SandboxSettings { max_output_bytes: 1024, ..sandbox_settings() }).unwrap();
    // The quotes are two bytes, a euro sign is three.
    for (script, bytes) in [
        ("function run() { return 'x'.repeat(1022); }", 1024),
        ("function run() { return 'x'.repeat(1023); }", 1025),
        ("function run() { return '€'.repeat(340) + 'xx'; }", 1024),
        ("async function run() { try { return '€'.repeat(340) + 'xxx'; } catch {} }", 1025),
        ("function run() { return { toJSON: () => 'x'.repeat(1022) }; }", 1024),
        ("function run() { return Array(513).fill(1); }", 1027),
        ("function run() { return 'x'.repeat(1e7); }", 10_000_002),
    ] {
        let envelope = run(&sandbox, script).await;
        if bytes <= 1024 {
            assert_eq!(envelope["status"], "SUCCESS", "{script}: {envelope}");
            assert_eq!(envelope["output"].to_string().len(), bytes, "{script}");
        } else {
            let limit = Limit { reason: "output_too_large", name: "maxOutputBytes", bound: 1024 };
            assert_hit(&envelope, limit, script);
            assert_eq!(envelope["output"]["limit"]["used"], bytes, "{script}");
        }
        assert_serves(&sandbox, script).await;
    }
}

#[tokio::test]
async fn a_fatal_console_cannot_be_talked_away() {
    let sandbox = Sandbox::new(SandboxSettings {
        max_console_entries: 10,
        max_console_bytes: 1000,
        console_overflow_is_fatal: true,
        ..sandbox_settings()
    })
    .unwrap();
    let reason = "console_too_large";
    let entries = Limit { reason, name: "maxConsoleEntries", bound: 10 };
    let bytes = Limit { reason, name: "maxConsoleBytes", bound: 1000 };
    check(&sandbox, json!({}), &["for (let i = 0; i < 11; i++) console.log(i);"], |_| entries).await;
    check(&sandbox, json!({}), &["for (let i = 0; i < 2; i++) console.error('x'.repeat(501));"], |_| bytes).await;
    let within = "function run() { for (let i = 0; i < 10; i++) console.log('x'.repeat(100)); return 'within'; }";
    assert_output(&run(&sandbox, within).await, &json!("within"), within);
}

#[tokio::test]
async fn a_cut_console_says_what_is_missing() {
    let settings = SandboxSettings { max_console_entries: 10, max_console_bytes: 1000, ..sandbox_settings() };
    let sandbox = Sandbox::new(settings).unwrap();
    for (script, kept, dropped) in [
        ("for (let i = 0; i < 10; i++) console.log(i)", 10, None),
        ("for (let i = 0; i < 11; i++) console.log(i)", 10, Some("1 more entry was")),
        ("for (let i = 0; i < 500; i++) console.log(i)", 10, Some("490 more entries were")),
        ("for (let i = 0; i < 2; i++) console.log('x'.repeat(500))", 2, None),
        ("for (let i = 0; i < 2; i++) console.log('x'.repeat(501))", 1, Some("1 more entry was")),
    ] {
        let envelope = run(&sandbox, &format!("function run() {{ {script}; }}")).await;
        assert_output(&envelope, &json!(null), script);
        let console = envelope["console"].as_array().unwrap();
        assert_eq!(console.len(), kept + usize::from(dropped.is_some()), "{script}: {envelope}");
        if let Some(dropped) = dropped {
            let last = console.last().unwrap();
            assert_eq!(last["level"], "warn", "{script}");
            assert!(last["message"].as_str().unwrap().contains(dropped), "{script}: {last}");
        }
    }
}

/// Where a run was when its limit came: the innermost frame of the user's file.
#[tokio::test]
async fn a_limit_says_where_it_came() {
    let sandbox = with_fuel(200_000_000);
    let mut faults = String::new();
    for (name, reason, line, script) in [
        ("a call in a loop", "fuel_exhausted", 3, "function run() {\n  while (true) {\n    Math.abs(1);\n  }\n}"),
        (
            "an inner function",
            "fuel_exhausted",
            2,
            "function spin(n) {\n  while (true) n = Math.max(n, 1);\n}\nfunction run() {\n  spin(1);\n}",
        ),
        ("a native", "fuel_exhausted", 2, "function run() {\n  return /(x+x+)+y/.test('x'.repeat(64));\n}"),
        (
            "memory",
            "memory_limit",
            3,
            "function run() {\n  const all = [];\n  while (true) all.push(new ArrayBuffer(1e6));\n}",
        ),
        (
            "recursion",
            "stack_overflow",
            2,
            "function deeper(n) {\n  return 1 + deeper(n + 1);\n}\nfunction run() {\n  return deeper(0);\n}",
        ),
        ("after await", "fuel_exhausted", 3, "async function run() {\n  await null;\n  while (true) Math.abs(1);\n}"),
        (
            "in a timer",
            "fuel_exhausted",
            2,
            "function run() {\n  return new Promise(() => setTimeout(() => { while (true) Math.abs(1); }));\n}",
        ),
        ("at the top", "fuel_exhausted", 2, "let n = 0;\nwhile (true) Math.abs(n);\nfunction run() {}"),
        // Loops that call nothing.
        ("a while", "fuel_exhausted", 3, "function run() {\n  let n = 0;\n  while (true) n += 1;\n}"),
        ("a for", "fuel_exhausted", 3, "function run() {\n  let n = 0;\n  for (;;) n += 1;\n}"),
        ("a do", "fuel_exhausted", 4, "function run() {\n  let n = 0;\n  do {\n    n += 1;\n  } while (true);\n}"),
        ("an empty loop", "fuel_exhausted", 3, "function run() {\n  let n = 0;\n  while (true);\n}"),
        (
            "a loop in a loop",
            "fuel_exhausted",
            4,
            "function run() {\n  for (let i = 0; ; i++) {\n    i |= 1;\n    for (let j = 0; j < 1e9; j++) i ^= j;\n  }\n}",
        ),
        (
            "the second of two loops",
            "fuel_exhausted",
            4,
            "function run() {\n  let n = Math.abs(-1);\n  for (let i = 0; i < 1e4; i++) n ^= i;\n  for (let i = 0; i < 1e9; i++) n ^= i;\n}",
        ),
        (
            "a function that calls nothing",
            "fuel_exhausted",
            3,
            "function spins() {\n  let n = 0;\n  while (true) n += 1;\n}\nconst run = () => spins();",
        ),
        (
            "a generator",
            "fuel_exhausted",
            3,
            "function* numbers() {\n  let n = 0;\n  while (true) n += 1;\n}\nfunction run() {\n  return [...numbers()];\n}",
        ),
    ] {
        let mut request = request(script);
        request["configuration"]["maxMemoryMb"] = json!(64);
        let output = &envelope_of(&sandbox, &request).await["output"];
        let place = format!("arbex-user-script.js:{line}:{}", output["column"]);
        let first = output["stack"].as_str().unwrap().lines().find(|frame| frame.contains("arbex-user-script.js"));
        if output["reason"] != reason || output["line"] != line || !first.is_some_and(|frame| frame.contains(&place)) {
            writeln!(faults, "{name}: {output}").unwrap();
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[tokio::test]
async fn a_script_may_be_as_long_as_configured() {
    let router = public_router(app(sandbox(), Ceilings::default(), 8 * MIB as usize));
    let plain = "function run() { return 1; } //";
    let padded = |unit: &str, count: usize| format!("{plain}{}", unit.repeat(count));
    let post = async |script: String, max: u64| {
        let body = json!({ "configuration": { "script": script, "maxScriptChars": max } }).to_string();
        let request = Request::post("/execute").header("content-type", "application/json");
        let response = router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_slice::<Value>(&to_bytes(response.into_body(), usize::MAX).await.unwrap()).unwrap())
    };
    let room = 100 - plain.len();
    // Counted as JavaScript counts: an emoji is two.
    for (script, fits) in [
        (padded("x", room), true),
        (padded("x", room + 1), false),
        (padded("é", room), true),
        (padded("😀", room / 2), true),
        (padded("😀", room / 2 + 1), false),
    ] {
        let (status, body) = post(script.clone(), 100).await;
        assert_eq!(status, if fits { 200 } else { 422 }, "{script}: {body}");
        if fits {
            assert_eq!(body["output"], 1);
        } else {
            assert_eq!(body["errors"][0]["pointer"], "/configuration/script");
            let message = body["errors"][0]["message"].as_str().unwrap();
            assert!(message.contains("100"), "{message}");
        }
    }
}

/// Not a limit that ends a run, but one all the same: a script that starts too much at once is told so and can go on.
#[tokio::test]
async fn so_many_operations_at_once_and_no_more() {
    const MOST: usize = 1024;
    let sandbox = sandbox();
    let ceilings = Ceilings { max_inputs: 2 * MOST, max_history_limit: 2 * MOST as u64, ..Ceilings::default() };
    let script = "async function run(ctx) {
        const { history } = ctx.inputs;
        const settled = await Promise.allSettled(history.map((input) => input.openBinaryReader()));
        const refused = settled.filter(({ status }) => status === 'rejected');
        // What was refused holds no handle, and there is room again.
        const again = await history.at(-1).openBinaryReader().then((reader) => reader.byteLength, (error) => error.message);
        return { refused: refused.length, message: refused[0]?.reason.message, again };
    }";
    for (inputs, refused, message) in
        [(MOST, 0, None), (MOST + 3, 3, Some("too many operations at once; await some before starting more"))]
    {
        let inputs: Vec<Value> =
            (0..inputs).map(|id| json!({ "descriptor": { "outputId": id }, "content": { "text": "x" } })).collect();
        let mut request = request(script);
        request["configuration"]["parent"] =
            json!({ "mode": "history", "historyLimit": 2 * MOST, "historyOrder": "oldestFirst" });
        request["inputs"] = json!(inputs);
        let body = crate::support::execute(&sandbox, request.to_string().as_bytes(), &ceilings).await;
        let envelope: Value = serde_json::from_slice(&body).unwrap();
        let again = if refused == 0 {
            json!(format!("input {} already has an open reader; dispose() it first", MOST - 1))
        } else {
            json!(1)
        };
        let mut expected = json!({ "refused": refused, "again": again });
        if let Some(message) = message {
            expected["message"] = json!(message);
        }
        assert_output(&envelope, &expected, "operations");
    }

    // Giving a table back is an operation too; it must not fail, nor keep the handle, when there is no room for one.
    let mut text = String::from("n\n");
    (0..2000).for_each(|n| writeln!(text, "{n}").unwrap());
    let mut inputs = vec![json!({ "content": { "text": text } })];
    inputs.extend((0..MOST).map(|_| json!({ "content": { "text": "x" } })));
    let script = "async function run(ctx) {
        const [table, ...others] = ctx.inputs.history;
        const reader = await table.openTabularReader();
        const started = others.map((input) => input.openBinaryReader());
        reader.dispose();
        await Promise.all(started);
        return (await (await table.openTabularReader()).readRow()).n;
    }";
    let mut request = request(script);
    request["configuration"]["parent"] =
        json!({ "mode": "history", "historyLimit": 2 * MOST, "historyOrder": "oldestFirst" });
    request["inputs"] = json!(inputs);
    let body = crate::support::execute(&sandbox, request.to_string().as_bytes(), &ceilings).await;
    assert_output(&serde_json::from_slice(&body).unwrap(), &json!("0"), "disposing while all places are taken");
}
