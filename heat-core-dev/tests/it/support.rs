//! A Core with the state the recordings suppose, and a client for it.

use std::collections::BTreeMap;

use heat_core_dev::{Auth, AuthMode, Caller, ClockStart, Core, CoreHandle, CoreOptions, Resource, Seed, Token};
use reqwest::Method;
use serde_json::Value;

pub const SESSION: &str = "3f0c7c1e-1111-4222-8333-444455556666";

/// One node with a session, a store and a template: 72 runs `system-arbex-js` below the inputs 70 and 71.
pub fn recorded_seed() -> Seed {
    serde_json::from_str(include_str!("recorded-seed.json")).expect("the seed is a seed")
}

pub fn options() -> CoreOptions {
    CoreOptions {
        seed: recorded_seed(),
        auth: Auth { mode: AuthMode::Local, tokens: vec![token("tok-123", Caller::Internal)] },
        clock: ClockStart::Frozen("2026-01-02T03:04:05Z".parse().expect("an instant")),
        first_ids: BTreeMap::from([(Resource::RunnerTask, 900), (Resource::NodeOutput, 777)]),
        ..CoreOptions::default()
    }
}

pub fn token(text: &str, caller: Caller) -> Token {
    Token { text: text.to_owned(), caller }
}

pub fn start(options: CoreOptions) -> CoreHandle {
    Core::start(options).expect("a Core starts")
}

/// A status and the body, `null` where it is none.
pub type Answer = (u16, Value);

pub async fn send(
    core: &CoreHandle,
    method: &str,
    path: &str,
    body: Option<&Value>,
    headers: &[(&str, &str)],
) -> Answer {
    let method: Method = method.parse().expect("a method");
    let mut request = reqwest::Client::new().request(method, core.base_url() + path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(body) = body {
        request = request.json(body);
    }
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let body = response.bytes().await.expect("a whole body");
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

pub async fn get(core: &CoreHandle, path: &str) -> Answer {
    send(core, "GET", path, None, &[]).await
}

pub async fn put(core: &CoreHandle, path: &str) -> Answer {
    send(core, "PUT", path, None, &[]).await
}

pub async fn post(core: &CoreHandle, path: &str, body: Value) -> Answer {
    send(core, "POST", path, Some(&body), &[]).await
}

pub async fn claim(core: &CoreHandle, runner_tag: &str) -> Answer {
    let body = serde_json::json!({ "runnerTag": runner_tag, "supportedNodeTemplateNames": ["system-arbex-js"] });
    post(core, "/api/tasks/claim", body).await
}

pub fn output(node_id: i64, path: &str) -> Value {
    serde_json::json!({
        "nodeInstanceId": node_id, "configuration": "{}", "dataSourceId": 1, "dataPath": path, "outputIdentifier": "out"
    })
}
