//! `ctx.system` against an API server that answers well, badly, late or not at all; and every way to be refused before it is
//! asked.

mod access;
mod commands;
mod lists;
mod refusals;

use std::io::Write;
use std::time::Duration;

use arbex::call::{Call, Ceilings};
use arbex::caller::Caller;
use arbex::envelope::envelope;
use arbex::policy::{Reads, Rules};
use arbex::sandbox::{Sandbox, SandboxSettings};
use arbex_cluster::{ClusterSettings, ClusterSource};
use kube_dev::ApiServer;
use serde_json::{Value, json};

use crate::support::{caller, sandbox_settings};

/// Makes the calls that `configuration.calls` lists, one after the other, and says what came of each.
const CALLS: &str = r#"
async function run(ctx) {
  const made = [];
  for (const [method, options] of ctx.node.configuration.calls) {
    const of = method === "getPrefix" ? ctx.system.config : ctx.system.k8s;
    try {
      made.push(await of[method](options));
    } catch (error) {
      const { name, message, status, reason, cause } = error;
      made.push({ isError: error instanceof Error, name, message, status, reason, cause });
    }
  }
  return made;
}"#;

/// Everything that an operator can allow, for the namespaces `heat` and `other`.
fn rules() -> Rules {
    Rules {
        reads: Reads::All,
        exec: true,
        namespaces: Some(vec!["heat".to_owned(), "other".to_owned()]),
        own_namespace: Some("heat".to_owned()),
    }
}

/// A cluster's settings for a kubeconfig's text.
fn settings(kubeconfig: &str) -> ClusterSettings {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(kubeconfig.as_bytes()).unwrap();
    let source = ClusterSource::kubeconfig(file.path(), None).unwrap();
    ClusterSettings { source, timeout_ms: 60_000, ..ClusterSettings::default() }
}

fn sandbox_of(rules: Rules, cluster: ClusterSettings) -> Sandbox {
    Sandbox::new(SandboxSettings { rules, cluster, ..sandbox_settings() }).unwrap()
}

fn sandbox_with(cluster: ClusterSettings) -> Sandbox {
    sandbox_of(rules(), cluster)
}

fn sandbox(server: &ApiServer) -> Sandbox {
    sandbox_with(settings(&server.kubeconfig("heat")))
}

/// A configuration that asks for everything, with these `calls`.
fn request(script: &str, calls: &Value) -> Value {
    json!({ "configuration": {
        "script": script,
        "timeoutMs": 60_000,
        "calls": calls,
        "system": {
            "k8s": {
                "namespaces": ["heat", "other", "secret"],
                "exec": { "enabled": true, "allowClusterManager": true, "podNamePrefixes": ["cluster-manager-", "web-"] },
            },
            "configPrefixes": ["system."],
        },
    } })
}

async fn envelope_for(sandbox: &Sandbox, request: &Value, caller: &Caller) -> Value {
    let call = Call::decode(request.to_string().as_bytes(), &Ceilings::default()).unwrap();
    let snapshot = call.snapshot.clone();
    let run = sandbox.execute(call, caller).await.unwrap();
    serde_json::to_value(envelope(run, &snapshot)).unwrap()
}

async fn run(sandbox: &Sandbox, script: &str) -> Value {
    envelope_for(sandbox, &request(script, &json!([])), &caller()).await
}

/// What each of `calls` gives.
async fn calls(sandbox: &Sandbox, calls: Value) -> Vec<Value> {
    let envelope = envelope_for(sandbox, &request(CALLS, &calls), &caller()).await;
    assert_eq!(envelope["status"], "SUCCESS", "{envelope}");
    envelope["output"].as_array().unwrap().clone()
}

/// Whether `made` is an error with all of `expected`, of which the message need only contain its own.
#[track_caller]
fn assert_rejects(made: &Value, expected: &Value) {
    assert_eq!(made["isError"], true, "{made}");
    for (key, value) in expected.as_object().unwrap() {
        if key == "message" {
            let (message, part) = (made["message"].as_str().unwrap(), value.as_str().unwrap());
            assert!(message.contains(part), "{part:?} is not in {made}");
        } else {
            assert_eq!(&made[key], value, "{key} of {made}, expected {expected}");
        }
    }
}

/// A connection that nobody answers must not hold a test for ever.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), work).await.unwrap()
}
