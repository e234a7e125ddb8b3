//! The binary: drains on SIGTERM, does one task, runs one node, and says what is wrong with its settings.

use std::process::Stdio;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::Notify;

use crate::fake::{Answer, Fake, busy, success};
use crate::world::{ARBEX, PARENT, SESSION, World, latest};

pub fn runner(world: &World, service_url: &str) -> Command {
    runner_of(&world.core.base_url(), service_url)
}

pub fn runner_of(core_url: &str, service_url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arbex-runner"));
    command
        .env_clear()
        .env("CORE_API_URL", core_url)
        .env("ARBEX_RUNNER_SERVICE_URL", service_url)
        .env("ARBEX_RUNNER_LOG_FORMAT", "json")
        .env("ARBEX_RUNNER_ADMIN_LISTEN", "127.0.0.1:0")
        .env("ARBEX_RUNNER_POLL_MS", "10")
        .env("ARBEX_RUNNER_MAX_TASKS", "1")
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Reads its log until that message.
async fn until(lines: &mut tokio::io::Lines<BufReader<tokio::process::ChildStderr>>, message: &str) -> Value {
    loop {
        let line = lines.next_line().await.unwrap().unwrap_or_else(|| panic!("no {message:?} in the log"));
        let event: Value = serde_json::from_str(&line).unwrap();
        if event["message"].as_str().unwrap().starts_with(message) {
            return event;
        }
    }
}

pub async fn terminate(process: &Child) {
    let id = process.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
}

pub async fn get(address: &str, path: &str) -> (u16, String) {
    use tokio::io::AsyncWriteExt;
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    (text[9..12].parse().unwrap(), text)
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_what_runs_and_claims_no_more() {
    let world = World::new(&latest("async function run(ctx) {}")).await;
    let gate = Arc::new(Notify::new());
    let fake = Fake::start([Answer::Wait(gate.clone())]).await;
    let (first, second) = (world.core.queue_task(ARBEX).unwrap(), world.core.queue_task(ARBEX).unwrap());
    let mut process = runner(&world, &fake.url).spawn().unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let address = until(&mut lines, "probes and metrics").await["address"].as_str().unwrap().to_owned();
    fake.arrived().await;
    assert_eq!(get(&address, "/livez").await.0, 200);
    assert_eq!(get(&address, "/readyz").await.0, 200);
    let (status, metrics) = get(&address, "/metrics").await;
    assert!(status == 200 && metrics.contains("arbex_runner_tasks_in_flight 1"), "{metrics}");

    terminate(&process).await;
    until(&mut lines, "stopping").await;
    let (status, said) = get(&address, "/readyz").await;
    assert!(status == 503 && said.contains("nothing more is claimed"), "{said}");
    gate.notify_one();
    assert!(process.wait().await.unwrap().success());
    assert_eq!(world.stored(first).await["output"], "waited");
    assert_eq!((world.core.open_tasks(), world.core.audit().unended), ((1, 0), vec![second]));
}

#[tokio::test(flavor = "multi_thread")]
async fn once_is_one_task() {
    let world = World::new(&latest("async function run(ctx) {}")).await;
    let fake = Fake::start([success(json!(1)), Answer::Json(422, json!({}), &[])]).await;
    let once = async || runner(&world, &fake.url).arg("--once").output().await.unwrap();
    assert_eq!(once().await.status.code(), Some(0));
    assert!(fake.asked().is_empty());
    world.core.queue_task(ARBEX).unwrap();
    world.core.queue_task(ARBEX).unwrap();
    assert_eq!(once().await.status.code(), Some(0));
    assert_eq!((world.core.open_tasks(), world.outputs().len()), ((1, 0), 1));
    assert_eq!(once().await.status.code(), Some(1));
    assert_eq!(world.core.open_tasks(), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn debug_mode_runs_one_node_without_claiming() {
    let world = World::new(&latest("async function run(ctx) {}")).await;
    let fake = Fake::start([success(json!(1))]).await;
    let debug = async || runner(&world, &fake.url).args(["--node", &ARBEX.to_string()]).output().await.unwrap();
    let without = debug().await;
    assert_eq!(without.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&without.stderr).contains("has an output"), "{without:?}");
    world.output(PARENT, "a.csv", b"n\n", "2026-01-01T00:00:00Z").await;
    let with = debug().await;
    assert_eq!(with.status.code(), Some(0), "{with:?}");
    assert_eq!(fake.asked()[0].body["inputs"][0]["descriptor"]["dataPath"], "a.csv");
    assert_eq!((world.outputs().len(), world.status().0), (1, 3));
    assert!(!world.core.requests().iter().any(|asked| asked.path == "/api/tasks/claim"));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_settings_are_told_before_anything_is_claimed() {
    let world = World::new(&latest("async function run(ctx) {}")).await;
    let fake = Fake::start([success(json!(1))]).await;
    for (flags, code, says) in [
        (["--max-tasks", "0"], 64, "--max-tasks: must be a whole number from 1 to 256, got \"0\""),
        (["--service-url", "arbex:8080"], 64, "--service-url: must be a URL that begins with http://"),
        (["--core-url", "core"], 64, "--core-url: must be a URL"),
        (["--admin-listen", "192.0.2.1:1"], 69, "--admin-listen 192.0.2.1:1"),
    ] {
        let output = runner(&world, &fake.url).args(flags).output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(code) && said.contains(says), "{flags:?} {said}");
    }
    assert!(world.core.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_of_the_log_names_task_node_session_and_request() {
    let world = World::new(&latest("async function run(ctx) {}")).await;
    let fake = Fake::start([busy(&[("retry-after", "0")]), success(json!(1))]).await;
    let task_id = world.core.queue_task(ARBEX).unwrap();
    let mut process = runner(&world, &fake.url).arg("--once").spawn().unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let event = until(&mut lines, "execute is sent again").await;
    assert!(process.wait().await.unwrap().success());
    let spans = event["spans"].as_array().unwrap();
    let (task, execute) = (&spans[0], &spans[1]);
    assert_eq!(
        (&task["name"], &task["task_id"], &task["node_id"]),
        (&json!("heat_task"), &json!(task_id), &json!(ARBEX)),
        "{event}"
    );
    assert_eq!((&task["session_id"], &task["template"]), (&json!(SESSION), &json!("system-arbex-js")), "{event}");
    assert!(execute["name"] == "execute" && !execute["request_id"].as_str().unwrap().is_empty(), "{event}");
    for asked in fake.asked() {
        assert_eq!(execute["request_id"], asked.headers["x-request-id"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_faults_of_the_settings_are_told_at_once() {
    let world = World::new(&latest("async function run(ctx) {}")).await;
    let mut process = runner(&world, "arbex:8080");
    let output = process.args(["--max-tasks", "0"]).env("ARBEX_RUNNER_MAX_TASK", "3").output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(64));
    for line in ["ARBEX_RUNNER_SERVICE_URL: must be", "--max-tasks: must be", "did you mean ARBEX_RUNNER_MAX_TASKS?"] {
        assert!(said.contains(line), "{said}");
    }
}
