//! Cases as data: `tests/cases/<name>/request.json` is posted, `envelope.json` beside it is what must come back, both from
//! the sandbox itself and through the router. Where there is a `document.json` too, it is what `?as=document` must answer, and
//! what a runner must make of the envelope that it has received; a stored dataservice root stands in it under `root`.
//!
//! A request is taken byte for byte, but for `{ "$file": "script.js" }`, which stands for the text of that file as a JSON
//! string, and `{ "$base64": "data.bin" }`, which stands for the base64 of its bytes. `settings.json` overrides settings of
//! the operator.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arbex::call::{Ceilings, Persistence};
use arbex::http::public_router;
use arbex::sandbox::{Sandbox, SandboxSettings};
use arbex_api::{ARBEX_RUN, Envelope, Profile, document};
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use tower::ServiceExt;

use crate::support::{self, MIB};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
const ENVELOPE: &str = "envelope.json";
const DOCUMENT: &str = "document.json";
const COMMAND: &str = "UPDATE_EXPECT=1 cargo test --release -p arbex --test it cases";
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// Of an operator's settings those that a case may choose.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct Settings {
    slots: Option<u32>,
    fuel: Option<u64>,
    max_output_bytes: Option<u32>,
    max_console_entries: Option<u32>,
    max_console_bytes: Option<u32>,
    console_overflow_is_fatal: Option<bool>,
    memory_budget_mb: Option<u64>,
    pooling: Option<bool>,
    default_timeout_ms: Option<u64>,
    max_history_limit: Option<u64>,
}

impl Settings {
    fn sandbox(&self) -> SandboxSettings {
        let standard = support::sandbox_settings();
        SandboxSettings {
            slots: self.slots.unwrap_or(standard.slots),
            fuel: self.fuel.unwrap_or(standard.fuel),
            max_output_bytes: self.max_output_bytes.unwrap_or(standard.max_output_bytes),
            max_console_entries: self.max_console_entries.unwrap_or(standard.max_console_entries),
            max_console_bytes: self.max_console_bytes.unwrap_or(standard.max_console_bytes),
            console_overflow_is_fatal: self.console_overflow_is_fatal.unwrap_or(standard.console_overflow_is_fatal),
            memory_budget_bytes: self.memory_budget_mb.map(|mb| mb * MIB),
            pooling: self.pooling.unwrap_or(standard.pooling),
            ..standard
        }
    }

    fn ceilings(&self) -> Ceilings {
        let standard = Ceilings::default();
        Ceilings {
            default_timeout_ms: self.default_timeout_ms.unwrap_or(standard.default_timeout_ms),
            max_history_limit: self.max_history_limit.unwrap_or(standard.max_history_limit),
            ..standard
        }
    }
}

struct Case {
    name: String,
    folder: PathBuf,
    request: String,
    settings: Settings,
}

impl Case {
    fn read(folder: PathBuf) -> Self {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let request = std::fs::read_to_string(folder.join("request.json"))
            .unwrap_or_else(|error| panic!("{name}/request.json: {error}"));
        let settings = match std::fs::read(folder.join("settings.json")) {
            Ok(text) => serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{name}/settings.json: {error}")),
            Err(_) => Settings::default(),
        };
        Self { name, request: with_files(&request, &folder), folder, settings }
    }

    /// The files of what is expected, and whether the case has them.
    fn expected_path(&self, file: &str) -> Option<PathBuf> {
        let path = self.folder.join(file);
        (file == ENVELOPE || path.exists()).then_some(path)
    }

    fn persistence(&self) -> Persistence {
        let request: Value = serde_json::from_str(&self.request).unwrap();
        let name = request["configuration"]["dataserviceOutput"]["persistence"].as_str().unwrap_or_default();
        Persistence::from_name(name).unwrap_or_default()
    }
}

/// Puts files where a request refers to them; all else stays as it is written.
pub fn with_files(request: &str, folder: &Path) -> String {
    let mut whole = request.to_owned();
    for kind in ["$file", "$base64"] {
        while let Some((before, rest)) = whole.split_once(&format!("{{ \"{kind}\": \"")) {
            let (file, after) = rest.split_once("\" }").unwrap();
            let bytes = std::fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            let text = if kind == "$file" { String::from_utf8(bytes).unwrap() } else { STANDARD.encode(bytes) };
            whole = format!("{before}{}{after}", Value::String(text));
        }
    }
    whole
}

/// An envelope as it is kept and compared: what differs from run to run is checked for its kind and then left out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    status: Value,
    /// A returned value byte for byte: spelling of numbers and order of members count.
    output: Box<RawValue>,
    console: Vec<String>,
    bridge_calls: Value,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Whole {
    status: Value,
    output: Box<RawValue>,
    console: Vec<Value>,
    metrics: BTreeMap<String, Value>,
    configuration_snapshot_base64: String,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

/// The one place that knows what is volatile.
pub fn kept(envelope: &[u8], request: &str) -> String {
    let whole: Whole = serde_json::from_slice(envelope)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(envelope)));
    let Whole { status, output, console, mut metrics, configuration_snapshot_base64, mut rest } = whole;
    assert_eq!(configuration_snapshot_base64, snapshot_of(request));

    let bridge_calls = metrics.remove("bridgeCalls").unwrap();
    assert!(metrics.remove("scriptCacheHit").unwrap().is_boolean());
    let volatile =
        ["compileTimeMs", "executionTimeMs", "fuelConsumed", "peakMemoryBytes", "queueTimeMs"].map(str::to_owned);
    assert_eq!(metrics.keys().cloned().collect::<Vec<_>>(), volatile);
    assert!(metrics.values().all(is_amount), "{metrics:?}");

    // All of a profile is volatile; what it says is looked at in `profile.rs`.
    if rest.get("profiler").is_some_and(Value::is_object) {
        let profile: Profile = serde_json::from_value(rest.remove("profiler").unwrap()).unwrap();
        assert!(!profile.samples.is_empty() && profile.hotspots.len() <= 50, "{profile:?}");
    }

    let mut last_ms = 0.0;
    let console = console.iter().map(|entry| {
        let (at_ms, members) = (entry["atMs"].as_f64().unwrap(), entry.as_object().unwrap().len());
        assert!(last_ms <= at_ms && members == 3, "{entry}");
        last_ms = at_ms;
        format!("{}: {}", entry["level"].as_str().unwrap(), entry["message"].as_str().unwrap())
    });
    let console = console.collect();

    let output = if status == "ERROR" { masked_failure(&output) } else { output };
    let kept = Kept { status, output, console, bridge_calls, rest };
    serde_json::to_string_pretty(&kept).unwrap() + "\n"
}

/// A failure in lines, to be read; how far a clock or a memory went over its limit is not the same twice.
fn masked_failure(output: &RawValue) -> Box<RawValue> {
    let mut failure: Value = serde_json::from_str(output.get()).unwrap();
    let name = failure["limit"]["name"].as_str().unwrap_or_default().to_owned();
    if ["timeoutMs", "maxMemoryMb", "memoryBudgetMb"].contains(&&*name) {
        let limit = failure["limit"].as_object_mut().unwrap();
        assert!(limit["limit"].as_u64() <= limit["used"].as_u64(), "{limit:?}");
        let used = limit.remove("used").unwrap().to_string();
        let message = failure["message"].as_str().unwrap().replace(&format!("{used} MiB"), "… MiB");
        failure["message"] = Value::String(message);
    }
    let indented = serde_json::to_string_pretty(&failure).unwrap().replace('\n', "\n  ");
    RawValue::from_string(indented).unwrap()
}

fn is_amount(value: &Value) -> bool {
    value.as_f64().is_some_and(|amount| 0.0 <= amount)
}

/// What the contract says of it, worked out from the request as it was sent.
fn snapshot_of(request: &str) -> String {
    #[derive(Deserialize)]
    struct Sent<'a> {
        #[serde(borrow)]
        configuration: &'a RawValue,
    }
    let sent: Sent<'_> = serde_json::from_str(request).unwrap();
    STANDARD.encode(sent.configuration.get())
}

/// A document as it is kept: that of an envelope, or a root whose run, its last member, is masked as in an envelope.
pub fn kept_document(document: &[u8], request: &str) -> String {
    let text = std::str::from_utf8(document).unwrap();
    let is_root = serde_json::from_str::<Value>(text).unwrap().get(ARBEX_RUN).is_some();
    if !is_root {
        return kept(document, request);
    }
    let (root, run) = text.rsplit_once(&format!(",\"{ARBEX_RUN}\":{{")).unwrap();
    let root_only: Value = serde_json::from_str(&format!("{root}}}")).unwrap();
    assert_eq!(root_only.get(ARBEX_RUN), None, "{text}");
    let envelope = format!("{{\"output\":{root}}},{}", run.strip_suffix('}').unwrap());
    kept(envelope.as_bytes(), request).replacen("\"output\":", "\"root\":", 1)
}

/// How the two ways differ from what is expected, if they do.
async fn check(case: &Case, sandbox: Sandbox, update: bool) -> Vec<String> {
    let ceilings = case.settings.ceilings();
    let envelope = support::execute(&sandbox, case.request.as_bytes(), &ceilings).await;
    let router = public_router(support::app(sandbox, ceilings, MAX_BODY_BYTES));
    let post = async |target: &str| {
        let request = Request::post(target).header("content-type", "application/json");
        let response = router.clone().oneshot(request.body(Body::from(case.request.clone())).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{}", case.name);
        assert_eq!(response.headers()["content-type"], "application/json", "{}", case.name);
        to_bytes(response.into_body(), usize::MAX).await.unwrap()
    };

    let mut faults = Vec::new();
    let mut compare = |path: PathBuf, direct: String, routed: String| {
        let name = &case.name;
        if direct != routed {
            faults.push(format!("{name}: the sandbox gives\n{direct}\nand the router\n{routed}"));
            return;
        }
        if update {
            std::fs::write(&path, &direct).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if direct != expected {
            faults.push(format!("{name}: expected\n{expected}\nbut it is\n{direct}"));
        }
    };
    if let Some(path) = case.expected_path(ENVELOPE) {
        compare(path, kept(&envelope, &case.request), kept(&post("/execute").await, &case.request));
    }
    if let Some(path) = case.expected_path(DOCUMENT) {
        let received: Envelope = serde_json::from_slice(&envelope).unwrap();
        let direct = serde_json::to_vec(&document(&received, case.persistence())).unwrap();
        let routed = post("/execute?as=document").await;
        compare(path, kept_document(&direct, &case.request), kept_document(&routed, &case.request));
    }
    faults
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_case_gives_its_envelope() {
    #[expect(clippy::disallowed_methods, reason = "a switch of this test, not of the service")]
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let folders = std::fs::read_dir(CASES).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<Case> = folders.map(Case::read).collect();
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(60 <= cases.len(), "only {} cases were found", cases.len());

    let mut faults = Vec::new();
    for case in &cases {
        // A sandbox each: no case may lean on another's cache or slots.
        let sandbox = Sandbox::new(case.settings.sandbox()).unwrap();
        faults.extend(check(case, sandbox, update).await);
    }
    assert!(
        faults.is_empty(),
        "{} of {} cases differ. If the change is meant, write them with\n    {COMMAND}\nand look at the diff.\n\n{}",
        faults.len(),
        cases.len(),
        faults.join("\n")
    );
}
