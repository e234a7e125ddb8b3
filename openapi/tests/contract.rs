//! The JSON of the contract, as the documentation shows it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    unused_qualifications,
    reason = "clippy does not count helpers as tests, and utoipa's macro writes paths in full"
)]

use arbex_api::*;
use serde_json::{Value, json};
use utoipa::{OpenApi, PartialSchema};

/// `json` reads as `T` and writes back as the same value.
fn round_trips<T: serde::Serialize + serde::de::DeserializeOwned>(json: Value) {
    let text = json.to_string();
    let read: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(serde_json::to_value(&read).unwrap(), json);
}

#[test]
fn requests_round_trip_with_unknown_keys() {
    round_trips::<ExecuteRequest>(json!({ "configuration": { "script": "s" } }));
    round_trips::<ExecuteRequest>(json!({
        "configuration": {
            "script": "s", "parent": { "mode": "latest", "tabularOptions": { "delimiter": ";" } }, "timeoutMs": 1,
            "dataserviceOutput": { "enabled": true, "persistence": "dataservice-in-envelope" },
            "somethingElse": { "kept": [1, 2, 3] }
        },
        "context": {
            "session": { "id": "3f", "nodes": [ { "lastState": 3 }, { "lastState": "Idle", "extra": 1 } ], "email": "kept for the wire" },
            "system": { "version": { "version": "1" }, "config": { "a.": [ { "name": "a.b", "valueType": 0, "value": null, "description": null } ] } }
        },
        "inputs": [
            { "descriptor": { "outputId": 1 }, "content": { "json": [1, { "a": null }] } },
            { "descriptor": {}, "content": { "json": null } },
            { "descriptor": {}, "content": { "text": "x" } },
            { "descriptor": {}, "content": { "base64": "eA==" } },
            { "descriptor": {}, "content": { "url": "https://h/x", "headers": { "a": "b" } } }
        ]
    }));
}

#[test]
fn content_is_exactly_one_form() {
    let read = |json: Value| serde_json::from_str::<InputContent>(&json.to_string());
    assert!(matches!(read(json!({ "json": null, "text": "x" })), Ok(InputContent::Text { .. })));
    assert!(read(json!({})).is_err());
    assert!(read(json!({ "text": "x", "base64": "" })).is_err());
    assert!(read(json!({ "json": 1, "url": "https://h/" })).is_err());
}

#[test]
fn envelopes_round_trip() {
    round_trips::<Envelope>(json!({
        "output": { "ok": true }, "console": [ { "level": "warn", "message": "m", "atMs": 1.5 } ], "status": "SUCCESS",
        "metrics": { "executionTimeMs": 2.5, "compileTimeMs": 0.0, "queueTimeMs": 0.0, "fuelConsumed": 1, "peakMemoryBytes": 2, "bridgeCalls": 3, "scriptCacheHit": true },
        "configurationSnapshotBase64": "e30=",
        "profiler": {
            "samples": [
                { "atMs": 50.5, "heapUsedBytes": 1, "rssBytes": 2, "cpuUserMicros": 3, "cpuSystemMicros": 4, "location": null },
                { "atMs": 99.5, "heapUsedBytes": 1, "rssBytes": 2, "cpuUserMicros": 3, "cpuSystemMicros": 4, "location": { "line": 1, "column": 2, "function": "f" } }
            ],
            "hotspots": [
                { "function": "f", "kind": "script", "line": 1, "column": 2, "selfTimeUs": 3, "totalTimeUs": 4, "hits": 5 },
                { "function": "JSON.parse", "kind": "builtIn", "line": null, "column": null, "selfTimeUs": 3, "totalTimeUs": 4, "hits": 5 }
            ],
            "processSamples": [ { "atMs": 50.5, "workingSetBytes": 1, "cpuPercent": 98.5 } ]
        }
    }));
    round_trips::<Failure>(
        json!({ "message": "m", "reason": "layout_invalid", "details": [ { "pointer": "/a", "message": "b" } ] }),
    );
    round_trips::<Failure>(
        json!({ "message": "m", "reason": "memory_limit", "details": "d", "limit": { "name": "n", "limit": 1, "used": 2 } }),
    );
    round_trips::<Problem>(
        json!({ "type": "/problems/x", "title": "t", "status": 422, "detail": "d", "errors": [ { "pointer": "", "message": "m" } ] }),
    );
}

fn envelope(output: &str, status: Status) -> Envelope {
    let text = format!(
        r#"{{"output":{output},"console":[],"status":"{status}","metrics":{{"executionTimeMs":1.5,"compileTimeMs":0.0,"queueTimeMs":0.0,
            "fuelConsumed":1,"peakMemoryBytes":2,"bridgeCalls":3,"scriptCacheHit":true}},"configurationSnapshotBase64":"e30="}}"#
    );
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_stored_root_has_the_output_as_it_is_spelt_and_one_run() {
    let run = r#""$heat-arbex-run":{"configurationSnapshotBase64":"e30=","status":"SUCCESS","console":[],"metrics":{"executionTimeMs":1.5,"compileTimeMs":0.0,"queueTimeMs":0.0,"fuelConsumed":1,"peakMemoryBytes":2,"bridgeCalls":3,"scriptCacheHit":true},"profiler":null}"#;
    for (output, members) in [
        ("{}", ""),
        (r#"{"a":1.0,"b": [ 1e400,"\ud800"]}"#, r#""a":1.0,"b":[ 1e400,"\ud800"],"#),
        (r#"{"\udc00":1,"\u0061":2}"#, r#""\udc00":1,"\u0061":2,"#),
        // Whatever a script puts there itself, and however it spells it.
        (r#"{"$heat-arbex-run":{"status":"x"},"a":1}"#, r#""a":1,"#),
        (r#"{"a":1,"\u0024heat-arbex-run":1,"$heat-arbex-run":2}"#, r#""a":1,"#),
        (r#"{"a":{"$heat-arbex-run":1}}"#, r#""a":{"$heat-arbex-run":1},"#),
    ] {
        let envelope = envelope(output, Status::Success);
        let stored = document(&envelope, Persistence::DataserviceRoot);
        assert_eq!(serde_json::to_string(&stored).unwrap(), format!("{{{members}{run}}}"));
    }
}

#[test]
fn everything_else_is_stored_as_its_envelope() {
    let same = |output: &str, status: Status, persistence: Persistence| {
        let envelope = envelope(output, status);
        let stored = serde_json::to_string(&document(&envelope, persistence)).unwrap();
        assert_eq!(stored, serde_json::to_string(&envelope).unwrap());
    };
    for persistence in Persistence::ALL {
        same("{}", Status::Error, *persistence);
        // Not what the service makes of that persistence, but what a runner may be handed.
        same("[1]", Status::Success, *persistence);
    }
    same("{}", Status::Success, Persistence::ArbexEnvelope);
    same("{}", Status::Success, Persistence::DataserviceInEnvelope);
}

#[test]
fn every_name_is_the_same_in_json_and_in_code() {
    fn same<T: serde::Serialize + Copy + PartialEq + std::fmt::Debug>(
        all: &[T],
        names: &[&str],
        from: fn(&str) -> Option<T>,
    ) {
        assert_eq!(all.len(), names.len());
        for (value, name) in all.iter().zip(names) {
            assert_eq!(serde_json::to_value(value).unwrap(), json!(name));
            assert_eq!(from(name), Some(*value));
        }
        assert_eq!(from("no such name"), None);
    }
    same(Reason::ALL, Reason::NAMES, Reason::from_name);
    same(Level::ALL, Level::NAMES, Level::from_name);
    same(Status::ALL, Status::NAMES, Status::from_name);
    same(ParentMode::ALL, ParentMode::NAMES, ParentMode::from_name);
    same(HistoryOrder::ALL, HistoryOrder::NAMES, HistoryOrder::from_name);
    same(ReaderHint::ALL, ReaderHint::NAMES, ReaderHint::from_name);
    same(InputFormat::ALL, InputFormat::NAMES, InputFormat::from_name);
    same(InputKind::ALL, InputKind::NAMES, InputKind::from_name);
    same(Persistence::ALL, Persistence::NAMES, Persistence::from_name);
    same(HotspotKind::ALL, HotspotKind::NAMES, HotspotKind::from_name);
    same(Severity::ALL, Severity::NAMES, Severity::from_name);
}

#[test]
fn the_schema_says_any_for_output_and_only_script_is_required() {
    #[derive(OpenApi)]
    #[openapi(components(schemas(ExecuteRequest, Envelope, Failure, Problem, ValidateResponse, Version)))]
    struct Document;

    let document = serde_json::to_value(Document::openapi()).unwrap();
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["ExecuteRequest"]["required"], json!(["configuration"]));
    assert_eq!(schemas["Input"]["required"], json!(["content"]));
    assert_eq!(schemas["Configuration"]["required"], json!(["script"]), "{:#}", schemas["Configuration"]);
    assert!(schemas["Envelope"]["properties"]["output"].get("type").is_none());
    assert_eq!(schemas["InputContent"]["oneOf"].as_array().map(Vec::len), Some(4));
    assert_eq!(schemas["Reason"]["enum"], json!(Reason::NAMES));
    assert!(serde_json::to_value(Configuration::schema()).unwrap().to_string().contains("timeoutMs"));
}
