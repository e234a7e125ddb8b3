//! Tables of bodies and what becomes of them.

use std::collections::BTreeMap;
use std::time::Instant;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const GUID: &str = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";

/// What is expected of a body: a call, or exactly these faults (pointer, a part of the message) in any order.
enum Expect {
    Call,
    Faults(Vec<(&'static str, &'static str)>),
}

use Expect::Call as Accepted;

fn fault(pointer: &'static str, message: &'static str) -> Expect {
    Expect::Faults(vec![(pointer, message)])
}

fn decode(body: &str) -> Result<Call, Rejection> {
    Call::decode(body.as_bytes(), &Ceilings::default())
}

fn accepted(body: &Value) -> Call {
    decode(&body.to_string()).unwrap_or_else(|rejection| panic!("{body}: {rejection:?}"))
}

fn check(table: impl IntoIterator<Item = (Value, Expect)>) {
    for (body, expect) in table {
        let text = body.to_string();
        let shown = json::shorten(&text).into_owned();
        match (decode(&text), expect) {
            (Ok(_), Expect::Call) => {}
            (Err(Rejection::Invalid(found)), Expect::Faults(expected)) => {
                assert_eq!(found.len(), expected.len(), "{text:.300}: {found:#?}");
                for (pointer, message) in expected {
                    let matches = |fault: &Fault| fault.pointer == pointer && fault.message.contains(message);
                    assert!(found.iter().any(matches), "{text:.300}: no {message:?} at {pointer:?} in {found:#?}");
                }
            }
            (Ok(_), Expect::Faults(expected)) => panic!("{shown}: accepted, expected {expected:?}"),
            (Err(rejection), _) => panic!("{text:.300}: {rejection:?}"),
        }
    }
}

/// A body whose configuration has one member beside the script.
fn configured(key: &str, value: impl Into<Value>) -> Value {
    json!({ "configuration": { "script": "s", key: value.into() } })
}

fn with_inputs(inputs: Value) -> Value {
    json!({ "configuration": { "script": "s" }, "inputs": inputs })
}

fn with_context(context: Value) -> Value {
    json!({ "configuration": { "script": "s" }, "context": context })
}

fn ctx(call: &Call) -> Value {
    serde_json::from_str(&call.context_json).unwrap_or_else(|error| panic!("{}: {error}", call.context_json))
}

#[test]
fn only_the_script_is_required() {
    check([
        (json!({ "configuration": { "script": "s" } }), Accepted),
        (json!({}), fault("/configuration", "is required")),
        (json!({ "configuration": null }), fault("/configuration", "is required")),
        (json!({ "configuration": {} }), fault("/configuration/script", "is required")),
        (json!({ "configuration": { "script": null } }), fault("/configuration/script", "is required")),
        (json!({ "configuration": [] }), fault("/configuration", "must be an object, got an array")),
        (json!({ "configuration": "x" }), fault("/configuration", "must be an object, got the string \"x\"")),
        (json!([]), fault("", "must be an object, got an array")),
        (json!(null), fault("", "must be an object, got null")),
        (json!("x"), fault("", "must be an object, got the string")),
        (json!(-1), fault("", "must be an object, got -1")),
        (json!(1.5), fault("", "must be an object, got 1.5")),
        (json!(true), fault("", "must be an object, got true")),
        (json!({ "configuration": { "script": 5 } }), fault("/configuration/script", "must be a string, got 5")),
        (json!({ "configuration": { "script": " \n\t" } }), fault("/configuration/script", "blank")),
        (json!({ "configuration": { "script": "" } }), fault("/configuration/script", "blank")),
        // null counts as missing, unknown keys are ignored.
        (
            json!({
                "configuration": {
                    "script": "s", "parent": null, "timeoutMs": null, "maxScriptChars": null, "maxMemoryMb": null,
                    "profiler": null, "system": null, "dataserviceOutput": null, "retention": null, "unknown": [{}]
                },
                "context": null, "inputs": null, "unknown": { "a": [[[1]]] }
            }),
            Accepted,
        ),
    ]);
}

#[test]
fn every_bound_holds_from_both_sides() {
    let at_bound = [
        ("/timeoutMs", 1, 60_000, "must be an integer from 1 to 60000 (ms)"),
        ("/maxScriptChars", 1, 1_048_576, "must be an integer from 1 to 1048576"),
        ("/maxMemoryMb", 16, 640, "must be an integer from 16 to 640 (MiB)"),
        ("/parent/historyLimit", 1, 1_000, "must be an integer from 1 to 1000"),
        ("/profiler/sampleIntervalMs", 1, 10_000, "must be an integer from 1 to 10000 (ms)"),
        ("/profiler/maxSamples", 1, 10_000, "must be an integer from 1 to 10000"),
        ("/system/k8s/maxItems", 1, 2_000, "must be an integer from 1 to 2000"),
        ("/system/k8s/exec/timeoutMs", 1, 60_000, "must be an integer from 1 to 60000 (ms)"),
        ("/system/k8s/exec/maxOutputChars", 1, 1_048_576, "must be an integer from 1 to 1048576"),
    ];
    for (pointer, low, high, rule) in at_bound {
        let body = |value: Value| {
            let nested =
                pointer.rsplit('/').filter(|key| !key.is_empty()).fold(value, |value, key| json!({ key: value }));
            let mut configuration = json!({ "script": "s" });
            for (key, value) in nested.as_object().unwrap() {
                configuration[key] = value.clone();
            }
            json!({ "configuration": configuration })
        };
        let pointer: &'static str = format!("/configuration{pointer}").leak();
        for value in [json!(low), json!(high), json!(high as f64)] {
            check([(body(value), Accepted)]);
        }
        for value in [
            json!(low - 1),
            json!(high + 1),
            json!(-1),
            json!(1.5),
            json!("5"),
            json!([]),
            json!(1e300),
            json!(u64::MAX),
        ] {
            check([(body(value), fault(pointer, rule))]);
        }
        let body = body(json!(high + 1));
        let Err(Rejection::Invalid(faults)) = decode(&body.to_string()) else { panic!("{body}") };
        assert_eq!(faults[0].message, format!("{rule}, got {}", high + 1));
    }
}

#[test]
fn the_script_is_counted_as_javascript_counts() {
    let body = |script: &str, max: u64| json!({ "configuration": { "script": script, "maxScriptChars": max } });
    check([
        (body("abcd", 4), Accepted),
        (body("abcde", 4), fault("/configuration/script", "at most 4 characters (UTF-16 code units) long, got 5")),
        (body("éééé", 4), Accepted),
        (body("😀😀", 4), Accepted),
        (body("😀😀a", 4), fault("/configuration/script", "got 5")),
        (json!({ "configuration": { "script": "x".repeat(131_072) } }), Accepted),
        (
            json!({ "configuration": { "script": "x".repeat(131_073) } }),
            fault("/configuration/script", "at most 131072"),
        ),
        (body(&"x".repeat(131_073), 131_073), Accepted),
        (json!({ "configuration": { "script": "s\0" } }), Accepted),
    ]);
    let half = r#"{"configuration":{"script":"a\ud800b"}}"#;
    let Err(Rejection::Invalid(faults)) = decode(half) else { panic!() };
    assert_eq!(faults[0].pointer, "/configuration/script");
    assert!(faults[0].message.starts_with("must be valid Unicode text"), "{faults:?}");
}

#[test]
fn configuration_members_have_their_types() {
    let off = "must have enabled true for persistence dataservice-root, got enabled false";
    check([
        (configured("parent", json!({})), Accepted),
        (configured("parent", json!([])), fault("/configuration/parent", "must be an object")),
        (
            configured("parent", json!({ "nodeInstanceName": 1 })),
            fault("/configuration/parent/nodeInstanceName", "must be a string, got 1"),
        ),
        (configured("parent", json!({ "mode": "latest" })), Accepted),
        (
            configured("parent", json!({ "mode": "history", "historyOrder": "oldestFirst", "readerHint": "binary" })),
            Accepted,
        ),
        (
            configured("parent", json!({ "mode": "Latest" })),
            fault("/configuration/parent/mode", "must be one of latest, history, got \"Latest\""),
        ),
        (
            configured("parent", json!({ "historyOrder": 1 })),
            fault("/configuration/parent/historyOrder", "must be one of newestFirst, oldestFirst, got 1"),
        ),
        (
            configured("parent", json!({ "readerHint": "csv" })),
            fault("/configuration/parent/readerHint", "must be one of auto, json, tabular, binary"),
        ),
        (
            configured("parent", json!({ "tabularOptions": { "inputFormat": "xml" } })),
            fault("/configuration/parent/tabularOptions/inputFormat", "must be one of auto, csv, tsv, json"),
        ),
        (
            configured("profiler", json!({ "enabled": "yes" })),
            fault("/configuration/profiler/enabled", "must be true or false, got \"yes\""),
        ),
        (configured("profiler", json!(true)), fault("/configuration/profiler", "must be an object, got true")),
        (
            configured("system", json!({ "enabled": 0 })),
            fault("/configuration/system/enabled", "must be true or false, got 0"),
        ),
        (
            configured("system", json!({ "configPrefixes": ["a.", 5, null] })),
            Expect::Faults(vec![
                ("/configuration/system/configPrefixes/1", "must be a string, got 5"),
                ("/configuration/system/configPrefixes/2", "must be a string, got null"),
            ]),
        ),
        (
            configured("system", json!({ "k8s": { "namespaces": "a" } })),
            fault("/configuration/system/k8s/namespaces", "must be an array, got the string \"a\""),
        ),
        (configured("system", json!({ "k8s": { "namespaces": vec!["n"; 1_000] } })), Accepted),
        (
            configured("system", json!({ "k8s": { "namespaces": vec!["n"; 1_001] } })),
            fault("/configuration/system/k8s/namespaces", "at most 1000 entries, got 1001"),
        ),
        (
            configured("system", json!({ "k8s": { "namespaces": vec!["n"; 1_500] } })),
            fault("/configuration/system/k8s/namespaces", "got 1500"),
        ),
        (
            configured(
                "system",
                json!({ "k8s": { "exec": { "enabled": true, "allowClusterManager": 1, "podNamePrefixes": {} } } }),
            ),
            Expect::Faults(vec![
                ("/configuration/system/k8s/exec/allowClusterManager", "must be true or false"),
                ("/configuration/system/k8s/exec/podNamePrefixes", "must be an array, got an object"),
            ]),
        ),
        (
            configured("dataserviceOutput", json!({ "persistence": "dataservice-root" })),
            fault("/configuration/dataserviceOutput", off),
        ),
        (
            configured("dataserviceOutput", json!({ "enabled": false, "persistence": "dataservice-root" })),
            fault("/configuration/dataserviceOutput", off),
        ),
        (configured("dataserviceOutput", json!({ "enabled": false, "persistence": "arbex-envelope" })), Accepted),
        (configured("dataserviceOutput", json!({ "enabled": true, "persistence": "dataservice-root" })), Accepted),
        (
            configured("dataserviceOutput", json!({ "persistence": "root" })),
            fault(
                "/configuration/dataserviceOutput/persistence",
                "must be one of arbex-envelope, dataservice-root, dataservice-in-envelope, got \"root\"",
            ),
        ),
        (
            configured("dataserviceOutput", json!({ "dashboardUsers": [1] })),
            fault("/configuration/dataserviceOutput/dashboardUsers/0", "must be a string"),
        ),
        (configured("dataserviceOutput", json!({ "dashboardUsers": [GUID] })), Accepted),
        (
            configured("dataserviceOutput", json!({ "dashboardUsers": [1, "u"] })),
            Expect::Faults(vec![
                ("/configuration/dataserviceOutput/dashboardUsers/0", "must be a string"),
                ("/configuration/dataserviceOutput/dashboardUsers/1", "must be the GUID of an external user"),
            ]),
        ),
        (
            configured("dataserviceOutput", json!({ "layoutOutput": { "require": "x" } })),
            fault("/configuration/dataserviceOutput/layoutOutput/require", "must be true or false"),
        ),
        (
            configured("retention", json!({ "skipArchive": 1 })),
            fault("/configuration/retention/skipArchive", "must be true or false"),
        ),
    ]);
}

#[test]
fn delimiters() {
    let cases = [
        (";", Some(b';')),
        (",", Some(b',')),
        ("\t", Some(b'\t')),
        (r"\t", Some(b'\t')),
        ("tab", Some(b'\t')),
        (" ", Some(b' ')),
        ("", None),
        (";;", None),
        ("é", None),
        ("\"", None),
        ("\n", None),
        ("\r", None),
        ("\0", None),
        ("TAB", None),
    ];
    for (text, expected) in cases {
        let mut body = configured("parent", json!({ "tabularOptions": { "delimiter": text } }));
        body["inputs"] = json!([{ "content": { "text": "" } }]);
        match expected {
            Some(delimiter) => assert_eq!(accepted(&body).inputs[0].tabular.delimiter, Some(delimiter), "{text:?}"),
            None => {
                check([(body, fault("/configuration/parent/tabularOptions/delimiter", "must be one ASCII character"))])
            }
        }
    }
}

#[test]
fn all_faults_come_at_once_and_pointers_are_escaped() {
    check([(
        json!({
            "configuration": { "timeoutMs": 0, "maxMemoryMb": 2048, "parent": { "mode": "x" } },
            "context": { "session": { "projectId": "p" }, "parents": [{}, 5] },
            "inputs": [
                { "content": { "text": "" } },
                { "descriptor": { "outputId": 1.5, "createdAtUtc": "yesterday" }, "content": {} },
                { "content": { "url": "https://h/", "headers": { "a/b~c": 1 } } }
            ]
        }),
        Expect::Faults(vec![
            ("/configuration/script", "is required"),
            ("/configuration/timeoutMs", "got 0"),
            ("/configuration/maxMemoryMb", "must be an integer from 16 to 640 (MiB), got 2048"),
            ("/configuration/parent/mode", "got \"x\""),
            ("/context/session/projectId", "must be a 64-bit integer, got \"p\""),
            ("/context/parents/1", "must be an object, got 5"),
            ("/inputs/1/descriptor/outputId", "must be a 64-bit integer, got 1.5"),
            ("/inputs/1/descriptor/createdAtUtc", "must be an ISO 8601 time"),
            ("/inputs/1/content", "must have exactly one of json, text, base64, url, got none"),
            ("/inputs/2/content/headers/a~1b~0c", "must be a header name"),
            ("/inputs/2/content/headers/a~1b~0c", "must be a string"),
        ]),
    )]);
    // A value is shortened, and so is the list.
    let Err(Rejection::Invalid(faults)) = decode(&configured("timeoutMs", "x".repeat(500)).to_string()) else {
        panic!()
    };
    assert_eq!(faults[0].message, format!("must be an integer from 1 to 60000 (ms), got \"{}…", "x".repeat(39)));
    let Err(Rejection::Invalid(faults)) = decode(&with_inputs(json!(vec![0; 300])).to_string()) else { panic!() };
    assert_eq!(faults.len(), 101);
    assert_eq!(faults[100].message, "and 200 more faults that are not listed");
}

#[test]
fn what_is_not_json_is_malformed_with_its_place() {
    let cases: &[(&[u8], usize, usize, &str)] = &[
        (b"", 1, 1, "EOF while parsing a value"),
        (b"{", 1, 1, "EOF while parsing an object"),
        (b"{\n  \"configuration\": }", 2, 20, "expected value"),
        (b"{\"configuration\":{\"script\":\"s\"}} x", 1, 34, "trailing characters"),
        (b"{\"configuration\":{\"script\":\"s\",}}", 1, 32, ""),
        (b"{\n\"a\": \xff}", 2, 6, "not UTF-8"),
        (b"{\"inputs\":[{\"content\":{\"text\":\"a\nb\"}}]}", 1, 32, "control character"),
        (b"{\"unknown\": tru }", 1, 16, "expected ident"),
        (b"\xef\xbb\xbf{}", 1, 1, "expected value"),
    ];
    for (body, at_line, at_column, part) in cases {
        match Call::decode(body, &Ceilings::default()) {
            Err(Rejection::Malformed { message, line, column }) => {
                assert_eq!((line, column), (*at_line, (*at_column).max(1)), "{} {message}", body.escape_ascii());
                assert!(message.contains(part) && !message.contains(" at line "), "{message}");
            }
            other => panic!("{}: {other:?}", body.escape_ascii()),
        }
    }
}

#[test]
fn of_duplicate_keys_the_last_wins() {
    let call =
        decode(r#"{"configuration":1,"configuration":{"script":"a","timeoutMs":"x","script":"b","timeoutMs":7}}"#)
            .unwrap();
    assert_eq!((call.script.as_str(), call.limits.timeout_ms), ("b", 7));
}

#[test]
fn nesting_bombs_are_harmless() {
    let bomb = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let keyed = format!("{}1{}", r#"{"a":"#.repeat(50_000), "}".repeat(50_000));
    for bomb in [&bomb, &keyed] {
        for body in [
            bomb.to_string(),
            format!(r#"{{"configuration":{{"script":"s"}},"unknown":{bomb}}}"#),
            format!(r#"{{"configuration":{{"script":"s","unknown":{bomb}}}}}"#),
            format!(r#"{{"configuration":{{"script":"s","parent":{bomb}}}}}"#),
            format!(r#"{{"configuration":{{"script":{bomb}}}}}"#),
            format!(r#"{{"configuration":{{"script":"s"}},"context":{bomb}}}"#),
            format!(r#"{{"configuration":{{"script":"s"}},"context":{{"session":{{"configuration":{bomb}}}}}}}"#),
            format!(r#"{{"configuration":{{"script":"s"}},"inputs":{bomb}}}"#),
            format!(r#"{{"configuration":{{"script":"s"}},"inputs":[{{"content":{bomb}}}]}}"#),
            format!(r#"{{"configuration":{{"script":"s"}},"inputs":[{{"content":{{"json":{bomb}}}}}]}}"#),
            format!(
                r#"{{"configuration":{{"script":"s"}},"inputs":[{{"content":{{"url":"http://h","headers":{bomb}}}}}]}}"#
            ),
        ] {
            _ = decode(&body);
        }
    }
    let nested = |levels: usize| {
        let deep = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        format!(r#"{{"configuration":{{"script":"s[[","x":{deep}}}}}"#)
    };
    assert!(decode(&nested(127)).is_ok());
    let Err(Rejection::Invalid(faults)) = decode(&nested(128)) else { panic!() };
    assert_eq!(faults[0].message, "must be nested at most 128 levels deep, got 129");
    // A string that holds a bomb stays a string.
    let call = accepted(&with_context(json!({ "node": { "configuration": bomb } })));
    assert!(ctx(&call)["node"]["configuration"].is_string());
}

#[test]
fn inputs_are_checked() {
    let one = |input: Value| with_inputs(json!([input]));
    let content = |content: Value| one(json!({ "content": content }));
    let described = |descriptor: Value| one(json!({ "descriptor": descriptor, "content": { "text": "x" } }));
    check([
        (with_inputs(json!([])), Accepted),
        (with_inputs(json!({})), fault("/inputs", "must be an array, got an object")),
        (with_inputs(json!([null])), fault("/inputs/0", "must be an object, got null")),
        (with_inputs(json!(vec![json!({ "content": { "text": "" } }); 1_000])), Accepted),
        (
            with_inputs(json!(vec![json!({ "content": { "text": "" } }); 1_001])),
            fault("/inputs", "at most 1000 entries, got 1001"),
        ),
        (one(json!({})), fault("/inputs/0/content", "is required")),
        (content(json!("x")), fault("/inputs/0/content", "must be an object, got the string \"x\"")),
        (content(json!({ "json": null })), Accepted),
        (content(json!({ "json": null, "text": "x", "base64": null, "url": null, "headers": null })), Accepted),
        (content(json!({ "text": "x", "base64": "" })), fault("/inputs/0/content", "got text, base64")),
        (content(json!({ "json": 1, "url": "http://h" })), fault("/inputs/0/content", "got json, url")),
        (content(json!({ "text": 5 })), fault("/inputs/0/content/text", "must be a string, got 5")),
        (content(json!({ "text": "x", "headers": {} })), fault("/inputs/0/content/headers", "beside url only")),
        (content(json!({ "base64": "" })), Accepted),
        (content(json!({ "base64": "aGk=" })), Accepted),
        (content(json!({ "base64": "+/+/" })), Accepted),
        (content(json!({ "base64": "aG!=" })), fault("/inputs/0/content/base64", "unexpected '!' at offset 2")),
        (content(json!({ "base64": "aGk" })), fault("/inputs/0/content/base64", "wrong padding at offset 3")),
        (content(json!({ "base64": "aGkaa" })), fault("/inputs/0/content/base64", "at offset 5")),
        (content(json!({ "base64": "aGl=" })), fault("/inputs/0/content/base64", "'l' at offset 2")),
        (content(json!({ "base64": "-_-_" })), fault("/inputs/0/content/base64", "unexpected '-' at offset 0")),
        (content(json!({ "url": "https://h.example/a?b=c" })), Accepted),
        (content(json!({ "url": "http://h:8080/", "headers": { "X-A": "b\tc" } })), Accepted),
        (
            content(json!({ "url": "/a" })),
            fault("/inputs/0/content/url", "must be an absolute http or https URL: relative URL without a base"),
        ),
        (content(json!({ "url": "file:///etc/passwd" })), fault("/inputs/0/content/url", "got scheme \"file\"")),
        (content(json!({ "url": "http://" })), fault("/inputs/0/content/url", "empty host")),
        (content(json!({ "url": "https://u@h/" })), fault("/inputs/0/content/url", "no user name and no password")),
        (content(json!({ "url": "https://:p@h/" })), fault("/inputs/0/content/url", "no user name and no password")),
        (content(json!({ "url": "https://h{}/" })), fault("/inputs/0/content/url", "cannot stand in a request")),
        (
            content(json!({ "url": format!("https://h/{}", "a".repeat(16 * 1024)) })),
            fault("/inputs/0/content/url", "at most 16384 bytes, got 16394"),
        ),
        (
            content(json!({ "url": "http://h", "headers": { "HOST": "other" } })),
            fault("/inputs/0/content/headers/HOST", "must not be sent: it belongs to the connection"),
        ),
        (
            content(json!({ "url": "http://h", "headers": { "Transfer-Encoding": "chunked" } })),
            fault("/inputs/0/content/headers/Transfer-Encoding", "must not be sent: it belongs to the connection"),
        ),
        (
            content(json!({ "url": "http://h", "headers": { "Range": "bytes=0-1" } })),
            fault("/inputs/0/content/headers/Range", "must not be sent: an input is fetched whole"),
        ),
        (
            content(json!({ "url": "http://h", "headers": { "X-HTTP-Method": "PUT" } })),
            fault("/inputs/0/content/headers/X-HTTP-Method", "must not be sent: an input is fetched with GET"),
        ),
        (
            content(json!({ "url": "http://h", "headers": { "X-HTTP-Method-Override": "DELETE" } })),
            fault("/inputs/0/content/headers/X-HTTP-Method-Override", "must not be sent: an input is fetched with GET"),
        ),
        (
            content(json!({ "url": "http://h", "headers": { "X-Method-Override": "DELETE" } })),
            fault("/inputs/0/content/headers/X-Method-Override", "must not be sent: an input is fetched with GET"),
        ),
        (content(json!({ "url": "http://h", "headers": { "a": "v".repeat(8 * 1024) } })), Accepted),
        (
            content(json!({ "url": "http://h", "headers": { "a": "v".repeat(8 * 1024 + 1) } })),
            fault("/inputs/0/content/headers/a", "at most 8192 bytes, got 8193"),
        ),
        (content(json!({ "url": "http://h", "headers": { "Authorization": "x", "Accept-Encoding": "br" } })), Accepted),
        (
            content(json!({ "url": "http://h", "headers": [] })),
            fault("/inputs/0/content/headers", "must be an object of strings"),
        ),
        (
            content(json!({ "url": "http://h", "headers": { "a b": "" } })),
            fault("/inputs/0/content/headers/a b", "must be a header name"),
        ),
        (
            content(json!({ "url": "http://h", "headers": { "a": "x\r\ny: z" } })),
            fault("/inputs/0/content/headers/a", "no control characters"),
        ),
        (
            content(json!({ "url": "http://h", "headers": { "n".repeat(257): "" } })),
            fault("/inputs/0/content/headers", "at most 256 bytes, got 257"),
        ),
        (
            content(
                json!({ "url": "http://h", "headers": (0..64).map(|n| (n.to_string(), "v")).collect::<BTreeMap<_, _>>() }),
            ),
            Accepted,
        ),
        (
            content(
                json!({ "url": "http://h", "headers": (0..65).map(|n| (n.to_string(), "v")).collect::<BTreeMap<_, _>>() }),
            ),
            fault("/inputs/0/content/headers", "at most 64 headers, got 65"),
        ),
        (described(json!(null)), Accepted),
        (described(json!(5)), fault("/inputs/0/descriptor", "must be an object, got 5")),
        (described(json!({ "outputId": -5 })), Accepted),
        (
            described(json!({ "outputId": "5" })),
            fault("/inputs/0/descriptor/outputId", "must be a 64-bit integer, got \"5\""),
        ),
        (described(json!({ "sizeBytes": 0 })), Accepted),
        (described(json!({ "sizeBytes": 9_007_199_254_740_991_u64 })), Accepted),
        (
            described(json!({ "sizeBytes": 9_007_199_254_740_992_u64 })),
            fault("/inputs/0/descriptor/sizeBytes", "(bytes)"),
        ),
        (
            described(json!({ "sizeBytes": -1 })),
            fault("/inputs/0/descriptor/sizeBytes", "must be an integer from 0 to"),
        ),
        (
            described(json!({ "contentType": 1, "dataPath": [] })),
            Expect::Faults(vec![
                ("/inputs/0/descriptor/contentType", "must be a string, got 1"),
                ("/inputs/0/descriptor/dataPath", "must be a string, got an array"),
            ]),
        ),
    ]);
    for time in [
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05",
        "2026-01-02T03:04:05.1234567Z",
        "2026-01-02 03:04:05+02:00",
        "2026-01-02",
    ] {
        let call = accepted(&described(json!({ "createdAtUtc": time })));
        assert_eq!(call.inputs[0].descriptor.created_at_utc.as_deref(), Some(time));
    }
    for time in ["", "x", "2026-13-01T00:00:00Z", "2026-02-30", "1767323045"] {
        check([(
            described(json!({ "createdAtUtc": time })),
            fault("/inputs/0/descriptor/createdAtUtc", "must be an ISO 8601 time"),
        )]);
    }
}

#[test]
fn inline_content_arrives_byte_for_byte() {
    let body = r#"{"configuration":{"script":"s"},"inputs":[
        {"content":{"json": { "a" : [1.0, "\u0041\ud800"] } }},
        {"content":{"text":"a\u00e9\n\"b\""}}, {"content":{"text":"plain"}}, {"content":{"base64":"AP8="}}]}"#;
    let call = Call::decode(body.as_bytes(), &Ceilings::default()).unwrap();
    // Newest first, and without times the later is the newer.
    let got: Vec<_> = call
        .inputs
        .iter()
        .rev()
        .map(|input| match &input.content {
            Content::Inline { form, bytes } => (*form, bytes.to_vec(), input.descriptor.size_bytes),
            Content::Url(_) => panic!("{input:?}"),
        })
        .collect();
    let inline = |form, bytes: &[u8]| (form, bytes.to_vec(), Some(bytes.len() as u64));
    assert_eq!(
        got,
        [
            inline(InlineForm::Json, br#"{ "a" : [1.0, "\u0041\ud800"] }"#),
            inline(InlineForm::Text, "aé\n\"b\"".as_bytes()),
            inline(InlineForm::Text, b"plain"),
            inline(InlineForm::Base64, b"\0\xff"),
        ]
    );
}

#[test]
fn a_url_and_its_headers_stay_out_of_the_context() {
    let call = accepted(&with_inputs(
        json!([{ "content": { "url": "https://h.example/s3cret", "headers": { "Authorization": "Bearer t0ken" } } }]),
    ));
    let Content::Url(location) = &call.inputs[0].content else { panic!() };
    assert_eq!(location.uri().to_string(), "https://h.example/s3cret");
    assert_eq!(location.headers().len(), 1);
    assert_eq!(location.headers()["authorization"], "Bearer t0ken");
    let shown = format!("{call:?}");
    assert!(!shown.contains("s3cret") && !shown.contains("t0ken"), "{shown}");
    assert!(!call.context_json.contains("s3cret") && !call.context_json.contains("t0ken"));
    assert_eq!(call.inputs[0].descriptor.size_bytes, None);
}

#[test]
fn selection_and_order() {
    // id, time
    let inputs = json!(
        [
            (1, "2026-01-02T00:00:00Z"),
            (2, "2026-01-03T00:00:00"),
            (3, "2026-01-03T01:00:00+02:00"),
            (4, ""),
            (5, "2026-01-03")
        ]
        .map(|(id, time)| {
            let time = (!time.is_empty()).then_some(time);
            json!({ "descriptor": { "outputId": id, "createdAtUtc": time }, "content": { "text": "" } })
        })
    );
    let cases: &[(Value, ParentMode, &[i64])] = &[
        (json!(null), ParentMode::History, &[5, 2, 3, 1, 4]),
        (json!({}), ParentMode::History, &[5, 2, 3, 1, 4]),
        (json!({ "mode": "latest" }), ParentMode::Latest, &[5]),
        (json!({ "mode": "history", "historyLimit": 2 }), ParentMode::History, &[5, 2]),
        (json!({ "mode": "history", "historyOrder": "oldestFirst" }), ParentMode::History, &[4, 1, 3, 2, 5]),
        (json!({ "historyLimit": 3, "historyOrder": "oldestFirst" }), ParentMode::History, &[4, 1, 3]),
    ];
    for (parent, mode, expected) in cases {
        let call = accepted(&json!({ "configuration": { "script": "s", "parent": parent }, "inputs": inputs }));
        let ids: Vec<_> = call.inputs.iter().filter_map(|input| input.descriptor.output_id).collect();
        assert_eq!((call.mode, ids.as_slice()), (*mode, *expected), "{parent}");
        assert_eq!(ctx(&call)["inputs"].as_array().unwrap().len(), expected.len());
        assert_eq!(ctx(&call)["mode"], mode.as_str());
    }
    for (count, mode) in [(0, ParentMode::Latest), (1, ParentMode::Latest), (2, ParentMode::History)] {
        let call = accepted(&with_inputs(json!(vec![json!({ "content": { "json": 1 } }); count])));
        assert_eq!((call.mode, call.inputs.len()), (mode, count));
    }
    let many = accepted(&with_inputs(json!(vec![json!({ "content": { "json": 1 } }); 61])));
    assert_eq!(many.inputs.len(), 60);
}

#[test]
fn detected_kinds() {
    use InputKind::{Binary, Json, Tabular};
    let cases = [
        // hint, content type, path, content, kind
        ("auto", None, None, json!({ "json": 1 }), Json),
        ("tabular", None, None, json!({ "json": [{ "a": 1 }] }), Tabular),
        ("auto", Some("text/csv"), None, json!({ "json": [] }), Json),
        ("binary", Some("text/csv"), Some("a.json"), json!({ "text": "{}" }), Binary),
        ("json", Some("text/csv"), None, json!({ "text": "x" }), Json),
        ("auto", Some("Text/CSV; charset=utf-8"), Some("a.json"), json!({ "text": "{}" }), Tabular),
        ("auto", Some("application/geo+json"), None, json!({ "text": "x" }), Json),
        ("auto", Some("image/png"), Some("a.csv"), json!({ "text": "x" }), Binary),
        ("auto", Some("application/octet-stream"), Some("a/b.CSV"), json!({ "text": "{}" }), Tabular),
        ("auto", Some("text/plain"), None, json!({ "text": "{}" }), Json),
        ("auto", None, Some("x.csv.gz"), json!({ "base64": "AAAA" }), Tabular),
        ("auto", None, Some("dir.csv/file"), json!({ "text": "{}" }), Json),
        ("auto", None, Some("a.json"), json!({ "url": "https://h/" }), Json),
        ("auto", None, None, json!({ "url": "https://h/a.json" }), Binary),
        ("auto", None, None, json!({ "text": " \n[1,2]\n" }), Json),
        ("auto", None, None, json!({ "text": "\u{feff}{}" }), Json),
        ("auto", None, None, json!({ "text": "-1.5" }), Json),
        ("auto", None, None, json!({ "text": "null" }), Json),
        ("auto", None, None, json!({ "text": "{broken" }), Binary),
        ("auto", None, None, json!({ "text": "1,2\n3,4" }), Tabular),
        ("auto", None, None, json!({ "text": "a;b\r\n1;2\r\n\r\n" }), Tabular),
        ("auto", None, None, json!({ "text": "a\tb\n1\t2\n" }), Tabular),
        ("auto", None, None, json!({ "text": "a|b\n1|2,3\n" }), Tabular),
        ("auto", None, None, json!({ "text": "a,b\n\"x,\ny\",2\n" }), Tabular),
        ("auto", None, None, json!({ "text": "a,b\n1,2,3\n" }), Binary),
        ("auto", None, None, json!({ "text": "just words\nmore words\n" }), Binary),
        ("auto", None, None, json!({ "text": "" }), Binary),
        ("auto", None, None, json!({ "text": "a,b\n\u{0},2\n" }), Binary),
        ("auto", None, None, json!({ "base64": "/////w==" }), Binary),
        ("auto", None, None, json!({ "base64": "e30=" }), Json),
        ("auto", None, None, json!({ "text": format!("a,b\n{}", "1,2\n".repeat(50_000)) }), Tabular),
    ];
    for (hint, content_type, path, content, expected) in cases {
        let mut body = configured("parent", json!({ "readerHint": hint }));
        body["inputs"] =
            json!([{ "descriptor": { "contentType": content_type, "dataPath": path }, "content": content }]);
        let call = accepted(&body);
        assert_eq!(call.inputs[0].descriptor.detected_kind, expected, "{body:.300}");
        assert_eq!(ctx(&call)["inputs"][0]["detectedKind"], expected.as_str());
    }
}

#[test]
fn a_bare_request_has_a_neutral_context() {
    let text = r#"{ "configuration" : {"script":"s" , "a": [1, 2.50]} }"#;
    let call = decode(text).unwrap();
    assert_eq!(&*call.snapshot, r#"{"script":"s" , "a": [1, 2.50]}"#);
    assert_eq!(call.limits, Limits { timeout_ms: 5_000, memory_bytes: 512 << 20 });
    assert_eq!(
        call.features,
        Features {
            profiler: Some(Profiler { sample_interval_ms: 50, max_samples: 600, is_thorough: false }),
            system: Some(System {
                kubernetes: Kubernetes { namespaces: None, told: None, max_items: 200, exec: None },
                config_prefixes: vec![]
            }),
            dataservice_output: None,
        }
    );
    assert_eq!(
        ctx(&call),
        json!({
            "session": { "id": null, "projectId": null, "simulationName": null, "template": null, "configuration": {}, "nodes": [] },
            "node": { "instanceId": null, "instanceName": null, "templateName": null, "taskId": null, "configuration": { "script": "s", "a": [1, 2.5] } },
            "parent": null, "parents": [], "system": { "version": {} }, "mode": "latest", "inputs": []
        })
    );
    let digest = call.script.hash().map(|byte| format!("{byte:02x}")).concat();
    assert_eq!(digest, "043a718774c572bd8a25adbeb1bfcd5c0256ae11cecf9f9c3f925d0e52beaf89");
}

#[test]
fn a_full_context_is_copied_by_name_only() {
    let call = accepted(&json!({
        "configuration": { "script": "s", "system": { "k8s": { "namespaces": ["a", "b"] } }, "parent": { "nodeInstanceName": "p", "tabularOptions": { "delimiter": "tab" } } },
        "context": {
            "session": {
                "id": "3f", "projectId": 4, "simulationName": "sim", "template": "t", "configuration": "{\"limit\": 5}", "email": "LEAK", "userDisplayName": "LEAK",
                "nodes": [
                    { "instanceId": 71, "instanceName": "n", "templateName": "tn", "lastState": 3, "statusDetails": "é".repeat(1_025), "owner": "LEAK" },
                    { "lastState": 2 }, { "lastState": 7 }, { "lastState": "Idle" }, {}
                ]
            },
            "node": { "instanceId": 72, "instanceName": "arbex", "templateName": "system-arbex-js", "taskId": 900, "configuration": "not json", "email": "LEAK" },
            "parents": [{ "name": "p", "templateName": "input", "instanceId": 71, "x": "LEAK" }],
            "system": { "version": { "version": "1.2.3" }, "config": { "system.": [{ "name": "x", "value": "LEAK" }] } },
            "user": "LEAK"
        }
    }));
    assert!(!call.context_json.contains("LEAK"), "{}", call.context_json);
    let node = |id: Value, name: Value, template: Value, state: Value, details: Value| json!({ "instanceId": id, "instanceName": name, "templateName": template, "lastState": state, "statusDetails": details });
    let bare = |state: Value| node(json!(null), json!(null), json!(null), state, json!(null));
    assert_eq!(
        ctx(&call),
        json!({
            "session": {
                "id": "3f", "projectId": 4, "simulationName": "sim", "template": "t", "configuration": { "limit": 5 },
                "nodes": [
                    node(json!(71), json!("n"), json!("tn"), json!("ProcessingSucceeded"), json!("é".repeat(1_024))),
                    bare(json!("ProcessingFailed")), bare(json!(7)), bare(json!("Idle")), bare(json!(null))
                ]
            },
            "node": { "instanceId": 72, "instanceName": "arbex", "templateName": "system-arbex-js", "taskId": 900, "configuration": "not json" },
            "parent": {
                "nodeInstanceName": "p", "mode": "latest", "historyLimit": 60, "historyOrder": "newestFirst", "readerHint": "auto",
                "tabularOptions": { "delimiter": "\t", "inputFormat": null }
            },
            "parents": [{ "name": "p", "templateName": "input", "instanceId": 71 }],
            "system": { "version": { "version": "1.2.3" } },
            "mode": "latest", "inputs": []
        })
    );
    let off = accepted(&configured("system", json!({ "enabled": false })));
    assert!(ctx(&off).get("system").is_none() && off.features.system.is_none());
}

/// Entries below the prefixes that the configuration lists, and no others; secrets have no value.
#[test]
fn platform_configuration_is_kept_by_listed_prefix_and_redacted() {
    let entry = |name: &str| json!({ "name": name, "valueType": 0, "value": "v", "description": null });
    let kept = |name: &str, value: &str| json!({ "name": name, "valueType": 0, "value": value, "description": null });
    let names =
        ["system.a", "system.Secret", "system.CONNECTIONSTRINGS.x", "system.connection_string", "system.topSECRETs"];
    let call = accepted(&json!({
        "configuration": { "script": "s", "system": { "configPrefixes": ["system.", "gone.", "short."] } },
        "context": { "system": { "config": {
            "system.": names.map(entry), "other.": [entry("other.x")], "broken.": 5, "short.": [{ "name": "short.x" }],
        } } },
    }));
    let below =
        |prefix: &str| call.platform_config.below(prefix).map(|json| serde_json::from_str::<Value>(json).unwrap());
    let hidden = "**REDACTED**";
    assert_eq!(
        below("system."),
        Some(json!([
            kept("system.a", "v"),
            kept("system.Secret", hidden),
            kept("system.CONNECTIONSTRINGS.x", hidden),
            kept("system.connection_string", "v"),
            kept("system.topSECRETs", hidden),
        ]))
    );
    assert_eq!(
        below("short."),
        Some(json!([{ "name": "short.x", "valueType": 0, "value": null, "description": null }]))
    );
    for prefix in ["other.", "broken.", "gone.", "system", ""] {
        assert_eq!(below(prefix), None, "{prefix:?}");
    }
}

#[test]
fn context_members_have_their_types() {
    check([
        (with_context(json!({})), Accepted),
        (with_context(json!(5)), fault("/context", "must be an object, got 5")),
        (with_context(json!({ "session": null, "node": null, "parents": null, "system": null })), Accepted),
        (
            configured("system", json!({ "k8s": { "exec": { "podNamePrefixes": ["a-", ""] } } })),
            fault("/configuration/system/k8s/exec/podNamePrefixes/1", "must not be empty"),
        ),
        (
            json!({
                "configuration": { "script": "s", "system": { "configPrefixes": ["a.", "b."] } },
                "context": { "system": { "config": { "a.": [{ "name": 5 }], "b.": {}, "c.": {} } } },
            }),
            Expect::Faults(vec![
                ("/context/system/config", "\"a.\": must be [{ name, valueType, value, description }], got an array"),
                ("/context/system/config", "\"b.\": must be [{ name, valueType, value, description }], got an object"),
            ]),
        ),
        (
            with_context(json!({ "session": { "id": 5, "nodes": [{ "lastState": true }] } })),
            Expect::Faults(vec![
                ("/context/session/id", "must be a string, got 5"),
                ("/context/session/nodes/0/lastState", "must be a string or a 64-bit integer, got true"),
            ]),
        ),
        (with_context(json!({ "session": { "nodes": vec![json!({}); 10_000] } })), Accepted),
        (
            with_context(json!({ "session": { "nodes": vec![json!({}); 10_001] } })),
            fault("/context/session/nodes", "at most 10000 entries, got 10001"),
        ),
        (
            with_context(json!({ "parents": vec![json!({}); 10_001] })),
            fault("/context/parents", "at most 10000 entries, got 10001"),
        ),
        (
            with_context(json!({ "node": { "taskId": 1.5 } })),
            fault("/context/node/taskId", "must be a 64-bit integer, got 1.5"),
        ),
        (
            with_context(json!({ "system": { "config": [], "k8sNamespaces": [1] } })),
            Expect::Faults(vec![
                ("/context/system/config", "must be an object, got an array"),
                ("/context/system/k8sNamespaces/0", "must be a string, got 1"),
            ]),
        ),
    ]);
}

#[test]
fn an_operator_may_lower_a_ceiling_below_the_default() {
    let ceilings = Ceilings {
        max_timeout_ms: 100,
        max_memory_mb: 64,
        max_script_chars: 10,
        max_history_limit: 5,
        ..Ceilings::default()
    };
    let decode = |body: Value| Call::decode(body.to_string().as_bytes(), &ceilings);
    let call = decode(json!({ "configuration": { "script": "s", "parent": {} } })).unwrap();
    assert_eq!(call.limits, Limits { timeout_ms: 100, memory_bytes: 64 << 20 });
    assert_eq!(ctx(&call)["parent"]["historyLimit"], 5);
    assert!(decode(json!({ "configuration": { "script": "12345678901" } })).is_err());
    assert!(decode(json!({ "configuration": { "script": "s", "timeoutMs": 101 } })).is_err());
}

#[test]
fn validate_keeps_the_script_of_a_faulty_configuration() {
    let decode = |body: Value| ValidateCall::decode(body.to_string().as_bytes(), &Ceilings::default());
    let good = decode(json!({ "configuration": { "script": "s" }, "inputs": "not looked at" })).unwrap();
    assert_eq!((good.script.as_ref().map(Script::as_str), good.faults.len()), (Some("s"), 0));
    let faulty = decode(json!({ "configuration": { "script": "s", "timeoutMs": 0 } })).unwrap();
    assert_eq!((faulty.script.is_some(), faulty.faults[0].pointer.as_str()), (true, "/configuration/timeoutMs"));
    let blank = decode(json!({ "configuration": { "script": "" } })).unwrap();
    assert_eq!((blank.script.is_none(), blank.faults[0].pointer.as_str()), (true, "/configuration/script"));
    for (body, pointer) in
        [(json!({}), "/configuration"), (json!({ "configuration": 1 }), "/configuration"), (json!([]), "")]
    {
        let Err(Rejection::Invalid(faults)) = decode(body) else { panic!() };
        assert_eq!(faults[0].pointer, pointer);
    }
    assert!(matches!(ValidateCall::decode(b"{", &Ceilings::default()), Err(Rejection::Malformed { .. })));
}

#[test]
fn what_the_public_types_write_is_accepted() {
    let raw = |json: &str| serde_json::value::RawValue::from_string(json.to_owned()).unwrap();
    let yes = Some(true);
    let request = arbex_api::ExecuteRequest {
        configuration: arbex_api::Configuration {
            script: "async function run(ctx) { return 1; }".into(),
            parent: Some(arbex_api::ParentConfig {
                node_instance_name: Some("p".into()),
                mode: Some(ParentMode::History),
                history_limit: Some(2),
                history_order: Some(HistoryOrder::OldestFirst),
                reader_hint: Some(ReaderHint::Auto),
                tabular_options: Some(arbex_api::TabularOptionsConfig { delimiter: Some(";".into()), input_format: Some(InputFormat::Csv) }),
            }),
            timeout_ms: Some(8_000),
            max_script_chars: Some(1_000),
            max_memory_mb: Some(64),
            profiler: Some(arbex_api::ProfilerConfig { enabled: Some(false), sample_interval_ms: Some(10), max_samples: Some(5) }),
            system: Some(arbex_api::SystemConfig {
                enabled: yes,
                k8s: Some(arbex_api::KubernetesConfig {
                    namespaces: Some(vec!["n".into()]),
                    max_items: Some(3),
                    exec: Some(arbex_api::ExecConfig { enabled: yes, allow_cluster_manager: yes, pod_name_prefixes: Some(vec!["p-".into()]), timeout_ms: Some(5), max_output_chars: Some(6) }),
                }),
                config_prefixes: Some(vec!["system.".into()]),
            }),
            dataservice_output: Some(arbex_api::DataserviceOutputConfig {
                enabled: yes,
                persistence: Some(Persistence::DataserviceRoot),
                dashboard_users: Some(vec![GUID.into()]),
                layout_output: Some(arbex_api::LayoutOutputConfig { enabled: yes, require: yes }),
            }),
            retention: Some(arbex_api::RetentionConfig { skip_archive: yes }),
            other: [("other".to_owned(), json!({ "kept": 1 }))].into(),
        },
        context: Some(serde_json::from_value(json!({
            "session": { "id": "3f", "configuration": "{}", "nodes": [{ "lastState": 3 }] }, "node": { "taskId": 1 }, "parents": [{ "name": "p" }],
            "system": { "version": {}, "k8sNamespaces": ["n"], "config": { "system.": [] } }, "other": 1
        })).unwrap()),
        inputs: vec![
            arbex_api::Input {
                descriptor: arbex_api::InputDescriptor {
                    output_id: Some(1),
                    created_at_utc: Some("2026-01-02T03:04:05Z".into()),
                    data_path: Some("a/b.csv".into()),
                    content_type: Some("text/csv".into()),
                    size_bytes: Some(8),
                },
                content: arbex_api::InputContent::Text { text: "a,b\n1,2\n".into() },
            },
            arbex_api::Input { descriptor: Default::default(), content: arbex_api::InputContent::Json { json: raw("[1]") } },
            arbex_api::Input { descriptor: Default::default(), content: arbex_api::InputContent::Base64 { base64: "AP8=".into() } },
            arbex_api::Input {
                descriptor: Default::default(),
                content: arbex_api::InputContent::Url { url: "https://h/".into(), headers: [("a".to_owned(), "b".to_owned())].into() },
            },
        ],
    };
    let body = serde_json::to_string(&request).unwrap();
    let call = Call::decode(body.as_bytes(), &Ceilings::default()).unwrap();
    assert_eq!(call.limits, Limits { timeout_ms: 8_000, memory_bytes: 64 << 20 });
    assert_eq!(call.inputs.len(), 2);
    assert_eq!(call.inputs[0].tabular, TabularOptions { delimiter: Some(b';'), input_format: Some(InputFormat::Csv) });
    assert_eq!(
        call.features,
        Features {
            profiler: None,
            system: Some(System {
                kubernetes: Kubernetes {
                    namespaces: Some(vec!["n".into()]),
                    told: Some(vec!["n".into()]),
                    max_items: 3,
                    exec: Some(Exec {
                        allow_cluster_manager: true,
                        pod_name_prefixes: vec!["p-".into()],
                        timeout_ms: 5,
                        max_output_chars: 6
                    }),
                },
                config_prefixes: vec!["system.".into()],
            }),
            dataservice_output: Some(DataserviceOutput {
                persistence: Persistence::DataserviceRoot,
                dashboard_users: vec![GUID.into()],
                layout: Some(LayoutOutput { required: true }),
            }),
        }
    );
    serde_json::from_str::<arbex_api::ExecuteRequest>(&body).unwrap();
}

/// Any JSON, with a liking for the keys and values that the decoder looks at.
fn any_json() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        3 => prop::sample::select(vec![
            "configuration", "context", "inputs", "script", "parent", "mode", "tabularOptions", "delimiter", "system", "k8s", "namespaces",
            "session", "nodes", "lastState", "statusDetails", "node", "parents", "descriptor", "createdAtUtc", "content", "json", "text",
            "base64", "url", "headers", "dataserviceOutput", "persistence",
        ]).prop_map(str::to_owned),
        1 => ".{0,6}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        prop::sample::select(vec!["history", "aGk=", "https://h/", "2026-01-02", "a,b\n1,2", "{\"a\":1}", "\t"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(7, 64, 6, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            3 => prop::collection::btree_map(key.clone(), inner, 0..6).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// What holds of every answer of the decoder.
fn holds(body: &[u8]) {
    match Call::decode(body, &Ceilings::default()) {
        Ok(call) => {
            assert!(ctx(&call).is_object());
            assert!(serde_json::from_str::<Value>(&call.snapshot).unwrap().is_object());
        }
        Err(Rejection::Invalid(faults)) => {
            let document: Value = serde_json::from_slice(body).unwrap_or_default();
            assert!(!faults.is_empty());
            for fault in faults {
                // A pointer names a place that exists, or a missing member of a place that does.
                let parent = fault.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
                assert!(document.is_null() || document.pointer(parent).is_some(), "{fault:?} in {document}");
            }
        }
        Err(Rejection::Malformed { line, column, .. }) => assert!(line > 0 && column > 0),
    }
    _ = ValidateCall::decode(body, &Ceilings::default());
}

proptest! {
    #[test]
    fn any_bytes_are_answered(body: Vec<u8>) {
        holds(&body);
    }

    #[test]
    fn any_json_is_answered(body in any_json()) {
        holds(body.to_string().as_bytes());
    }

    #[test]
    fn any_parts_of_a_request_are_answered(parent in any_json(), context in any_json(), input in any_json(), content in any_json()) {
        let body = json!({
            "configuration": { "script": "s", "parent": parent }, "context": context, "inputs": [input, { "content": content }]
        });
        holds(body.to_string().as_bytes());
    }

    #[test]
    fn any_cut_or_flipped_request_is_answered(at in 0_usize..200, byte: u8, cut: bool) {
        let mut body = br#"{"configuration":{"script":"s","parent":{"mode":"latest"}},"context":{"session":{"nodes":[{}]}},"inputs":[{"content":{"base64":"aGk="}},{"content":{"json":[1]}}]}"#.to_vec();
        let at = at % body.len();
        if cut { body.truncate(at) } else { body[at] = byte }
        holds(&body);
    }
}

/// Prints what decoding takes; run with `--release -- --nocapture`. Not an assertion: machines differ.
#[test]
fn how_long_it_takes() {
    let small =
        json!({ "configuration": { "script": "async function run(ctx) { return { ok: true }; }" } }).to_string();
    let script =
        configured("note", "x").to_string().replace("\"s\"", &format!("\"{}\"", "let a = 1;\\n".repeat(9_000)));
    let text = with_inputs(json!([{ "content": { "text": "a,b\n1,2\n".repeat(1 << 20) } }])).to_string();
    let json =
        with_inputs(json!([{ "content": { "json": vec![json!({ "a": 1, "b": "two" }); 400_000] } }])).to_string();
    for (name, body, rounds) in
        [("trivial", small, 20_000), ("100 KB script", script, 100), ("8 MB text", text, 3), ("7 MB json", json, 3)]
    {
        let rounds = if cfg!(debug_assertions) { 1 } else { rounds };
        let start = Instant::now();
        for _ in 0..rounds {
            assert!(decode(&body).is_ok());
        }
        let micros = start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds);
        println!("{name}: {micros:.1} µs for {} bytes", body.len());
    }
}
