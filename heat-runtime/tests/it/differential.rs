//! The official client and this library make the same calls of a Core that gives both the same answers: what they send must be the
//! same, and what they give must agree.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use heat_runtime::{HeatRuntime, HeatRuntimeOptions, RetryPolicy};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::fake::{Fake, Received, Reply};
use crate::wire::agrees;
use crate::{calls, npm};

const CALLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/differential/calls.json");
const OFFICIAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/differential/official.mjs");

fn calls() -> Vec<Value> {
    serde_json::from_slice(&std::fs::read(CALLS).unwrap()).unwrap()
}

/// A Core that gives each call its answers, and what each call sent. `GET /__call/<number>` says which call comes next.
struct Core {
    fake: Fake,
    sent: Arc<Mutex<Vec<Vec<Received>>>>,
    current: Arc<AtomicUsize>,
}

impl Core {
    async fn start(calls: &[Value]) -> Self {
        let sent = Arc::new(Mutex::new(vec![Vec::new(); calls.len()]));
        let current = Arc::new(AtomicUsize::new(0));
        let (log, number, calls) = (sent.clone(), current.clone(), calls.to_vec());
        let fake = Fake::start(move |_, received| {
            if let Some(next) = received.path.strip_prefix("/__call/") {
                number.store(next.parse().unwrap(), Ordering::SeqCst);
                return Reply::status(200);
            }
            let number = number.load(Ordering::SeqCst);
            let sent = &mut log.lock().unwrap()[number];
            sent.push(comparable(received));
            let answer = calls[number]["answers"].get(sent.len() - 1).cloned().unwrap_or(json!([418, {}]));
            let mut reply = Reply::json(answer[0].as_u64().unwrap() as u16, &answer[1]);
            if answer[1].is_null() {
                reply.body = Default::default();
            }
            reply
        })
        .await;
        Self { fake, sent, current }
    }
}

/// Without what may differ: how a query is escaped, and what HTTP libraries say of a body that is not there (the official client's
/// named a type for it in some versions and not in others).
fn comparable(received: &Received) -> Received {
    let (path, query) = received.path.split_once('?').unwrap_or((&received.path, ""));
    let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let path = if query.is_empty() { path.to_owned() } else { format!("{path}?{query:?}") };
    let content_type = received.content_type.clone().filter(|_| !received.body.is_null());
    Received { path, content_type, content_length: None, ..received.clone() }
}

#[test]
fn every_call_of_the_official_client_is_compared() {
    let compared: HashSet<String> = calls().iter().map(|call| call["call"].as_str().unwrap().to_owned()).collect();
    let missing: Vec<_> = calls::NAMES.iter().filter(|name| !compared.contains(**name)).collect();
    assert!(missing.is_empty(), "not in calls.json: {missing:?}");
}

#[tokio::test]
async fn the_official_client_sends_the_same() {
    let Some(folder) = npm::packages("the comparison with the official client", &["@vrai-ie/heat-runtime@0.1.0"]).await
    else {
        return;
    };
    let calls = calls();

    let theirs = Core::start(&calls).await;
    let node = Command::new("node")
        .arg(OFFICIAL)
        .arg(&folder)
        .arg(&theirs.fake.url)
        .arg(CALLS)
        .env_remove("NODE_OPTIONS")
        .output()
        .await;
    let node = node.unwrap();
    assert!(node.status.success(), "{}", String::from_utf8_lossy(&node.stderr));
    let ended: Vec<Value> =
        String::from_utf8(node.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(ended.len(), calls.len());

    let ours = Core::start(&calls).await;
    let options = HeatRuntimeOptions::new(&ours.fake.url).with_session_token("tok-123").with_retry(RetryPolicy::none());
    let runtime = HeatRuntime::new(options).unwrap();
    let mut faults = Vec::new();
    for (number, (call, official)) in calls.iter().zip(&ended).enumerate() {
        ours.current.store(number, Ordering::SeqCst);
        let name = call["call"].as_str().unwrap();
        let result = calls::call(&runtime, name, call["args"].as_array().unwrap()).await;
        let (we_sent, they_sent) = (&ours.sent.lock().unwrap()[number], &theirs.sent.lock().unwrap()[number]);
        if we_sent != they_sent {
            faults.push(format!("{name} {}\n  sends {we_sent:?}\n  official {they_sent:?}", call["args"]));
        }
        let answer = call["answers"].as_array().unwrap().last().map(|answer| answer[1].clone()).unwrap();
        let payload = answer.get("template").filter(|_| answer.get("id").is_none()).unwrap_or(&answer);
        let alike = match &result {
            Ok(Value::Null) if name == "claimTask" && official["status"] == 404 => true,
            Ok(value) => official.get("error").is_none() && agrees(value, &official["result"], payload),
            Err(error) => error.status().is_some_and(|status| official["status"] == status),
        };
        if !alike {
            faults.push(format!("{name} {}\n  gives {result:?}\n  official {official}", call["args"]));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
