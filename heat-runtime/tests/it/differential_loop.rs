//! The official client's loop and ours go through the same situations at the same Core: what they send must be the same, in the same
//! order, to the letter.

use std::collections::BTreeMap;

use heat_core_dev::{
    Auth, AuthMode, Caller, ClockStart, Core, CoreHandle, CoreOptions, LoggedRequest, Resource, Token,
};
use heat_runtime::{
    HeatRuntime, HeatRuntimeOptions, InitOptions, NewNodeOutput, OnClaimError, ProcessError, Processor, RetryPolicy,
    RunnerTask, Validation, async_trait,
};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::npm;

const OFFICIAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/differential/loop.mjs");
const SEED: &str = include_str!("../../../heat-core-dev/tests/it/recorded-seed.json");

/// What is to happen, and what of it both know.
fn situations() -> Vec<Value> {
    let fault =
        |suffix: &str, status: u16| json!({ "pathSuffix": suffix, "failure": { "kind": "status", "status": status } });
    vec![
        json!({ "name": "a task that succeeds" }),
        json!({ "name": "no task, and then one", "faults": [fault("/claim", 404)] }),
        json!({ "name": "a task that throws", "throws": "boom" }),
        json!({ "name": "words that JSON escapes", "throws": "line 1\nline \"2\" \u{e4}\u{1f600}" }),
        json!({ "name": "a configuration that cannot be used", "throws": "configuration: parent.mode: must be latest or history" }),
        json!({ "name": "not valid", "invalid": "no parents" }),
        json!({ "name": "not valid, without a word", "invalid": null }),
        json!({ "name": "the signal is refused", "faults": [fault("/signal", 500)] }),
        json!({ "name": "the output is refused", "faults": [fault("/output", 400)] }),
        json!({ "name": "the status is refused", "faults": [fault("/status", 403)] }),
        json!({ "name": "the completion is refused", "faults": [fault("/complete", 404)] }),
        json!({ "name": "debug mode", "debug": true }),
        json!({ "name": "debug mode that throws", "debug": true, "throws": "boom" }),
        json!({ "name": "debug mode, not valid", "debug": true, "invalid": "no parents" }),
    ]
}

struct Scripted(Value);

#[async_trait]
impl Processor for Scripted {
    fn template_name(&self) -> &str {
        "system-arbex-js"
    }

    async fn validate(&self, _task: &RunnerTask) -> Validation {
        match self.0.get("invalid") {
            Some(message) => Validation::Invalid(message.as_str().map(str::to_owned)),
            None => Validation::Valid,
        }
    }

    async fn process(&self, task: &RunnerTask, runtime: &HeatRuntime) -> Result<(), ProcessError> {
        if let Some(words) = self.0["throws"].as_str() {
            return Err(words.into());
        }
        let output = NewNodeOutput {
            node_instance_id: task.node_instance_id,
            configuration: "{}".to_owned(),
            data_source_id: 1,
            data_path: "out".to_owned(),
            output_identifier: "out".to_owned(),
            ..NewNodeOutput::default()
        };
        runtime.create_node_output(task.node_instance_id, &output).await?;
        Ok(())
    }
}

/// A Core with a task for node 72, whose loop ends by a refused claim, as nothing else ends the official one.
fn core(situation: &Value) -> CoreHandle {
    let core = Core::start(CoreOptions {
        seed: serde_json::from_str(SEED).unwrap(),
        auth: Auth {
            mode: AuthMode::Local,
            tokens: vec![Token { text: "tok-123".to_owned(), caller: Caller::Internal }],
        },
        clock: ClockStart::Frozen("2026-01-02T03:04:05Z".parse().unwrap()),
        first_ids: BTreeMap::from([(Resource::RunnerTask, 900), (Resource::NodeOutput, 777)]),
        ..CoreOptions::default()
    })
    .unwrap();
    core.queue_task(72).unwrap();
    let faults = situation["faults"].as_array().cloned().unwrap_or_default();
    let claims = 1 + faults.iter().filter(|fault| fault["pathSuffix"] == "/claim").count();
    let last = json!({ "pathSuffix": "/claim", "skip": claims, "failure": { "kind": "status", "status": 500 } });
    for fault in std::iter::once(last).chain(faults) {
        core.add_fault(serde_json::from_value(fault).unwrap()).unwrap();
    }
    core
}

/// Without what may differ: the id of a task that Core never gave, and what HTTP libraries say of a body that is not there.
fn comparable(request: LoggedRequest) -> LoggedRequest {
    let parts: Vec<_> = request
        .path
        .split('/')
        .map(|part| part.parse::<u64>().map_or(part, |id| if id > 1000 { "#" } else { part }))
        .collect();
    let content_type = request.content_type.clone().filter(|_| request.body.is_some());
    LoggedRequest { path: parts.join("/"), content_type, ..request }
}

#[tokio::test]
async fn both_loops_send_the_same() {
    let Some(folder) = npm::packages("the comparison of the loops", &["@vrai-ie/heat-runtime@0.1.0"]).await else {
        return;
    };
    let mut faults = Vec::new();
    for situation in situations() {
        let theirs = core(&situation);
        let node = Command::new("node")
            .args([OFFICIAL, &folder.to_string_lossy(), &theirs.base_url(), &situation.to_string()])
            .env_remove("NODE_OPTIONS")
            .output();
        let node = node.await.unwrap();
        assert!(node.status.success(), "{situation}: {}", String::from_utf8_lossy(&node.stderr));
        let official_end: Option<String> = serde_json::from_slice(&node.stdout).unwrap();

        let ours = core(&situation);
        let mut options =
            HeatRuntimeOptions::new(ours.base_url()).with_session_token("tok-123").with_retry(RetryPolicy::none());
        options.debug_node_id = (situation["debug"] == true).then_some(72);
        let mut runtime = HeatRuntime::new(options).unwrap();
        runtime.register(Scripted(situation.clone()));
        let mut init = InitOptions::default();
        init.polling_interval = std::time::Duration::from_millis(1);
        init.on_claim_error = OnClaimError::Stop;
        let our_end = runtime.init("r-1", init).await;

        let sent = |core: &CoreHandle| core.requests().into_iter().map(comparable).collect::<Vec<_>>();
        let (we, they) = (sent(&ours), sent(&theirs));
        if we != they {
            faults.push(format!("{}\n  ours {we:#?}\n  official {they:#?}", situation["name"]));
        }
        if we.is_empty() || our_end.is_ok() != official_end.is_none() {
            faults.push(format!(
                "{}: ours ended with {our_end:?}, the official with {official_end:?}",
                situation["name"]
            ));
        }
        assert_eq!(ours.audit(), theirs.audit(), "{situation}");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
