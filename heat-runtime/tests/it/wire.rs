//! What the official client was seen to send, answer for answer, sent again by this library.
//!
//! `HEAT_WIRE` names another recording of the same form to play.

use std::collections::VecDeque;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use heat_runtime::{
    Error, HeatRuntime, HeatRuntimeOptions, InitOptions, NewNodeOutput, OnClaimError, ProcessError, Processor,
    RetryPolicy, RunnerTask, Validation, async_trait,
};
use serde_json::{Map, Value, json};

use crate::calls;
use crate::fake::{Fake, Received, Reply};

const TOKEN: &str = "tok-123";

#[expect(clippy::disallowed_methods, reason = "a test's own setting")]
fn recording() -> Value {
    let path = std::env::var("HEAT_WIRE")
        .unwrap_or_else(|_| format!("{}/tests/wire/core-api.json", env!("CARGO_MANIFEST_DIR")));
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Answers with the recorded responses, in their order, and keeps what differs from the recorded requests.
struct Replay {
    fake: Fake,
    open: Arc<Mutex<VecDeque<Value>>>,
    faults: Arc<Mutex<Vec<String>>>,
}

impl Replay {
    async fn start(requests: &[Value]) -> Self {
        let open = Arc::new(Mutex::new(VecDeque::from(requests.to_vec())));
        let faults = Arc::new(Mutex::new(Vec::new()));
        let (script, found) = (open.clone(), faults.clone());
        let fake = Fake::start(move |_, received| {
            let Some(expected) = script.lock().unwrap().pop_front() else {
                found.lock().unwrap().push(format!("one request more: {}", received.line()));
                return Reply::status(418);
            };
            found.lock().unwrap().extend(differences(&expected, received));
            let response = &expected["response"];
            Reply::json(response["status"].as_u64().unwrap() as u16, &response["body"])
        })
        .await;
        Self { fake, open, faults }
    }

    fn options(&self, token: bool) -> HeatRuntimeOptions {
        let options = HeatRuntimeOptions::new(&self.fake.url).with_retry(RetryPolicy::none());
        if token { options.with_session_token(TOKEN) } else { options }
    }

    /// What was sent otherwise than recorded.
    fn faults(&self) -> Vec<String> {
        let mut faults = self.faults.lock().unwrap().clone();
        faults.extend(
            self.open.lock().unwrap().iter().map(|open| format!("not sent: {} {}", open["method"], open["path"])),
        );
        faults
    }
}

fn differences(expected: &Value, received: &Received) -> Vec<String> {
    // An invented task has an id of its own each time.
    let path = received
        .path
        .split('/')
        .map(|part| part.parse::<u32>().map_or(part, |_| "{synthetic}"))
        .collect::<Vec<_>>()
        .join("/");
    let path = if expected["path"].as_str().unwrap().contains("{synthetic}") { path } else { received.path.clone() };
    let pairs = [
        ("method", &expected["method"], json!(received.method)),
        ("path", &expected["path"], json!(path)),
        ("authorization", &expected["authorization"], json!(received.authorization)),
        ("contentType", &expected["contentType"], json!(received.content_type)),
        ("body", &expected["body"], received.body.clone()),
    ];
    let differ = pairs.into_iter().filter(|(_, expected, received)| **expected != *received);
    differ.map(|(what, expected, got)| format!("{}: {what} is {got}, not {expected}", received.line())).collect()
}

/// Whether a result says what the official client's says. Ours may say more: what the answer held and the official client drops, and
/// defaults for what the answer left out.
pub fn agrees(ours: &Value, official: &Value, answer: &Value) -> bool {
    match (ours, official) {
        (Value::Object(ours), Value::Object(official)) => {
            let said = official
                .iter()
                .all(|(name, value)| agrees(ours.get(name).unwrap_or(&Value::Null), value, inner(answer, name)));
            let more = ours.iter().filter(|(name, _)| !official.contains_key(*name));
            said && more.into_iter().all(|(name, value)| is_default(value) || value == inner(answer, name))
        }
        (Value::Array(ours), Value::Array(official)) => {
            ours.len() == official.len()
                && ours
                    .iter()
                    .zip(official)
                    .enumerate()
                    .all(|(index, (ours, official))| agrees(ours, official, &answer[index]))
        }
        (ours, Value::Null) => is_default(ours),
        (ours, official) => ours == official,
    }
}

fn inner<'a>(answer: &'a Value, name: &str) -> &'a Value {
    answer.get(name).unwrap_or(&Value::Null)
}

fn is_default(value: &Value) -> bool {
    [json!(null), json!(0), json!(""), json!(false), json!([]), json!({})].contains(value)
}

#[tokio::test]
async fn every_recorded_call_is_sent_and_understood_alike() {
    let recording = recording();
    let mut faults = Vec::new();
    for recorded in recording["calls"].as_array().unwrap() {
        let (name, args) = (recorded["call"].as_str().unwrap(), recorded["args"].as_array().unwrap());
        let requests = recorded["requests"].as_array().unwrap();
        let replay = Replay::start(requests).await;
        let runtime = HeatRuntime::new(replay.options(recorded["token"] == true)).unwrap();
        let result = calls::call(&runtime, name, args).await;
        let mut found = replay.faults();
        let status = recorded["error"]["status"].as_u64().map(|status| status as u16);
        match (&result, status) {
            // No task is no error here.
            (Ok(Value::Null), Some(404)) if name == "claimTask" => {}
            (Err(error), Some(status)) if error.status() == Some(status) => {}
            (Ok(ours), None) => {
                let answer = requests.last().map(|request| &request["response"]["body"]).unwrap_or(&Value::Null);
                let payload = answer.get("template").filter(|_| answer.get("id").is_none()).unwrap_or(answer);
                if !agrees(ours, &recorded["result"], payload) {
                    found.push(format!("the result is {ours}, not {}", recorded["result"]));
                }
            }
            (result, _) => found.push(format!("the result is {result:?}, not {}", recorded["error"])),
        }
        faults.extend(found.into_iter().map(|fault| format!("{name} {args:?}: {fault}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Does what the recorded processor was seen to do.
struct Recorded {
    invalid: Option<String>,
    output: Option<NewNodeOutput>,
    error: Option<String>,
}

impl Recorded {
    fn of(trace: &Value) -> Self {
        let requests = trace["requests"].as_array().unwrap();
        let name = trace["trace"].as_str().unwrap();
        let body_of = |path: &str| {
            requests
                .iter()
                .find(|request| request["path"].as_str().unwrap().ends_with(path))
                .map(|found| &found["body"])
        };
        let details = body_of("/status").and_then(|body| body["statusDetails"].as_str()).map(str::to_owned);
        Self {
            invalid: details.clone().filter(|_| name.contains("validat")),
            output: body_of("/output").map(|body| serde_json::from_value(body.clone()).unwrap()),
            error: details.filter(|_| name.contains("throw")),
        }
    }
}

#[async_trait]
impl Processor for Recorded {
    fn template_name(&self) -> &str {
        "system-arbex-js"
    }

    async fn validate(&self, _task: &RunnerTask) -> Validation {
        self.invalid.clone().map_or(Validation::Valid, Validation::invalid)
    }

    async fn process(&self, task: &RunnerTask, runtime: &HeatRuntime) -> Result<(), ProcessError> {
        if let Some(output) = &self.output {
            runtime.create_node_output(task.node_instance_id, output).await?;
        }
        self.error.clone().map_or(Ok(()), |error| Err(error.into()))
    }
}

async fn load_env(runtime: &HeatRuntime, requests: &[Value], fail_on_missing: bool) -> Result<(), Error> {
    for request in requests {
        let runner_name = request["path"].as_str().unwrap().rsplit('/').next().unwrap();
        let options = json!({ "runnerName": runner_name, "failOnMissing": fail_on_missing });
        let vars = calls::call(runtime, "loadEnv", &[options]).await?;
        let mut flat = Map::new();
        flatten("", &request["response"]["body"], &mut flat);
        assert_eq!(vars, Value::Object(flat));
    }
    Ok(())
}

fn flatten(name: &str, value: &Value, flat: &mut Map<String, Value>) {
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| flatten(&format!("{name}.{key}"), value, flat)),
        value => {
            drop(flat.insert(name[1..].to_owned(), json!(value.as_str().map_or(value.to_string(), str::to_owned))))
        }
    }
}

#[tokio::test]
async fn every_recorded_trace_is_walked_alike() {
    let recording = recording();
    let mut faults = Vec::new();
    for trace in recording["traces"].as_array().unwrap() {
        let name = trace["trace"].as_str().unwrap();
        let requests = trace["requests"].as_array().unwrap();
        let replay = Replay::start(requests).await;
        let mut options = replay.options(requests.iter().any(|request| request["authorization"].is_string()));
        if name.starts_with("debug") {
            let node = requests.first().and_then(|request| request["path"].as_str()?.rsplit('/').next()?.parse().ok());
            options = options.with_debug_node_id(node.unwrap_or(72));
        }
        let mut runtime = HeatRuntime::new(options).unwrap();
        let result = if name.starts_with("loadEnv") {
            load_env(&runtime, requests, trace["error"].is_string()).await
        } else {
            if name != "no-register" {
                runtime.register(Recorded::of(trace));
            }
            let mut options = InitOptions::default();
            options.polling_interval = Duration::from_millis(1);
            options.on_claim_error = OnClaimError::Stop;
            runtime.init("r-1", options).await
        };
        let mut found = replay.faults();
        let expected = trace["error"].as_str();
        let status = expected.and_then(|text| text.strip_prefix("Request failed with status code ")?.parse().ok());
        match (&result, expected) {
            (Ok(()), None) => {}
            (Err(error), Some(_)) if status.is_some() && error.status() == status => {}
            (Err(error), Some(expected)) if error.to_string() == expected => {}
            _ => found.push(format!("it ended with {result:?}, not {expected:?}")),
        }
        faults.extend(found.into_iter().map(|fault| format!("{name}: {fault}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn agreement_is_strict_where_it_must_be() {
    for (ours, official, answer, agreed) in [
        (json!({ "id": 1, "name": "" }), json!({ "id": 1 }), json!({ "id": 1 }), true),
        (json!({ "id": 1, "new": 5 }), json!({ "id": 1 }), json!({ "id": 1, "new": 5 }), true),
        (json!({ "id": 1, "new": 5 }), json!({ "id": 1 }), json!({ "id": 1, "new": 6 }), false),
        (json!({ "id": 2 }), json!({ "id": 1 }), json!({ "id": 2 }), false),
        (json!({}), json!({ "id": 1 }), json!({}), false),
        (json!([1]), json!([1, 2]), json!([1, 2]), false),
        (json!({ "a": 0 }), json!({ "a": null }), json!({ "a": null }), true),
        (json!({ "a": 7 }), json!({ "a": null }), json!({ "a": null }), false),
    ] {
        assert_eq!(agrees(&ours, &official, &answer), agreed, "{ours} {official} {answer}");
    }
}
