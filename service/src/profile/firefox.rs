//! The "processed" format of the Firefox Profiler (profiler.firefox.com): tables of columns, of which one names rows of another.

use std::collections::HashMap;

use arbex_abi::USER_FILE;
use arbex_api::HotspotKind;
use serde::Serialize;
use serde_json::{Value, json};

use super::tree::{NOTHING, Tree, rest};
use super::{Frame, Profile};

/// The version of the format that is written; the page upgrades older ones when it opens them.
const VERSION: u32 = 55;

/// Categories of the page, by the order of [`category`]: name and colour.
const CATEGORIES: [(&str, &str); 4] =
    [("Script", "yellow"), ("Evaluated", "orange"), ("Built-in", "blue"), ("Waiting", "transparent")];

fn category(kind: HotspotKind) -> usize {
    match kind {
        HotspotKind::Script => 0,
        HotspotKind::Evaluated => 1,
        HotspotKind::BuiltIn => 2,
        HotspotKind::Wait => 3,
    }
}

/// Texts, each once.
#[derive(Default)]
struct Texts {
    all: Vec<String>,
    known: HashMap<String, usize>,
}

impl Texts {
    fn index(&mut self, text: &str) -> usize {
        *self.known.entry(text.to_owned()).or_insert_with(|| {
            self.all.push(text.to_owned());
            self.all.len() - 1
        })
    }
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Functions {
    length: usize,
    name: Vec<usize>,
    #[serde(rename = "isJS")]
    is_js: Vec<bool>,
    #[serde(rename = "relevantForJS")]
    relevant_for_js: Vec<bool>,
    resource: Vec<i32>,
    file_name: Vec<Option<usize>>,
    line_number: Vec<Option<u32>>,
    column_number: Vec<Option<u32>>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Frames {
    length: usize,
    address: Vec<i32>,
    inline_depth: Vec<u32>,
    category: Vec<usize>,
    subcategory: Vec<usize>,
    func: Vec<usize>,
    native_symbol: Vec<Option<usize>>,
    #[serde(rename = "innerWindowID")]
    inner_window_id: Vec<u32>,
    line: Vec<Option<u32>>,
    column: Vec<Option<u32>>,
}

/// The file.
pub(super) fn write(profile: &Profile) -> Result<Vec<u8>, String> {
    let mut texts = Texts::default();
    let user_file = texts.index(USER_FILE);
    let (mut functions, mut frames) = (Functions::default(), Frames::default());
    let mut known = HashMap::new();
    let rest = [rest(), Frame::new(HotspotKind::BuiltIn, NOTHING, None, None)];
    for frame in profile.frames.iter().chain(&rest) {
        let is_script = frame.kind == HotspotKind::Script;
        let func = *known.entry((frame.kind, frame.function(), frame.begins)).or_insert_with(|| {
            functions.name.push(texts.index(frame.function()));
            functions.is_js.push(matches!(frame.kind, HotspotKind::Script | HotspotKind::Evaluated));
            functions.relevant_for_js.push(true);
            functions.resource.push(-1);
            functions.file_name.push(is_script.then_some(user_file));
            functions.line_number.push(frame.begins.map(|(line, _)| line));
            functions.column_number.push(frame.begins.map(|(_, column)| column));
            functions.length += 1;
            functions.length - 1
        });
        frames.length += 1;
        frames.address.push(-1);
        frames.inline_depth.push(0);
        frames.category.push(category(frame.kind));
        frames.subcategory.push(0);
        frames.func.push(func);
        frames.native_symbol.push(None);
        frames.inner_window_id.push(0);
        frames.line.push(frame.at.map(|(line, _)| line));
        frames.column.push(frame.at.map(|(_, column)| column));
    }

    let tree = Tree::new(profile, |frame| frame);
    let mut prefix: Vec<Option<u32>> = tree.nodes.iter().map(|node| node.parent).collect();
    let rest_at = profile.frames.len() as u32;
    let mut frame: Vec<u32> = tree.nodes.iter().map(|node| node.key.unwrap_or(rest_at)).collect();
    let samples = if profile.timeline.is_empty() {
        prefix.push(None);
        frame.push(rest_at + 1);
        json!({ "length": 1, "weightType": "tracing-ms", "stack": [frame.len() - 1], "time": [0.0], "weight": [0.0] })
    } else {
        samples(profile, &tree)
    };
    let stacks = json!({ "length": frame.len(), "prefix": prefix, "frame": frame });
    let whole = json!({
        "meta": meta(profile),
        "libs": [],
        "pages": [],
        "profilerOverhead": [],
        "counters": [],
        "threads": [thread(&texts, &functions, &frames, stacks, samples)],
    });
    serde_json::to_vec(&whole).map_err(|error| error.to_string())
}

/// Each span with its length as its weight, because spans are not equally long.
fn samples(profile: &Profile, tree: &Tree) -> Value {
    let mut at_ns = 0u64;
    let (mut stack, mut time, mut weight) = (Vec::new(), Vec::new(), Vec::new());
    for span in &profile.timeline {
        stack.push(tree.of_stack.get(span.stack as usize));
        time.push(super::millis(at_ns));
        let ends_ns = at_ns.saturating_add(span.ns);
        // Whole microseconds, of which none is lost between two spans.
        weight.push((ends_ns / 1000 - at_ns / 1000) as f64 / 1e3);
        at_ns = ends_ns;
    }
    json!({ "length": stack.len(), "weightType": "tracing-ms", "stack": stack, "time": time, "weight": weight })
}

fn meta(profile: &Profile) -> Value {
    let category = |(name, color): (&str, &str)| json!({ "name": name, "color": color, "subcategories": ["Other"] });
    json!({
        "version": 24,
        "preprocessedProfileVersion": VERSION,
        "startTime": profile.began_unix_ms as f64,
        "interval": 0.5,
        "processType": 0,
        "product": "Arbex",
        "stackwalk": 1,
        "debug": false,
        "symbolicated": true,
        "pausedRanges": [],
        "categories": CATEGORIES.map(category),
        "markerSchema": [],
        "extensions": { "length": 0, "baseURL": [], "id": [], "name": [] },
        "sourceCodeIsNotOnSearchfox": true,
        "usesOnlyOneStackType": true,
    })
}

fn thread(texts: &Texts, functions: &Functions, frames: &Frames, stacks: Value, samples: Value) -> Value {
    json!({
        "name": "run",
        "processName": "Arbex",
        "processType": "default",
        "isMainThread": true,
        "pid": "1",
        "tid": 1,
        "processStartupTime": 0,
        "processShutdownTime": null,
        "registerTime": 0,
        "unregisterTime": null,
        "pausedRanges": [],
        "showMarkersInTimeline": false,
        "samples": samples,
        "stackTable": stacks,
        "frameTable": frames,
        "funcTable": functions,
        "resourceTable": { "length": 0, "lib": [], "name": [], "host": [], "type": [] },
        "nativeSymbols": { "length": 0, "address": [], "functionSize": [], "libIndex": [], "name": [] },
        "markers": { "length": 0, "category": [], "data": [], "endTime": [], "name": [], "phase": [], "startTime": [] },
        "stringArray": texts.all,
    })
}
