//! What the profiler says of scripts whose profile is known.
//!
//! A script's work is split by counts of one and the same loop, and shares are taken of `hits`: a hit is a slice of fuel, so they do
//! not depend on what else the machine does.

use arbex::call::{Call, Ceilings};
use arbex::profile::Format;
use arbex::sandbox::{Sandbox, SandboxSettings};
use arbex_api::{Hotspot, HotspotKind, Profile};
use serde_json::{Value, json};

use crate::support::{self, caller, envelope_of, request, sandbox, sandbox_settings};

/// The loop that all work here is made of, on a line of its own.
const LOOP: &str = "for (let i = 0; i < n; i++) s = (s + i * i) % 1000003;";

/// Rounds of the loop that take about a tenth of a second.
const TENTH: u32 = 700_000;

fn profile_in(envelope: &Value) -> Profile {
    serde_json::from_value(envelope["profiler"].clone()).unwrap_or_else(|error| panic!("{error}: {envelope}"))
}

async fn profile_with(sandbox: &Sandbox, request: &Value) -> Profile {
    let envelope = envelope_of(sandbox, request).await;
    assert_eq!(envelope["status"], "SUCCESS", "{envelope}");
    profile_in(&envelope)
}

async fn profile(script: &str) -> Profile {
    profile_with(&sandbox(), &request(script)).await
}

/// Of what was computed, the share of those that `of` picks.
fn share(profile: &Profile, of: impl Fn(&Hotspot) -> bool) -> f64 {
    let computed = profile.hotspots.iter().filter(|spot| spot.kind != HotspotKind::Wait);
    let (mut all, mut picked) = (0, 0);
    for spot in computed {
        all += spot.hits;
        picked += if of(spot) { spot.hits } else { 0 };
    }
    picked as f64 / all as f64
}

/// The share of a line of the script.
fn line(profile: &Profile, line: u32) -> f64 {
    share(profile, |spot| spot.line == Some(line))
}

/// The longest inclusive time of a place in a line.
fn total_of_line(profile: &Profile, line: u32) -> Option<u64> {
    profile.hotspots.iter().filter(|spot| spot.line == Some(line)).map(|spot| spot.total_time_us).max()
}

fn check(profile: &Profile, expected: &[(u32, f64)]) {
    for (of, expected) in expected {
        let found = line(profile, *of);
        assert!((found - expected).abs() <= 0.05, "line {of}: {found:.3} for {expected}: {:#?}", profile.hotspots);
    }
}

/// A script with two functions of one work each: `slow`, whose line is 2, and `fast`, whose line is 5; and what calls them.
fn slow_and_fast(calls: &str) -> String {
    let work = |name: &str| format!("function {name}(n) {{ let s = 0;\n{LOOP}\nreturn s }}\n");
    format!("{}{}{calls}", work("slow"), work("fast"))
}

/// The shares of their lines when `slow` does four times as much.
const FOUR_TO_ONE: &[(u32, f64)] = &[(2, 0.8), (5, 0.2)];

#[tokio::test]
async fn a_known_split_is_told() {
    let split = |setup: &str, round: &str| {
        slow_and_fast(&format!(
            "async function both(n) {{ slow(4 * n); {round}; fast(n); {round} }}
async function run(ctx) {{ {setup}
for (let i = 0; i < 60; i++) await both({}); }}",
            TENTH * 3 / 300
        ))
    };
    let lines = FOUR_TO_ONE;
    check(&profile(&split("", "")).await, lines);
    check(&profile(&split("", "await 0")).await, lines);
    check(&profile(&split("", "await new Promise((done) => setTimeout(done, 1))")).await, lines);

    // Readers, whose completions cost fuel.
    let setup = "const reader = await ctx.inputs.latest.openTabularReader(); const next = () => reader.readRows(20);";
    let script = split(&format!("{setup} globalThis.next = next;"), "await next()");
    let rows = "1,two,3\n".repeat(10_000);
    let request = json!({
        "configuration": { "script": script, "timeoutMs": 60_000 },
        "inputs": [{ "content": { "text": format!("a,b,c\n{rows}") } }]
    });
    let profile = profile_with(&sandbox(), &request).await;
    check(&profile, lines);

    let total = |function: &str| {
        let times = profile.hotspots.iter().filter(|spot| spot.function == function).map(|spot| spot.total_time_us);
        times.max().unwrap_or_else(|| panic!("{function}: {:#?}", profile.hotspots))
    };
    // What is called through a third is the third's, too.
    assert!(total("slow") <= total("both") && total("fast") <= total("both"), "{:#?}", profile.hotspots);
    let own = |function: &str| profile.hotspots.iter().find(|spot| spot.function == function).unwrap().kind;
    assert_eq!(own("slow"), HotspotKind::Script);
}

/// Of a script that does the same over and over, as long as a slice of fuel each time, slices of one length would see one place.
#[tokio::test]
async fn a_rhythm_of_the_length_of_a_slice_hides_nothing() {
    let sandbox = sandbox();
    for n in (440..=480).step_by(4).chain(456..=460) {
        let calls = format!("function run() {{ for (let i = 0; i < 1000; i++) {{ slow(4 * {n}); fast({n}) }} }}");
        check(&profile_with(&sandbox, &request(&slow_and_fast(&calls))).await, FOUR_TO_ONE);
    }
}

#[tokio::test]
async fn loops_that_call_nothing_have_their_lines() {
    let script = format!(
        "function run() {{ let s = 0;
for (let i = 0; i < {}; i++) {{
s = (s + i * i) % 1000003;
}}
let j = 0;
while (j < {}) {{
s = (s + j * j) % 1000003; j++;
}}
return s }}",
        TENTH * 2,
        TENTH
    );
    let profile = profile(&script).await;
    let (first, second) = (line(&profile, 2) + line(&profile, 3), line(&profile, 6) + line(&profile, 7));
    assert!(0.5 < first && 0.2 < second && 0.95 < first + second, "{:#?}", profile.hotspots);
}

/// What is where in scripts of many kinds: the line of [`LOOP`], and who else is on the stack.
#[tokio::test]
async fn every_kind_of_function_has_its_line() {
    for (name, script, on_stack) in [
        ("a function", "function run() {{ f() }\nfunction f() { BODY }}", "f"),
        ("recursive", "function f(depth) { if (depth) return f(depth - 1); BODY\n}\nfunction run() { f(20) }", "f"),
        (
            "deeper than is looked",
            "function f(depth) { if (depth) return f(depth - 1); BODY\n}\nfunction run() { f(200) }",
            "(further out)",
        ),
        ("a getter", "const o = { get slow() { BODY\n} };\nfunction run() { o.slow }", "run"),
        ("a method", "class A { #p() { BODY\n} q() { this.#p() } }\nfunction run() { new A().q() }", "q"),
        ("an arrow in map", "function run() { [1].map(() => { BODY\n}) }", "Array.prototype.map"),
        (
            "a callback of sort",
            "function run() { [2, 1].sort((a, b) => { BODY\nreturn a - b }) }",
            "Array.prototype.sort",
        ),
        ("toJSON", "function run() { JSON.stringify({ toJSON() { BODY\n} }) }", "JSON.stringify"),
        ("a generator", "function* g() { yield 1; BODY\nyield s }\nfunction run() { for (const x of g()) x }", "run"),
        ("after await", "async function f() { await 0; BODY\n}\nasync function run() { await f() }", "f"),
        ("after a timer", "async function run() { await new Promise((done) => setTimeout(done, 2)); BODY\n}", "run"),
        (
            "in a timer",
            "async function run() { await new Promise((done) => setTimeout(() => { BODY\ndone() }, 2)) }",
            "(anonymous)",
        ),
        (
            "TypeScript",
            "type A = { b: number };\nfunction f(a: A): number { BODY\nreturn a.b }\nfunction run(): number { return f({ b: 1 } as A) }",
            "f",
        ),
        ("beyond ASCII", "/* é😀 */ function grüße() { BODY\n}\nfunction run() { grüße() }", "grüße"),
        ("the script itself", "BODY\nfunction run() {}", ""),
    ] {
        let body = format!("let s = 0, n = {TENTH};\n{LOOP}");
        let script = script.replace("{{", "{").replace("}}", "}").replace("BODY", &body);
        let at = script.lines().position(|line| line.starts_with(LOOP)).unwrap() as u32 + 1;
        let profile = profile(&script).await;
        let found = line(&profile, at);
        assert!(0.95 < found, "{name}: {found:.3} in line {at}: {:#?}", profile.hotspots);
        let is_there = profile.hotspots.iter().any(|spot| spot.function == on_stack);
        assert!(on_stack.is_empty() || is_there, "{name}: {:#?}", profile.hotspots);
        let most = profile.hotspots.iter().map(|spot| spot.total_time_us).max();
        let own: u64 = profile.hotspots.iter().map(|spot| spot.self_time_us).sum();
        // Inclusive times count a recursion once.
        assert!(most <= Some(own + 50), "{name}: {:#?}", profile.hotspots);
    }
}

#[tokio::test]
async fn columns_are_those_of_an_editor() {
    let comment = format!("/* {} */", "é".repeat(300));
    let script = format!("function run() {{ let s = 0; const n = {TENTH};\n{comment} {LOOP} }}");
    let profile = profile(&script).await;
    let spot = profile.hotspots.iter().find(|spot| spot.kind == HotspotKind::Script).unwrap();
    assert_eq!(spot.line, Some(2));
    // In bytes the comment is twice as wide.
    assert!((300..400).contains(&spot.column.unwrap()), "{spot:?}");
}

#[tokio::test]
async fn time_in_built_ins_is_told_as_such() {
    let setup = "const text = JSON.stringify(Array.from({ length: 20000 }, (_, i) => ({ id: i, name: 'n' + i })));";
    for (name, work) in [
        ("JSON.parse", "JSON.parse(text)"),
        ("JSON.stringify", "JSON.stringify(text.split(','))"),
        ("Array.prototype.sort", "Array.from({ length: 30000 }, (_, i) => (i * 7919) % 30011).sort()"),
        ("RegExp.prototype.exec", "/(x+x+)+y/.exec('x'.repeat(18))"),
        ("String.prototype.split", "text.split(',')"),
        ("TypedArray.prototype.sort", "new Float64Array(20000).map((_, i) => (i * 7919) % 30011).sort()"),
    ] {
        let script = format!("{setup}\nfunction run() {{\nfor (let i = 0; i < 12; i++) {work};\n}}");
        let profile = profile(&script).await;
        let found = share(&profile, |spot| spot.function == name && spot.kind == HotspotKind::BuiltIn);
        assert!(0.2 < found, "{name}: {found:.3}: {:#?}", profile.hotspots);
        let spot = profile.hotspots.iter().find(|spot| spot.function == name).unwrap();
        assert_eq!((spot.line, spot.column), (None, None), "{name}");
        // Whoever called it has its time in the total.
        assert!(Some(spot.self_time_us) <= total_of_line(&profile, 3), "{name}: {:#?}", profile.hotspots);
    }
}

#[tokio::test]
async fn code_made_of_text_is_told_as_such() {
    let work = format!("let s = 0, n = {TENTH}; {LOOP}");
    for script in [
        format!("function run() {{ return eval({}) }}", json!(work)),
        format!("function run() {{ return new Function({})() }}", json!(work)),
    ] {
        let profile = profile(&script).await;
        let found = share(&profile, |spot| spot.kind == HotspotKind::Evaluated);
        assert!(0.9 < found, "{found:.3}: {:#?}", profile.hotspots);
    }
}

#[tokio::test]
async fn waits_are_told_as_such_and_where_they_began() {
    let script = "async function run(ctx) {
const reader = await ctx.inputs.latest.openTabularReader();
for (let rows; (rows = await reader.readRows(100)).length;);
await new Promise((done) => setTimeout(done, 120));
}";
    let request = json!({
        "configuration": { "script": script, "timeoutMs": 60_000, "profiler": { "sampleIntervalMs": 20 } },
        "inputs": [{ "content": { "text": format!("a,b\n{}", "1,2\n".repeat(40_000)) } }]
    });
    let profile = profile_with(&sandbox(), &request).await;
    let wait = |what: &str| {
        let name = format!("(waiting for the host: {what})");
        let spot = profile.hotspots.iter().find(|spot| spot.function == name);
        spot.unwrap_or_else(|| panic!("{what}: {:#?}", profile.hotspots)).clone()
    };
    for what in ["readRows", "timer"] {
        assert_eq!((wait(what).kind, wait(what).line), (HotspotKind::Wait, None), "{what}");
    }
    assert!(100_000 <= wait("timer").self_time_us, "{:#?}", profile.hotspots);
    // The readers' waits are part of the time of the line that reads.
    assert!(Some(wait("readRows").self_time_us) <= total_of_line(&profile, 3), "{:#?}", profile.hotspots);
}

#[tokio::test]
async fn a_run_that_a_limit_ends_has_its_profile() {
    let settings = || sandbox_settings();
    let fuel = SandboxSettings { fuel: 30_000_000, ..settings() };
    let console = SandboxSettings { max_console_entries: 20, console_overflow_is_fatal: true, ..settings() };
    let output = SandboxSettings { max_output_bytes: 4096, ..settings() };
    for (reason, settings, script, is_stopped) in [
        ("timeout", settings(), "function run() {\nfor (;;);\n}", true),
        (
            "timeout",
            settings(),
            "async function run() {\nawait new Promise((done) => setTimeout(done, 1e6));\n}",
            false,
        ),
        ("fuel_exhausted", fuel, "function run() {\nfor (;;);\n}", true),
        (
            "memory_limit",
            settings(),
            "const keep = [];\nfunction run() {\nfor (;;) keep.push('x'.repeat(1000) + keep.length);\n}",
            true,
        ),
        (
            "stack_overflow",
            settings(),
            "function f(n) { return f(n + 1) + 1 }\nfunction run() {\nfor (let i = 0; i < 1e6; i++); f(0);\n}",
            true,
        ),
        (
            "console_too_large",
            console,
            "function run() {\nfor (let i = 0;; i++) { for (let j = 0; j < 1e4; j++); console.log(i) }\n}",
            true,
        ),
        (
            "output_too_large",
            output,
            "function run() { for (let j = 0; j < 1e6; j++);\nreturn 'x'.repeat(5000)\n}",
            true,
        ),
        ("script_error", settings(), "function run() { for (let j = 0; j < 1e6; j++);\nthrow 1\n}", true),
        (
            "deadlock",
            settings(),
            "async function run() { for (let j = 0; j < 1e6; j++);\nawait new Promise(() => {})\n}",
            true,
        ),
    ] {
        let sandbox = Sandbox::new(settings).unwrap();
        let request = json!({ "configuration": { "script": script, "timeoutMs": if reason == "timeout" { 300 } else { 60_000 }, "maxMemoryMb": 32 } });
        let envelope = envelope_of(&sandbox, &request).await;
        assert_eq!(envelope["output"]["reason"], reason, "{envelope}");
        let profile = profile_in(&envelope);
        assert!(!profile.samples.is_empty(), "{reason}: {profile:#?}");
        let script = profile.hotspots.iter().filter(|spot| spot.kind == HotspotKind::Script);
        assert_eq!(script.count() != 0, is_stopped, "{reason}: {profile:#?}");
        if is_stopped {
            assert!(profile.hotspots.iter().any(|spot| spot.line.is_some()), "{reason}: {profile:#?}");
        }
    }
}

/// A run that a limit stops within the engine's collector has its lines, too.
#[tokio::test]
async fn a_run_that_ends_in_the_collector_has_its_profile() {
    for fuel in (400..800).step_by(25) {
        let sandbox = Sandbox::new(SandboxSettings { fuel: fuel * 1_000_000, ..sandbox_settings() }).unwrap();
        let envelope = support::run(&sandbox, "function run() { let a = []; for (;;) a.push(() => a) }").await;
        assert_eq!(envelope["output"]["reason"], "fuel_exhausted", "{envelope}");
        let profile = profile_in(&envelope);
        let named = share(&profile, |spot| spot.kind == HotspotKind::Script || spot.function == "Array.prototype.push");
        assert!(0.95 < named, "{fuel}: {profile:#?}");
    }
}

#[tokio::test]
async fn hostile_scripts_have_bounded_profiles() {
    let work = "for (let j = 0; j < 3000; j++) s += j;";
    for (name, script) in [
        (
            "names",
            format!("function run() {{ for (let i = 0; i < 300; i++) {{ const f = () => {{ let s = 0; {work} }}; Object.defineProperty(f, 'name', {{ value: '\"><script>;\\n\\u0000\\u202e' + 'x'.repeat(1e5) }}); f() }} }}"),
        ),
        (
            "a thousand lines",
            format!("function run() {{ let s = 0;\n{}return s }}", "for (let i = 0; i < 400; i++) s = (s + i) % 7919;\n".repeat(1000)),
        ),
        (
            "twenty thousand arrows",
            (0..20_000).map(|i| format!("const f{i} = () => {i};\n")).collect::<String>()
                + "function run() { let s = 0; for (let i = 0; i < 3e5; i++) s += f0() + f19999(); return s }",
        ),
        (
            "a thousand functions",
            (0..1000).map(|i| format!("function f{i}() {{ let s = 0; for (let i = 0; i < 400; i++) s = (s + i) % 7; return s }}\n")).collect::<String>()
                + "function run() { let s = 0;\n" + &(0..1000).map(|i| format!("s += f{i}();\n")).collect::<String>() + "return s }",
        ),
        (
            "a long name",
            format!("class A {{ {}() {{ let s = 0;\n{}return s }} }}\nfunction run() {{ const a = new A(); a[Object.getOwnPropertyNames(A.prototype)[1]]() }}", "é".repeat(30_000), "for (let i = 0; i < 400; i++) s = (s + i) % 7919;\n".repeat(800)),
        ),
        ("many closures", format!("function run() {{ for (let i = 0; i < 1000; i++) (() => {{ let s = 0; {work} }})() }}")),
        ("many evaluated", format!("function run() {{ for (let i = 0; i < 1000; i++) new Function('let s = 0; {work}')() }}")),
        (
            "a hundred thousand functions",
            (0..100_000).map(|i| format!("function f{i}() {{ return {i} }}\n")).collect::<String>()
                + "function run() { let s = 0; for (let i = 0; i < 3e5; i++) s += f0() + f9999(); return s }",
        ),
        (
            "long names",
            format!("function {}() {{ let s = 0; for (let i = 0; i < 3e5; i++) s += i }} function run() {{ {0}() }}", "é".repeat(9000)),
        ),
        ("prototypes", "Object.defineProperty(Function.prototype, 'name', { get() { for (;;); } }); Array.prototype.map = null; JSON.parse = null; function run() { let s = 0; for (let i = 0; i < 3e5; i++) s += i }".to_owned()),
    ] {
        let request = json!({ "configuration": { "script": script, "timeoutMs": 60_000, "maxScriptChars": 1 << 22 } });
        let ceilings = Ceilings { max_script_chars: 1 << 22, ..Ceilings::default() };
        let sandbox = sandbox();
        let call = Call::decode(request.to_string().as_bytes(), &ceilings).unwrap();
        let run = sandbox.execute(call, &caller()).await.unwrap();
        assert!(matches!(run.outcome, arbex::run::Outcome::Returned(_)), "{name}: {:?}", run.outcome);
        let profile = run.profile.unwrap();
        let report = profile.report();
        assert!(!report.hotspots.is_empty() && report.hotspots.len() <= 50, "{name}: {report:#?}");
        // What the guest did not name in its budget.
        let other = share(&report, |spot| spot.function == "(other)");
        let is_placed = report.hotspots.iter().any(|spot| spot.kind == HotspotKind::Script && spot.line.is_some());
        assert!(other < 0.02, "{name}: {other:.3}: {report:#?}");
        assert!(is_placed || name == "many evaluated", "{name}: {report:#?}");
        for spot in &report.hotspots {
            assert!(spot.function.chars().count() <= 100, "{name}: {spot:?}");
            assert!(!spot.function.contains(|char: char| char.is_control() || char == '\u{202e}'), "{name}: {spot:?}");
        }
        for format in Format::ALL {
            let file = String::from_utf8(profile.file(format).unwrap()).unwrap();
            assert!(file.len() < 1 << 20 && !file.contains('\0'), "{name}: {format:?}: {}", file.len());
        }
    }
}

/// The heap is what the script holds. (That the number is the engine's own is checked when the guest is built.)
#[tokio::test]
async fn heap_and_resident_memory_agree() {
    const MIB: u64 = 1 << 20;
    for (name, held, known) in [
        ("arrays", "Array.from({ length: 48 }, () => new Uint8Array(1 << 20).fill(1))", Some(48 * MIB)),
        ("strings", "Array.from({ length: 400000 }, (_, i) => 'x'.repeat(50) + i)", None),
        ("objects", "Array.from({ length: 200000 }, (_, i) => ({ a: i, b: i, c: i, d: i }))", None),
        ("small objects", "Array.from({ length: 400000 }, (_, i) => [])", None),
    ] {
        let script = format!("function run() {{ globalThis.held = {held}; for (let i = 0; i < 3e6; i++); return 1 }}");
        let request = json!({ "configuration": { "script": script, "timeoutMs": 60_000, "profiler": { "sampleIntervalMs": 5 } } });
        let profile = profile_with(&sandbox(), &request).await;
        let last = profile.samples.last().unwrap();
        assert!(last.heap_used_bytes <= last.rss_bytes, "{name}: {last:?}");
        let off = known.map(|bytes| last.heap_used_bytes.abs_diff(bytes));
        assert!(off.is_none_or(|off| off < last.heap_used_bytes / 10), "{name}: {last:?} for {known:?}");
        // Little of what is resident is not the engine's.
        assert!(last.rss_bytes < last.heap_used_bytes * 5 / 4 + 2 * MIB, "{name}: {last:?}");
    }
}

#[tokio::test]
async fn samples_span_the_run_and_follow_its_memory() {
    let script = "async function run() {
const turn = () => new Promise((done) => setTimeout(done, 4));
const keep = [];
for (let i = 0; i < 20; i++) { keep.push(new Uint8Array(1 << 20).fill(1)); await turn() }
keep.length = 0;
for (let i = 0; i < 20; i++) await turn();
return 1;
}";
    let sampled = async |max_samples: u64| {
        let profiler = json!({ "sampleIntervalMs": 1, "maxSamples": max_samples });
        let request = json!({ "configuration": { "script": script, "timeoutMs": 60_000, "profiler": profiler } });
        let envelope = envelope_of(&sandbox(), &request).await;
        (profile_in(&envelope).samples, envelope["metrics"]["executionTimeMs"].as_f64().unwrap())
    };
    let (samples, took_ms) = sampled(600).await;
    let heap = |at: usize| samples[at].heap_used_bytes;
    let most = samples.iter().map(|sample| sample.heap_used_bytes).max().unwrap();
    assert!((20 << 20..26 << 20).contains(&most), "{samples:#?}");
    assert!(heap(0) < 6 << 20 && heap(samples.len() - 1) < 6 << 20, "{samples:#?}");
    assert!(samples.iter().all(|sample| sample.heap_used_bytes <= sample.rss_bytes), "{samples:#?}");
    assert!(samples.windows(2).all(|pair| pair[0].at_ms < pair[1].at_ms && pair[0].rss_bytes <= pair[1].rss_bytes));
    assert!(20 <= samples.len(), "{samples:#?}");

    for max in [1, 2, 10] {
        let (samples, took_ms) = sampled(max).await;
        assert!(samples.len() as u64 <= max && max <= 2 * samples.len() as u64, "{samples:#?}");
        let last = samples.last().unwrap().at_ms;
        assert!(last <= took_ms && took_ms / 2.0 < last, "{last} of {took_ms}");
    }
    assert!(samples.last().unwrap().at_ms <= took_ms);
}

#[tokio::test]
async fn a_sample_of_a_busy_run_has_its_place() {
    let script =
        format!("function busy(n) {{ let s = 0;\n{LOOP}\nreturn s }}\nfunction run() {{ busy({TENTH}); return 1 }}");
    let profiler = json!({ "sampleIntervalMs": 5 });
    let request = json!({ "configuration": { "script": script, "timeoutMs": 60_000, "profiler": profiler } });
    let profile = profile_with(&sandbox(), &request).await;
    let placed = profile.samples.iter().filter_map(|sample| sample.location.as_ref());
    let busy = placed.filter(|place| (place.line, place.function.as_str()) == (2, "busy")).count();
    assert!(profile.samples.len() < 2 * busy, "{profile:#?}");
    assert!(profile.samples.iter().any(|sample| 1000 < sample.cpu_user_micros), "{profile:#?}");
    assert!(!profile.process_samples.is_empty(), "{profile:#?}");
    assert!(
        profile.process_samples.iter().all(|sample| 1 << 20 < sample.working_set_bytes && 0.0 <= sample.cpu_percent)
    );
    assert!(profile.process_samples.iter().any(|sample| 1.0 < sample.cpu_percent), "{profile:#?}");
    let gaps = profile.process_samples.windows(2).map(|pair| pair[1].at_ms - pair[0].at_ms);
    assert!(gaps.into_iter().all(|gap| 0.0 < gap), "{profile:#?}");
}

#[tokio::test]
async fn a_run_is_the_same_with_and_without() {
    let work = format!("let s = 0, n = {TENTH}; {LOOP}");
    let script = format!(
        "async function run(ctx) {{ {work} await 0; console.log(s); return {{ s, keys: Object.getOwnPropertyNames(globalThis).length }} }}"
    );
    let sandbox = sandbox();
    let with = async |profiler: Value| {
        let request = json!({ "configuration": { "script": script, "timeoutMs": 60_000, "profiler": profiler } });
        envelope_of(&sandbox, &request).await
    };
    let (on, off) = (with(json!({})).await, with(json!({ "enabled": false })).await);
    assert_eq!(off.get("profiler"), None);
    assert!(on["profiler"]["hotspots"][0].is_object(), "{on}");
    assert_eq!(on["output"], off["output"]);
    assert_eq!(on["console"][0]["message"], off["console"][0]["message"]);
    let fuel = |envelope: &Value| envelope["metrics"]["fuelConsumed"].as_f64().unwrap();
    assert!((fuel(&on) / fuel(&off) - 1.0).abs() < 0.03, "{} and {}", fuel(&on), fuel(&off));
    // Nothing is asked of a run that was too short to be looked at.
    let trivial = support::run(&sandbox, "function run() { return 1 }").await;
    let trivial = profile_in(&trivial);
    assert_eq!((trivial.samples.len(), trivial.hotspots.len()), (1, 0), "{trivial:?}");
}
