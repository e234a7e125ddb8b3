//! The recorded calls of the official client, sent again to this Core: the same statuses, and bodies of the same shape.
//! What was recorded are the answers of a stub, often only the members that mattered; so a shape is the same when every
//! recorded member is there with its type. That there are no others, `dto.rs` sees to.

use heat_core_dev::{AuthMode, CoreHandle, CoreOptions, Failure, Fault};
use serde_json::{Map, Value, json};

use crate::support::{claim, options, send, start};

const RECORDED: &str = include_str!("../../../heat-runtime/tests/wire/core-api.json");

/// Where the recorded answer is of another shape, and why: the name of the call or trace, and the request of it.
const DIFFERENCES: &[(&str, usize, &str, Difference)] = &[
    (
        "updateSession",
        1,
        "recorded both wrapped and bare; documented as either; here it is wrapped",
        Difference::Wrapped,
    ),
    ("debug", 2, "recorded in Pascal case once, to see whether the client reads it", Difference::PascalCase),
    ("importSessionTemplate", 0, "the recorded manifest is a placeholder without a name", Difference::Manifest),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Difference {
    Wrapped,
    PascalCase,
    Manifest,
}

/// Members that are null or not, as it comes.
const NULLABLE: [&str; 5] = ["lastProcessed", "currentOutputId", "currentOutput", "lastRunnerOutput", "description"];

fn recorded(list: &str) -> Vec<Value> {
    let recorded: Value = serde_json::from_str(RECORDED).expect("the recording is JSON");
    recorded[list].as_array().expect("a list").clone()
}

#[tokio::test]
async fn recorded_calls() {
    let mut used = Vec::new();
    let mut seen = Map::new();
    for call in recorded("calls") {
        let name = call["call"].as_str().expect("a name");
        // Of calls that were recorded more than once, each is told by its number.
        let nth = seen.entry(name).or_insert(json!(0));
        let first = nth.as_u64().expect("a number") as usize;
        *nth = json!(first + call["requests"].as_array().expect("requests").len());
        replay(name, first, &call, &mut used).await;
    }
    let expected: Vec<_> = DIFFERENCES.iter().map(|(name, ..)| *name).filter(|name| *name != "debug").collect();
    assert_eq!(used, expected, "each difference is one, and is still there");
    assert_eq!(seen.len(), 60, "methods of the client");
}

#[tokio::test]
async fn recorded_traces() {
    let mut used = Vec::new();
    for trace in recorded("traces") {
        replay(trace["trace"].as_str().expect("a name"), 0, &trace, &mut used).await;
    }
    assert_eq!(used, ["debug"]);
}

async fn replay(name: &str, first: usize, call: &Value, used: &mut Vec<String>) {
    let requests = call["requests"].as_array().expect("requests");
    let core = core_for(requests);
    for (at, request) in requests.iter().enumerate() {
        let (method, path) = (text(request, "method"), text(request, "path").replace("{synthetic}", "1999999999"));
        let (wanted, body) = (&request["response"]["status"], &request["response"]["body"]);
        let wanted = wanted.as_u64().expect("a status") as u16;
        prepare(&core, &path, wanted).await;

        let difference = DIFFERENCES.iter().find(|(call, number, ..)| *call == name && *number == first + at);
        let difference = difference.map(|(.., difference)| *difference);
        used.extend(difference.map(|_| name.to_owned()));
        let sent = match difference {
            Some(Difference::Manifest) => Some(json!({ "manifest": 1, "name": "t" })),
            _ => request.get("body").cloned(),
        };
        let headers: Vec<_> = request
            .get("authorization")
            .and_then(Value::as_str)
            .map(|value| ("authorization", value))
            .into_iter()
            .collect();
        let (status, answer) = send(&core, method, &path, sent.as_ref(), &headers).await;

        let context = format!("{name}: {method} {path}");
        assert_eq!(status, wanted, "{context}: {answer}");
        let (body, answer) = match difference {
            Some(Difference::Wrapped) => (body.clone(), answer["template"].clone()),
            Some(Difference::PascalCase) => (camel(body), answer),
            _ => (body.clone(), answer),
        };
        same_shape(&body, &answer, &context);
        if difference == Some(Difference::Wrapped) {
            assert!(request["response"]["body"].get("template").is_none(), "{context}: no difference any more");
        }
    }
}

/// In the mode the recorded statuses tell of.
fn core_for(requests: &[Value]) -> CoreHandle {
    let open = requests
        .iter()
        .any(|request| request.get("authorization").is_none() && request["response"]["status"] != json!(401));
    let mut options: CoreOptions = options();
    options.auth.mode = if open { AuthMode::Local } else { AuthMode::Strict };
    start(options)
}

/// Makes true what the recorded answer supposes.
async fn prepare(core: &CoreHandle, path: &str, wanted: u16) {
    if path == "/api/tasks/claim" && wanted == 200 {
        assert_eq!(core.queue_task(72).expect("node 72"), 900);
    }
    if path == "/api/tasks/claim" && wanted == 500 {
        core.add_fault(Fault::once(path, Failure::Status { status: 500, retry_after_s: None })).expect("a fault");
    }
    if path.starts_with("/api/tasks/900/") && core.journal().is_empty() {
        assert_eq!(core.queue_task(72).expect("node 72"), 900);
        core.set_auth(options().auth);
        assert_eq!(claim(core, "r-1").await.0, 200);
    }
}

fn text<'value>(value: &'value Value, name: &str) -> &'value str {
    value[name].as_str().expect("a text")
}

fn same_shape(recorded: &Value, answer: &Value, at: &str) {
    match (recorded, answer) {
        (Value::Object(recorded), Value::Object(answer)) => {
            for (name, recorded) in recorded {
                let at = format!("{at}.{name}");
                let answer = answer.get(name).unwrap_or_else(|| panic!("{at} is not there"));
                if !(NULLABLE.contains(&name.as_str()) && (recorded.is_null() || answer.is_null())) {
                    same_shape(recorded, answer, &at);
                }
            }
        }
        (Value::Array(recorded), Value::Array(answer)) => {
            if let Some(recorded) = recorded.first() {
                same_shape(recorded, answer.first().unwrap_or_else(|| panic!("{at} is empty")), &format!("{at}[0]"));
            }
        }
        (Value::Null, Value::Null)
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::String(_), Value::String(_)) => {}
        _ => panic!("{at}: recorded {recorded}, here {answer}"),
    }
}

fn camel(value: &Value) -> Value {
    let Value::Object(members) = value else { return value.clone() };
    let lower = |name: &str| name[..1].to_lowercase() + &name[1..];
    members.iter().map(|(name, member)| (lower(name), camel(member))).collect()
}
