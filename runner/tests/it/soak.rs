//! Many tasks, while everything around them goes wrong at random: Core refuses, hangs, breaks off and loses answers; the store fails before
//! and after an upload; the service is killed, stopped and busy; runners are killed and stopped. After it every task has ended once, and
//! what it left is there once and whole.
//!
//! `SOAK_TASKS`, `SOAK_SECONDS` and `SOAK_SEED` make it longer or another one. The figures are printed (`--nocapture`).

use std::collections::BTreeMap;
use std::process::Stdio;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fastrand::Rng;
use heat_core_dev::{Core, CoreHandle, CoreOptions, EventKind, Failure, Fault, TaskRules};
use heat_runtime::{BlobStore, ConnectionString, DataSource, DataSourceType};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::process::Child;

use crate::process::runner_of;
use crate::s3::{S3, Upload};
use crate::service::Service;
use crate::world::STORE;

const LEASE: Duration = Duration::from_millis(2500);
const NODES_A_SESSION: i64 = 10;
const RUNNERS: usize = 2;
const FLAGS: [(&str, &str); 8] = [
    ("SIGNAL_MS", "400"),
    ("MAX_TASKS", "4"),
    ("POLL_MS", "20"),
    ("CORE_TIMEOUT_MS", "700"),
    ("RETRY_BUDGET_MS", "6000"),
    ("MARGIN_MS", "1500"),
    ("DRAIN_GRACE_MS", "400"),
    ("LOG", "error"),
];

/// What a node's script does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Sums,
    Throws,
    IsNoJson,
    HasNoParent,
}

impl Kind {
    fn of(node: i64) -> Self {
        match node % 20 {
            3 | 13 => Self::Throws,
            7 => Self::IsNoJson,
            17 => Self::HasNoParent,
            _ => Self::Sums,
        }
    }

    fn configuration(self) -> String {
        let sums = "async function run(ctx) {
            const table = await ctx.inputs.latest.openTabularReader();
            let sum = 0;
            for await (const row of table) sum += Number(row.n);
            // Long enough to be killed in.
            const until = Date.now() + 20;
            while (Date.now() < until);
            return { sum, task: ctx.node.taskId };
        }";
        let throws = "async function run(ctx) { throw new Error('task ' + ctx.node.taskId); }";
        let parent = if self == Self::HasNoParent { "nobody" } else { "csv-input" };
        let script = if self == Self::Throws { throws } else { sums };
        let text =
            json!({ "script": script, "timeoutMs": 1000, "parent": { "nodeInstanceName": parent, "mode": "latest" } });
        if self == Self::IsNoJson { "{ script:".to_owned() } else { text.to_string() }
    }
}

struct Soak {
    core: CoreHandle,
    s3: S3,
    store: BlobStore,
    service_address: String,
    stop: AtomicBool,
    did: Mutex<BTreeMap<String, usize>>,
}

#[expect(clippy::disallowed_methods, reason = "a test has no settings")]
fn setting<T: FromStr>(name: &str, standard: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(standard)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_each_task_ends_once_and_leaves_one_output() {
    let (tasks, seed) = (setting("SOAK_TASKS", 300), setting("SOAK_SEED", 1));
    let time = Duration::from_secs(setting("SOAK_SECONDS", 60));
    let soak = Arc::new(Soak::new(tasks).await);
    let began = Instant::now();
    let mut chaos = tokio::task::JoinSet::new();
    for number in 0..RUNNERS {
        chaos.spawn(Arc::clone(&soak).runners(number, Rng::with_seed(seed + 100 + number as u64)));
    }
    chaos.spawn(Arc::clone(&soak).services(Rng::with_seed(seed + 200)));
    chaos.spawn(Arc::clone(&soak).faults(Rng::with_seed(seed + 300)));
    while began.elapsed() < time && !soak.core.audit().unended.is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    soak.stop.store(true, Ordering::SeqCst);
    while let Some(ended) = chaos.join_next().await {
        ended.unwrap();
    }
    let ended_in_chaos = tasks - soak.core.audit().unended.len();
    soak.core.clear_faults();
    soak.s3.clear_orders();

    // What is left is done in peace.
    let service = soak.service().await;
    let mut runner = soak.runner(0);
    let peace = Instant::now();
    while !soak.core.audit().unended.is_empty() {
        assert!(peace.elapsed() < Duration::from_secs(120), "not ended: {:?}", soak.core.audit());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    runner.kill().await.unwrap();
    drop(service);
    println!(
        "seed {seed}: {tasks} tasks, {ended_in_chaos} of them ended in {:.1} s of faults",
        (peace - began).as_secs_f64()
    );
    soak.verify(tasks).await;
}

impl Soak {
    async fn new(tasks: usize) -> Self {
        let s3 = S3::start().await;
        let mut source = DataSource::default();
        source.name = STORE.to_owned();
        source.r#type = DataSourceType::S3 as i64;
        source.connection_string = ConnectionString(s3.connection_string());
        let store = source.store().unwrap();
        store.upload_blob("in.csv", "n\n1\n2\n").await.unwrap();

        let tasks = i64::try_from(tasks).unwrap();
        let (mut sessions, mut nodes, mut outputs) = (vec![], vec![], vec![]);
        for session in 0..=tasks / NODES_A_SESSION {
            let parent = 1_000_000 + session;
            sessions.push(json!({ "id": session_id(session), "name": "s", "projectId": 4, "sessionTemplateId": 2 }));
            nodes.push(
                json!({ "id": parent, "sessionId": session_id(session), "nodeTemplateId": 8, "name": "csv-input" }),
            );
            outputs.push(json!({
                "nodeInstanceId": parent, "configuration": "{}", "dataSourceId": 7, "dataPath": "in.csv", "outputIdentifier": "in"
            }));
        }
        for node in 1..=tasks {
            let session = node / NODES_A_SESSION;
            nodes.push(json!({
                "id": node, "sessionId": session_id(session), "nodeTemplateId": 9, "name": format!("n{node}"),
                "parentIds": [1_000_000 + session], "configuration": Kind::of(node).configuration()
            }));
        }
        let seed = json!({
            "config": { "runner_config.default_store": STORE },
            "dataSources": [{ "id": 7, "name": STORE, "type": 4, "connectionString": s3.connection_string() }],
            "runnerTypes": [{ "id": 3, "name": "arbex", "containerImage": "arbex", "enabled": true }],
            "nodeTemplates": [
                { "id": 8, "name": "input-node", "type": "Input" },
                { "id": 9, "name": "system-arbex-js", "type": "Transform", "supportedRunnerIds": [3] }
            ],
            "sessionTemplates": [{ "id": 2, "name": "t", "configuration": "{}" }],
            "projects": [{ "id": 4, "title": "P", "ownerId": 1, "defaultSessionTemplateId": 2 }],
            "sessions": sessions, "nodes": nodes, "outputs": outputs,
        });
        let rules = TaskRules { lease: LEASE, max_retries: 10_000, ..TaskRules::default() };
        let options =
            CoreOptions { seed: serde_json::from_value(seed).unwrap(), tasks: rules, ..CoreOptions::default() };
        let core = Core::start(options).unwrap();
        for node in 1..=tasks {
            // So each task is its node's number.
            assert_eq!(core.queue_task(node).unwrap(), node);
        }
        // A port of its own, so that it comes back where it was.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let (stop, did) = (AtomicBool::new(false), Mutex::default());
        Self { core, s3, store, service_address: free, stop, did }
    }

    fn did(&self, what: &str) {
        *self.did.lock().unwrap().entry(what.to_owned()).or_default() += 1;
    }

    /// Sleeps for a random time, if it is not over; tells whether it goes on.
    async fn waits(&self, rng: &mut Rng, least_ms: u64, most_ms: u64) -> bool {
        let until = Instant::now() + Duration::from_millis(rng.u64(least_ms..=most_ms));
        while !self.stop.load(Ordering::SeqCst) && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        !self.stop.load(Ordering::SeqCst)
    }

    async fn service(&self) -> Service {
        let flags = ["--slots", "2", "--max-queued", "1", "--input-origins", &self.s3.origin()];
        Service::start_with(&self.service_address, &flags).await
    }

    fn runner(&self, number: usize) -> Child {
        let mut command = runner_of(&self.core.base_url(), &format!("http://{}", self.service_address));
        for (name, value) in FLAGS {
            command.env(format!("ARBEX_RUNNER_{name}"), value);
        }
        command.env("ARBEX_RUNNER_TAG", format!("r{number}")).stderr(Stdio::null()).spawn().unwrap()
    }

    async fn runners(self: Arc<Self>, number: usize, mut rng: Rng) {
        let mut runner = self.runner(number);
        while self.waits(&mut rng, 50, 1500).await {
            match rng.u32(..10) {
                // Longer than its lease: others take its tasks.
                0 => {
                    self.did("runner stopped and continued");
                    send(&runner, "-STOP").await;
                    self.waits(&mut rng, 1000, 4000).await;
                    send(&runner, "-CONT").await;
                    continue;
                }
                1 | 2 => {
                    self.did("runner SIGTERM");
                    send(&runner, "-TERM").await;
                    runner.wait().await.unwrap();
                }
                _ => {
                    self.did("runner SIGKILL");
                    runner.kill().await.unwrap();
                }
            }
            runner = self.runner(number);
        }
        runner.kill().await.unwrap();
    }

    async fn services(self: Arc<Self>, mut rng: Rng) {
        // Down at first.
        self.waits(&mut rng, 300, 300).await;
        let mut service = self.service().await;
        while self.waits(&mut rng, 500, 3000).await {
            if rng.u32(..4) == 0 {
                self.did("service stopped and continued");
                send(&service.process, "-STOP").await;
                self.waits(&mut rng, 200, 1500).await;
                send(&service.process, "-CONT").await;
                continue;
            }
            self.did("service SIGKILL");
            service.process.kill().await.unwrap();
            self.waits(&mut rng, 0, 700).await;
            service = self.service().await;
        }
        service.process.kill().await.unwrap();
    }

    async fn faults(self: Arc<Self>, mut rng: Rng) {
        while self.waits(&mut rng, 10, 120).await {
            if rng.u32(..5) == 0 {
                let upload = match rng.u32(..5) {
                    0 => Upload::Refused,
                    1 => Upload::StoredAndRefused,
                    2 => Upload::StoredAndDropped,
                    3 => Upload::Hangs,
                    _ => Upload::Late(Duration::from_millis(rng.u64(50..1000))),
                };
                self.did(&format!("store {}", format!("{upload:?}").split('(').next().unwrap()));
                // More in a row than are made good by repetition.
                let times = if upload == Upload::Hangs { 1 } else { [1, 1, 2, 6][rng.usize(..4)] };
                self.s3.order(vec![upload; times]);
                continue;
            }
            let status = |status| Failure::Status { status, retry_after_s: None };
            let (name, failure) = match rng.u32(..12) {
                0 => ("500", status(500)),
                1 => ("503", status(503)),
                2 => ("401", status(401)),
                3 => ("404", status(404)),
                4 => ("429", status(429)),
                5 => ("409", status(409)),
                6 => ("hang", Failure::Hang),
                7 => ("drop", Failure::Drop),
                8 => ("drop after headers", Failure::DropAfterHeaders),
                9 => ("drop mid body", Failure::DropMidBody),
                10 => ("not JSON", Failure::NotJson),
                _ => ("delay", Failure::Delay { delay_ms: rng.u64(50..1000) }),
            };
            let ends = [
                "/claim",
                "/signal",
                "/complete",
                "/complete",
                "/fail",
                "/status",
                "/status",
                "/output",
                "/output",
                "",
            ];
            let fault = Fault {
                path_suffix: ends[rng.usize(..ends.len())].to_owned(),
                skip: rng.u32(..3),
                times: Some([1, 1, 2, 6][rng.usize(..4)]),
                // Who says 200 and has done nothing cannot be found out.
                applied: rng.bool() || failure == Failure::NotJson,
                ..Fault::once("/", failure)
            };
            if self.core.faults().len() < 5 {
                self.did(&format!("core {name}"));
                self.core.add_fault(fault).unwrap();
            }
        }
    }

    async fn verify(&self, tasks: usize) {
        let audit = self.core.audit();
        let mut wrong = Vec::new();
        let (mut completed, mut failed_by_script, mut failed_by_fault, mut orphans, mut late) = (0, 0, 0, 0, 0);
        let mut reasons = BTreeMap::<String, usize>::new();
        let journal = self.core.journal();
        let stored = self.s3.stored();
        for task in 1..=i64::try_from(tasks).unwrap() {
            let ends: Vec<_> = journal.iter().filter(|event| event.task_id == task && event.kind.ends()).collect();
            let [end] = ends.as_slice() else {
                wrong.push(format!("task {task} ended {} times", ends.len()));
                continue;
            };
            let node = self.core.node(task).unwrap();
            let outputs = self.core.outputs(task);
            let path = format!("sessions/{}/nodes/{task}/tasks/{task}.json", session_id(task / NODES_A_SESSION));
            let ended_at: Timestamp = end.at.parse().unwrap();
            late += stored.iter().filter(|(there, at)| there.ends_with(&path) && *at > ended_at).count();
            let kind = Kind::of(task);
            let details = node["statusDetails"].as_str().unwrap().to_owned();
            match end.kind {
                EventKind::Completed => {
                    completed += 1;
                    if kind != Kind::Sums {
                        wrong.push(format!("task {task}, which {kind:?}, is completed"));
                    }
                    if outputs.len() != 1 {
                        wrong.push(format!("task {task} is completed with {} outputs", outputs.len()));
                    }
                }
                _ if kind != Kind::Sums => failed_by_script += 1,
                _ => {
                    failed_by_fault += 1;
                    let words = details.replace(|char: char| char.is_ascii_digit(), "").chars().take(120).collect();
                    *reasons.entry(words).or_default() += 1;
                }
            }
            if outputs.is_empty() && stored.iter().any(|(there, _)| there.ends_with(&path)) {
                orphans += 1;
            }
            for output in &outputs {
                if output.output_identifier != format!("arbex-{task}") || output.data_path != path {
                    wrong.push(format!("task {task} has {output:?}"));
                }
                let envelope =
                    self.store.get(&output.data_path).await.map(|bytes| serde_json::from_slice::<Value>(&bytes));
                let whole = match &envelope {
                    Ok(Ok(envelope)) => match end.kind {
                        EventKind::Completed => envelope["output"] == json!({ "sum": 3, "task": task }),
                        _ => envelope["status"].is_string() && envelope["metrics"].is_object(),
                    },
                    _ => false,
                };
                if !whole || matches!(kind, Kind::IsNoJson | Kind::HasNoParent) {
                    wrong.push(format!("task {task} left {envelope:?}"));
                }
            }
        }
        let kills: usize =
            self.did.lock().unwrap().iter().filter(|(what, _)| what.contains("KILL")).map(|(_, n)| n).sum();
        println!(
            "ended: {completed} completed, {failed_by_script} failed as they should, {failed_by_fault} failed by a fault"
        );
        println!(
            "doubled outputs {}, lost outputs 0 unless named below, misstated nodes {}",
            audit.doubled_outputs.len(),
            audit.misstated_nodes.len()
        );
        println!("uploads that no output names (of failed tasks): {orphans}; uploads after the task's end: {late}");
        println!("{kills} kills; Core's journal: {:?}", audit.counts);
        for (what, times) in self.did.lock().unwrap().iter() {
            println!("  {times:5}  {what}");
        }
        for (words, times) in &reasons {
            println!("  {times:5}  failed: {words}");
        }
        assert!(audit.doubled_outputs.is_empty(), "{:?}", audit.doubled_outputs);
        for node in &audit.misstated_nodes {
            let node = self.core.node(*node).unwrap();
            wrong.push(format!(
                "node {}: {} {}; {:?}",
                node["id"],
                node["lastState"],
                node["statusDetails"],
                self.core.journal_of(node["id"].as_i64().unwrap())
            ));
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

fn session_id(number: i64) -> String {
    format!("3f0c7c1e-1111-4222-8333-{number:012}")
}

async fn send(process: &Child, signal: &str) {
    // It may have ended by itself.
    let Some(id) = process.id() else { return };
    tokio::process::Command::new("kill").args([signal, &id.to_string()]).stderr(Stdio::null()).status().await.unwrap();
}
