//! The console's text as Node writes it: the corpus that `guest/sdk/tests/console-golden.mjs` made with Node itself, formatted
//! inside the sandbox.

use std::fmt::Write as _;

use arbex::sandbox::{Sandbox, SandboxSettings};
use serde::Deserialize;
use serde_json::json;

use crate::support::{MIB, run, sandbox_settings};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../guest/sdk/tests/console-golden.json");

/// What sources may use; the same as `makeHelpers` in `console-corpus.js`.
const HELPERS: &str = r#"
const ref = (change, start = {}) => { change(start); return start; };
const E = (...parts) => {
  const Class = typeof parts[0] === 'function' ? parts.shift() : Error;
  const options = typeof parts[parts.length - 1] === 'object' ? parts.pop() : undefined;
  const header = parts.shift();
  const colon = header.indexOf(': ');
  const error = new Class(colon === -1 ? '' : header.slice(colon + 2), options);
  const stack = [header, ...parts.map((frame) => `    ${frame}`)].join('\n');
  Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true, enumerable: false });
  return error;
};
const quiet = (promise) => { promise.catch(() => {}); return promise; };
const show = (log) => { try { log(); } catch (error) { console.error('threw', error.name, error.message); } };
"#;

#[derive(Deserialize)]
struct Entry {
    name: String,
    /// Evaluates to the arguments of `console.log`.
    source: String,
    expected: String,
    /// Shows what only V8 keeps (the source of a function's hidden properties, …).
    #[serde(default)]
    v8: bool,
}

#[tokio::test]
async fn the_console_writes_what_node_writes() {
    let entries: Vec<Entry> = serde_json::from_slice(&std::fs::read(GOLDEN).unwrap()).unwrap();
    // Decision 12 leaves out shared memory.
    let is_ours = |entry: &Entry| !entry.v8 && !entry.source.contains("SharedArrayBuffer");
    let entries: Vec<Entry> = entries.into_iter().filter(is_ours).collect();
    assert!(200 < entries.len(), "{}", entries.len());
    let settings = SandboxSettings { max_console_bytes: 8 * MIB as u32, ..sandbox_settings() };
    let sandbox = Sandbox::new(settings).unwrap();

    let mut faults = String::new();
    for batch in entries.chunks(40) {
        let mut script = format!("{HELPERS}\nfunction run() {{\n");
        for entry in batch {
            // Compiled one by one, so that one the engine does not know spoils no other.
            let source = serde_json::to_string(&format!("return ({});", entry.source)).unwrap();
            writeln!(script, "show(() => console.log(...new Function('ref', 'E', 'quiet', {source})(ref, E, quiet)));")
                .unwrap();
        }
        script.push('}');
        let envelope = run(&sandbox, &script).await;
        assert_eq!(envelope["status"], "SUCCESS", "{envelope}");
        let console = envelope["console"].as_array().unwrap();
        assert_eq!(console.len(), batch.len());
        for (Entry { name, source, expected, .. }, entry) in batch.iter().zip(console) {
            if entry["message"] != json!(expected) {
                writeln!(faults, "--- {name}: {source}\nexpected: {expected}\nbut is:   {}", entry["message"]).unwrap();
            }
        }
    }
    assert!(faults.is_empty(), "{faults}");
}
