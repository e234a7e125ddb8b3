//! A valid request with parts replaced, removed, doubled and renamed: JSON all the way, so that the checks behind the parser
//! are reached in each run.
#![no_main]

use arbex::call::{Call, Ceilings, Rejection, ValidateCall};
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};

/// Texts that mean something to some check.
const WORDS: [&str; 34] = [
    "",
    " ",
    "arbex-envelope",
    "dataservice-in-envelope",
    "latest",
    "history",
    "newestFirst",
    "oldestFirst",
    "auto",
    "json",
    "tabular",
    "binary",
    "csv",
    "tsv",
    "\t",
    ";",
    "\\t",
    "2026-01-02T03:04:05Z",
    "2026-01-02T03:04:05.123456789+14:00",
    "2026-02-30T00:00:00",
    "a/b.csv.gz",
    "text/csv; charset=utf-16",
    "https://host/path",
    "http://[::1]:65536",
    "eyJhIjoxfQ==",
    "*",
    "\u{feff}a,b\n1,2",
    "\0",
    "\u{1f468}\u{200d}\u{1f469}",
    "NaN",
    "-1",
    "content-length",
    "X-Header: a\r\nb",
    "async function run() {}",
];
const NUMBERS: [f64; 12] =
    [0.0, -0.0, -1.0, 0.5, 1.0, 60_000.0, 60_001.0, 640.0, 9_007_199_254_740_993.0, 1.8e19, 1e308, -1e308];

#[derive(Arbitrary, Debug)]
enum Leaf {
    Null,
    Bool(bool),
    Number(u8),
    Integer(i64),
    Word(u8),
    Text(String),
    Empty,
    EmptyObject,
    Nested(u8),
    Many(u8),
    TooMany,
}

#[derive(Arbitrary, Debug)]
enum Edit {
    Set(Leaf),
    Remove,
    Double,
    Rename(String),
    Add(String, Leaf),
}

fn valid() -> Value {
    json!({
        "configuration": {
            "script": "async function run(ctx) { return { ok: true }; }",
            "timeoutMs": 1000, "maxMemoryMb": 64, "maxScriptChars": 1000,
            "parent": { "nodeInstanceName": "csv-input", "mode": "history", "historyLimit": 10, "historyOrder": "newestFirst",
                "readerHint": "auto", "tabularOptions": { "delimiter": ",", "inputFormat": "csv" } },
            "profiler": { "enabled": true, "sampleIntervalMs": 50, "maxSamples": 600 },
            "system": { "enabled": true, "configPrefixes": ["system."], "kubernetes": { "namespaces": ["a"], "maxItems": 5,
                "exec": { "enabled": false, "allowClusterManager": false, "podNamePrefixes": ["p"], "timeoutMs": 5, "maxOutputChars": 9 } } },
            "dataserviceOutput": { "enabled": true, "persistence": "dataservice-root", "dashboardUsers": ["3f2504e0-4f89-11d3-9a0c-0305e82c3301"],
                "layoutOutput": { "enabled": true, "require": false } },
            "retention": { "skipArchive": true }
        },
        "context": {
            "session": { "id": "3f0c", "projectId": 4, "simulationName": "a", "template": "demo", "configuration": {},
                "nodes": [{ "instanceId": 72, "instanceName": "n", "templateName": "t" }] },
            "node": { "instanceId": 72, "instanceName": "arbex", "templateName": "system-arbex-js", "taskId": 900 },
            "parents": [{ "name": "csv-input", "templateName": "input-node", "instanceId": 71 }],
            "system": { "version": { "version": "1.2.3" },
                "config": { "system.": [{ "name": "system.x", "valueType": 0, "value": "1", "description": null }] } }
        },
        "inputs": [
            { "descriptor": { "outputId": 501, "createdAtUtc": "2026-01-02T03:04:05Z", "dataPath": "a/b.csv",
                "contentType": "text/csv", "sizeBytes": 12 }, "content": { "text": "a,b\n1,2\n" } },
            { "content": { "json": { "a": [1, 2.5, null] } } },
            { "content": { "base64": "eyJhIjoxfQ==" } },
            { "content": { "url": "https://host/x", "headers": { "Authorization": "Bearer x" } } }
        ]
    })
}

impl Leaf {
    fn value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(is) => is.into(),
            Self::Number(which) => NUMBERS[usize::from(which) % NUMBERS.len()].into(),
            Self::Integer(number) => number.into(),
            Self::Word(which) => WORDS[usize::from(which) % WORDS.len()].into(),
            Self::Text(text) => text.into(),
            Self::Empty => json!([]),
            Self::EmptyObject => json!({}),
            Self::Nested(levels) => (0..levels).fold(Value::Null, |inner, _| json!([inner])),
            Self::Many(count) => Value::Array(vec![Value::Null; usize::from(count)]),
            // One more than most lists may have.
            Self::TooMany => Value::Array(vec![Value::Null; 1001]),
        }
    }
}

/// Walks down by `path`: each step picks a member of what is there; 255 stays.
fn find<'a>(value: &'a mut Value, path: &[u8]) -> &'a mut Value {
    let count = match value {
        Value::Object(members) => members.len(),
        Value::Array(members) => members.len(),
        _ => 0,
    };
    let Some((&step, rest)) = path.split_first().filter(|(step, _)| **step != 255 && 0 < count) else { return value };
    let at = usize::from(step) % count;
    let inner = match value {
        Value::Object(members) => members.values_mut().nth(at),
        Value::Array(members) => members.get_mut(at),
        _ => None,
    };
    find(inner.expect("it was counted"), rest)
}

fn apply(value: &mut Value, edit: Edit) {
    match (value, edit) {
        (value, Edit::Set(leaf)) => *value = leaf.value(),
        // Doubled again and again, it would be all that is ever tried.
        (Value::Array(members), Edit::Double) if members.len() <= 64 => members.extend(members.clone()),
        (Value::Array(members), Edit::Remove) => drop(members.pop()),
        (Value::Object(members), Edit::Add(key, leaf)) => drop(members.insert(key, leaf.value())),
        (Value::Object(members), Edit::Rename(key)) => {
            let first = members.keys().next().cloned();
            if let Some(inner) = first.and_then(|first| members.remove(&first)) {
                members.insert(key, inner);
            }
        }
        (Value::Object(members), Edit::Remove) => {
            let last = members.keys().next_back().cloned();
            last.into_iter().for_each(|last| drop(members.remove(&last)));
        }
        (Value::String(text), Edit::Double) if text.len() <= 4096 => *text += &text.clone(),
        (value, Edit::Remove | Edit::Double | Edit::Rename(_) | Edit::Add(..)) => *value = Value::Object(Map::new()),
    }
}

fuzz_target!(|edits: Vec<(Vec<u8>, Edit)>| {
    let mut request = valid();
    for (path, edit) in edits {
        apply(find(&mut request, &path), edit);
    }
    let body = request.to_string();
    let ceilings = Ceilings::default();
    match Call::decode(body.as_bytes(), &ceilings) {
        Ok(call) => drop(serde_json::from_str::<Value>(&call.context_json).expect("context_json is JSON")),
        Err(Rejection::Invalid(faults)) => {
            assert!(!faults.is_empty());
            for fault in faults {
                assert!(fault.pointer.is_empty() || fault.pointer.starts_with('/'), "{}", fault.pointer);
            }
        }
        // serde_json refuses what is nested too deep; nothing else of this can be malformed.
        Err(Rejection::Malformed { message, .. }) => {
            assert!(message.contains("recursion") || message.contains("deep"), "{message}")
        }
    }
    let _ = ValidateCall::decode(body.as_bytes(), &ceilings);
});
