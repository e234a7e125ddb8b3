//! Nothing of a run is left for the next one, on the same slots, over thousands of runs; and runs beside each other keep to
//! themselves.

use std::collections::HashSet;
use std::sync::Arc;

use arbex::sandbox::{Sandbox, SandboxSettings};
use serde_json::{Value, json};

use crate::support::{envelope_of, request, run, sandbox, sandbox_settings};

/// Leaves its mark wherever a script can.
const WRITER: &str = r#"
const canary = "CANARY" + "-7f3a9c";
async function run(ctx) {
  const { deep, size } = ctx.session.configuration;
  // Memory: typed arrays, strings, objects, none of them given back in order.
  const bytes = new Uint8Array(size);
  for (let i = 0; i < canary.length; i++) bytes[i] = canary.charCodeAt(i);
  for (let filled = canary.length; filled < size; filled *= 2) bytes.copyWithin(filled, 0, filled);
  Symbol.for(canary);

  // Everything that is reachable gets a member, or at least what stands in globals and their prototypes.
  const seen = new Set();
  const walked = new Set();
  const reachable = [globalThis];
  const roots = Reflect.ownKeys(globalThis).map((name) => globalThis[name]);
  for (const root of roots) if (root !== undefined && root !== null) seen.add(root).add(root.prototype ?? root);
  while (deep && reachable.length !== 0) {
    const object = reachable.pop();
    if (object === null || (typeof object !== "object" && typeof object !== "function") || walked.has(object)) continue;
    walked.add(object);
    seen.add(object);
    for (const key of Reflect.ownKeys(object)) {
      const { value, get, set } = Reflect.getOwnPropertyDescriptor(object, key);
      reachable.push(value, get, set);
    }
    reachable.push(Reflect.getPrototypeOf(object));
  }
  globalThis.kept = [bytes, Array.from({ length: 200 }, (_, i) => canary.repeat(4) + i)];
  const { defineProperty, isExtensible, deleteProperty } = Reflect;
  const marked = () => canary;
  setInterval(marked, 1);
  setTimeout(() => { throw canary; }, 100000);
  Promise.reject(canary).catch(() => {});
  let marks = 0;
  const all = [...seen].filter((object) => typeof object === "object" || typeof object === "function");
  for (let i = 0; i < all.length; i++) {
    const object = all[i];
    if (!isExtensible(object)) continue;
    defineProperty(object, "canary", { value: canary, configurable: true });
    defineProperty(object, Symbol.toStringTag, { value: canary, configurable: true });
    marks += 1;
  }
  for (const [holder, name] of [[JSON, "stringify"], [JSON, "parse"], [Promise, "resolve"], [console, "log"], [Math, "random"], [Date, "now"], [Object, "keys"], [Error, "prepareStackTrace"], [globalThis, "HEAT_ARBEX"], [globalThis, "setTimeout"], [globalThis, "undefinedGlobal"], [globalThis, "Array"]]) {
    defineProperty(holder, name, { value: marked, configurable: true, writable: true });
  }
  const { prototype } = Object;
  Error.stackTraceLimit = 0;
  prototype.polluted = canary;
  deleteProperty(prototype, "hasOwnProperty");
  return marks;
}"#;

/// Looks for a mark, and gives a picture of its realm that must be the same every time: names and functions of the globals
/// and their prototypes, or of all that is reachable.
const READER: &str = r#"
function run(ctx) {
  const traces = [];
  const { deep, size } = ctx.session.configuration;
  const look = (where, text) => { if (String(text).includes("CANARY")) traces.push(where); };
  for (const key of ["kept", "canary", "polluted", "undefinedGlobal"]) if (key in globalThis || key in {} || key in [] || key in (() => {})) traces.push(key);
  try { null.x; } catch (error) { look("stack", error.stack + error.message); }
  look("console", console.log.toString() + Object.prototype.toString.call(globalThis) + Symbol.prototype[Symbol.toStringTag]);
  // Fresh memory holds no letter of the mark.
  const bytes = new Uint8Array(size);
  for (const letter of [67, 65, 78]) if (bytes.indexOf(letter) !== -1) traces.push("memory");

  const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";
  const picture = [];
  const seen = new Set();
  const visit = (path, object, depth) => {
    if (!isObject(object) || seen.has(object)) return;
    seen.add(object);
    let text = path;
    const inner = [];
    for (const key of Reflect.ownKeys(object)) {
      const { value, get, set } = Reflect.getOwnPropertyDescriptor(object, key);
      text += ` ${String(key)} ${typeof value === "function" ? value.name : typeof value}`;
      if (depth !== 0) inner.push([String(key), value], [`get ${String(key)}`, get], [`set ${String(key)}`, set]);
    }
    picture.push(text);
    for (const [name, value] of inner) visit(`${path}.${name}`, value, deep || name === "prototype" ? depth : depth - 1);
    if (deep) visit(`${path}.[[Prototype]]`, Reflect.getPrototypeOf(object), depth);
  };
  visit("", globalThis, 1);
  return { traces, objects: picture.length, picture, random: [Math.random(), Math.random()] };
}"#;

fn with(script: &str, configuration: &Value) -> Value {
    let mut request = request(script);
    request["context"] = json!({ "session": { "configuration": configuration } });
    request
}

fn is_deep(round: usize) -> bool {
    round.is_multiple_of(100)
}

/// Now and then a writer fills more than a slot keeps resident, and a reader looks at everything it can reach.
fn write_and_read(round: usize) -> (Value, Value) {
    let size = if is_deep(round) { 16 << 20 } else { 256 << 10 };
    let deep = is_deep(round);
    (with(WRITER, &json!({ "deep": deep, "size": size })), with(READER, &json!({ "deep": deep, "size": size })))
}

async fn assert_nothing_is_left(pooling: bool, rounds: usize) {
    let settings = SandboxSettings { pooling, ..sandbox_settings() };
    // The pictures to compare with come from sandboxes that never saw a writer.
    let mut pristine = Vec::new();
    for round in 0..2 {
        let sandbox = Sandbox::new(settings.clone()).unwrap();
        pristine.push(envelope_of(&sandbox, &write_and_read(round).1).await["output"].clone());
    }
    let picture = |output: &Value| output["picture"].clone();
    let objects = |output: &Value| output["objects"].as_u64().unwrap();
    assert!(500 < objects(&pristine[0]) && 50 < objects(&pristine[1]), "{pristine:?}");

    let sandbox = Sandbox::new(settings).unwrap();
    assert_eq!(sandbox.pool().is_some(), pooling, "the strategy that was asked for");
    let mut randoms = HashSet::new();
    for round in 0..rounds {
        let (write, read) = write_and_read(round);
        let written = envelope_of(&sandbox, &write).await;
        assert!(written["output"].as_u64().is_some_and(|marks| 50 < marks), "{written}");
        let read = envelope_of(&sandbox, &read).await;
        let output = &read["output"];
        assert_eq!(output["traces"], json!([]), "round {round}: {read}");
        assert_eq!(picture(output), picture(&pristine[usize::from(!is_deep(round))]), "round {round}");
        assert!(!read.to_string().contains("CANARY-7f3a9c"), "round {round}");
        assert!(randoms.insert(output["random"].to_string()), "round {round}: the same random numbers again");
    }
    assert_eq!(sandbox.memory_in_use_bytes(), 0);
}

#[tokio::test]
async fn nothing_of_a_run_is_left_for_the_next() {
    assert_nothing_is_left(true, 3_000).await;
}

#[tokio::test]
async fn nothing_is_left_with_allocation_on_demand_either() {
    assert_nothing_is_left(false, 300).await;
}

/// A run that a limit ended in the middle of things leaves as little as one that came to its end.
#[tokio::test]
async fn nothing_of_a_failed_run_is_left() {
    let settings = SandboxSettings { fuel: 300_000_000, ..sandbox_settings() };
    let sandbox = Sandbox::new(settings).unwrap();
    let pristine = envelope_of(&sandbox, &write_and_read(1).1).await["output"].clone();
    let mark = "Object.prototype.polluted = 1; JSON.stringify = null; globalThis.kept = new Uint8Array(1e6).fill(67);";
    for end in [
        "while (true);",
        "kept = new ArrayBuffer(1e9);",
        "(function f() { f(); f(); })();",
        "throw 1;",
        "await new Promise(() => {});",
    ] {
        for _ in 0..3 {
            let failed = run(&sandbox, &format!("async function run() {{ {mark} {end} return {{}}; }}")).await;
            assert_eq!(failed["status"], "ERROR", "{end}: {failed}");
            let read = envelope_of(&sandbox, &write_and_read(1).1).await["output"].clone();
            assert_eq!((&read["traces"], &read["picture"]), (&json!([]), &pristine["picture"]), "after {end}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_beside_each_other_see_their_own_data() {
    let settings = SandboxSettings { slots: 8, max_queued: 64, ..sandbox_settings() };
    let sandbox = Arc::new(Sandbox::new(settings).unwrap());
    // The same script for all, so that they share one program; each waits, so that they overlap.
    let script = "globalThis.seen = [];
        async function run(ctx) {
            for (let i = 0; i < 3; i++) {
                const reader = await ctx.inputs.latest.openJsonReader();
                seen.push(reader.root.id, ctx.node.taskId);
                console.log(reader.root.id);
                reader.dispose();
                await new Promise((done) => setTimeout(done, 1));
            }
            return seen;
        }";
    for round in 0..20 {
        let runs: Vec<_> = (0..8)
            .map(|index| {
                let (sandbox, id) = (Arc::clone(&sandbox), round * 8 + index);
                let mut request = request(script);
                request["context"] = json!({ "node": { "taskId": id } });
                request["inputs"] = json!([{ "content": { "json": { "id": id } } }]);
                (id, tokio::spawn(async move { envelope_of(&sandbox, &request).await }))
            })
            .collect();
        for (id, run) in runs {
            let envelope = run.await.unwrap();
            assert_eq!(envelope["output"], json!(vec![id; 6]), "{envelope}");
            let printed = envelope["console"].as_array().unwrap().iter().map(|entry| entry["message"].clone());
            assert_eq!(printed.collect::<Vec<_>>(), vec![json!(id.to_string()); 3]);
        }
    }
}

/// One thread for everything: a run that computes for a second makes room for the short ones beside it.
#[tokio::test(flavor = "current_thread")]
async fn a_long_run_does_not_hold_up_the_short_ones() {
    const SHORT: &str = "function run() { let n = 0; for (let i = 0; i < 5000; i++) n += i; return n; }";
    let sandbox = Arc::new(sandbox());
    let spawned = |script: &'static str| {
        let sandbox = Arc::clone(&sandbox);
        tokio::spawn(async move { run(&sandbox, script).await })
    };
    spawned(SHORT).await.unwrap();

    let long = spawned(
        "function run() { const end = Date.now() + 1000; let n = 0; while (Date.now() < end) n++; return n > 0; }",
    );
    // A task of its own: the runtime asks the one that `block_on` holds only now and then.
    let count = tokio::spawn({
        let sandbox = Arc::clone(&sandbox);
        async move {
            let mut count = 0;
            while !long.is_finished() {
                let sandbox = Arc::clone(&sandbox);
                let envelope = tokio::spawn(async move { run(&sandbox, SHORT).await }).await.unwrap();
                assert_eq!(envelope["output"], 12_497_500);
                count += 1;
            }
            assert_eq!(long.await.unwrap()["output"], true);
            count
        }
    });
    let count = count.await.unwrap();
    // Left alone each takes about a millisecond; a slice or two of the neighbour's, of two milliseconds, lie between.
    assert!(20 <= count, "only {count} short runs beside a long one");
}

/// More tables than 16 bits count: an iterator reads its own table, not one whose number ends in the same bits.
#[tokio::test]
async fn the_rows_are_those_of_the_table_that_was_opened() {
    let sandbox = sandbox();
    let script = "async function run(ctx) {
        const [first, second] = ctx.inputs.history;
        const kept = await first.openTabularReader();
        for (let i = 0; i < 65_535; i++) (await second.openTabularReader()).dispose();
        const names = [];
        for await (const row of await second.openTabularReader()) names.push(row.name);
        for await (const row of kept) names.push(row.name);
        return names;
    }";
    let mut request = request(script);
    let input = |id: u32, text: &str| json!({ "descriptor": { "outputId": id, "createdAtUtc": format!("2026-01-0{id}T00:00:00Z") }, "content": { "text": text } });
    request["configuration"]["parent"] =
        json!({ "nodeInstanceName": "n", "mode": "history", "historyOrder": "oldestFirst" });
    request["inputs"] = json!([input(1, "name\nkept 1\nkept 2\n"), input(2, "name\nopened 1\nopened 2\n")]);
    let envelope = envelope_of(&sandbox, &request).await;
    assert_eq!(envelope["output"], json!(["opened 1", "opened 2", "kept 1", "kept 2"]), "{envelope}");
}
