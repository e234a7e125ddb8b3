//! The runner as a process, killed (SIGKILL) between any two steps of a task's way, and another that takes its place: the task ends once,
//! and what it leaves is there once and whole.

use std::process::Stdio;
use std::time::Duration;

use heat_core_dev::{EventKind, Failure, Fault};
use serde_json::json;
use tokio::process::Child;
use tokio::sync::Notify;

use crate::fake::{Answer, Fake, success};
use crate::process::runner;
use crate::s3::Upload;
use crate::service::Service;
use crate::world::{ARBEX, PARENT, World, latest};

const LEASE: Duration = Duration::from_secs(61);
const SCRIPT: &str = "async function run(ctx) {
    const table = await ctx.inputs.latest.openTabularReader();
    let sum = 0;
    for await (const row of table) sum += Number(row.n);
    return { sum, task: ctx.node.taskId };
}";

async fn world() -> World {
    let mut configuration = latest(SCRIPT);
    configuration["system"] = json!({ "configPrefixes": ["system"] });
    let world = World::new(&configuration).await;
    world.output(PARENT, "a.csv", b"n\n1\n2\n", "2026-01-01T00:00:00Z").await;
    world
}

fn start(world: &World, service_url: &str) -> Child {
    runner(world, service_url).stderr(Stdio::null()).spawn().unwrap()
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("30 s have gone by, and never was it so: {what}");
}

/// Kills the runner, lets its lease pass, has another work until all is done, and looks at what there is.
async fn kill_and_take_over(world: &World, mut victim: Child, service_url: &str, task_id: i64, case: &str) {
    victim.kill().await.unwrap();
    world.core.advance(LEASE);
    let mut successor = start(world, service_url);
    until(case, || world.core.audit().unended.is_empty()).await;
    successor.kill().await.unwrap();

    let document = world.stored(task_id).await;
    assert_eq!((&document["status"], &document["output"]["task"]), (&json!("SUCCESS"), &json!(task_id)), "{case}");
    assert_eq!(world.outputs().len(), 1, "{case}");
    assert_eq!(world.status().0, 3, "{case}");
    let audit = world.core.audit();
    assert_eq!((audit.tasks, audit.ended_once), (1, 1), "{case}");
    assert!(audit.doubled_outputs.is_empty() && audit.misstated_nodes.is_empty(), "{case}: {audit:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn at_any_call_of_core() {
    let world = world().await;
    let service = Service::start(&world.s3.origin()).await;
    world.core.queue_task(ARBEX).unwrap();
    world.core.clear_requests();
    assert!(runner(&world, &service.url).arg("--once").output().await.unwrap().status.success());
    let calls = world.core.requests();
    assert!(calls.len() > 10, "{calls:#?}");

    for (number, call) in calls.iter().enumerate() {
        // Before Core has done what it was asked, and after it has, before it answers.
        for applied in [false, true] {
            let case = format!("call {number}, {} {}, done: {applied}", call.method, call.path);
            let world = self::world().await;
            // The service takes inputs of one store only; with another the script would fail, not the runner.
            let service = Service::start(&world.s3.origin()).await;
            let skip = u32::try_from(number).unwrap();
            world.core.add_fault(Fault { skip, applied, ..Fault::once("/", Failure::Hang) }).unwrap();
            let task_id = world.core.queue_task(ARBEX).unwrap();
            let victim = start(&world, &service.url);
            until(&case, || world.core.faults().is_empty()).await;
            kill_and_take_over(&world, victim, &service.url, task_id, &case).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_an_upload() {
    for upload in [Upload::Hangs, Upload::StoredAndHangs] {
        let world = world().await;
        let service = Service::start(&world.s3.origin()).await;
        world.s3.order([upload]);
        let task_id = world.core.queue_task(ARBEX).unwrap();
        let stored = world.s3.stored().len();
        let victim = start(&world, &service.url);
        let hangs = || world.s3.orders_left() == 0 && (upload == Upload::Hangs || world.s3.stored().len() > stored);
        until("the upload hangs", hangs).await;
        kill_and_take_over(&world, victim, &service.url, task_id, &format!("{upload:?}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_service_runs_the_script() {
    let world = world().await;
    let fake = Fake::start([Answer::Wait(Notify::new().into()), success(json!({ "task": 1 }))]).await;
    let task_id = world.core.queue_task(ARBEX).unwrap();
    let victim = start(&world, &fake.url);
    fake.arrived().await;
    kill_and_take_over(&world, victim, &fake.url, task_id, "execute").await;
    assert_eq!(fake.asked().len(), 2);
}

/// A runner that stood still for longer than its lease finds the task ended by another: it writes nothing, and says nothing of the node.
#[tokio::test(flavor = "multi_thread")]
async fn a_runner_that_was_only_asleep_leaves_alone_what_another_has_done() {
    // Where it falls asleep: in the run, in a run that fails, in the call that completes.
    let failed = Answer::Json(500, json!({ "type": "t", "title": "no", "status": 500, "detail": "d" }), &[]);
    for (late, hangs) in [(success(json!("late")), false), (failed, false), (success(json!("first")), true)] {
        let world = World::new(&latest("async function run(ctx) {}")).await;
        let gate = std::sync::Arc::new(Notify::new());
        let first = if hangs { late.clone() } else { Answer::After(gate.clone(), Box::new(late)) };
        let fake = Fake::start([first, success(json!("second"))]).await;
        let task_id = world.core.queue_task(ARBEX).unwrap();
        if hangs {
            let failure = Failure::Delay { delay_ms: 300 };
            let fault = Fault {
                method: Some("PUT".to_owned()),
                path_suffix: "/complete".to_owned(),
                ..Fault::once("/api/", failure)
            };
            world.core.add_fault(fault).unwrap();
        }
        let mut sleeper = runner(&world, &fake.url);
        let mut sleeper = sleeper.env("ARBEX_RUNNER_SIGNAL_MS", "100").stderr(Stdio::null()).spawn().unwrap();
        fake.arrived().await;
        until("asleep", || world.core.faults().is_empty()).await;
        signal(&sleeper, "-STOP").await;
        world.core.advance(LEASE);
        world.work(&fake.url).await;
        let ended = world.core.audit();
        assert_eq!(ended.ended_once, 1);
        let uploads = world.s3.stored().len();
        // By its own clock too it was silent for longer than it may be.
        tokio::time::sleep(Duration::from_millis(150)).await;

        gate.notify_one();
        signal(&sleeper, "-CONT").await;
        let refused = || world.core.journal_of(task_id).iter().any(|event| event.kind == EventKind::Refused);
        until("it hears that it is late", refused).await;
        // It goes on to claim.
        let claims = || world.core.requests().iter().filter(|asked| asked.path == "/api/tasks/claim").count();
        let before = claims();
        until("it claims again", || claims() > before).await;
        sleeper.kill().await.unwrap();

        assert_eq!(world.stored(task_id).await["output"], "second");
        assert_eq!(world.s3.stored().len(), uploads, "nothing was written over");
        let audit = world.core.audit();
        assert!(audit.misstated_nodes.is_empty() && audit.doubled_outputs.is_empty(), "{audit:?} {:?}", world.status());
    }
}

/// The same, while the other still works: Core takes the signals of both, but tells that it gave the task away once more.
#[tokio::test(flavor = "multi_thread")]
async fn a_runner_that_was_only_asleep_leaves_alone_what_another_works_on() {
    let world = World::new(&latest("async function run(ctx) {}")).await;
    let gates = [(); 2].map(|()| std::sync::Arc::new(Notify::new()));
    let answer = |gate: usize, output| Answer::After(gates[gate].clone(), Box::new(success(output)));
    let fake = Fake::start([answer(0, json!("late")), answer(1, json!("second"))]).await;
    let task_id = world.core.queue_task(ARBEX).unwrap();
    let mut sleeper = runner(&world, &fake.url);
    let mut sleeper = sleeper.env("ARBEX_RUNNER_SIGNAL_MS", "100").stderr(Stdio::null()).spawn().unwrap();
    fake.arrived().await;
    signal(&sleeper, "-STOP").await;
    world.core.advance(LEASE);
    let working = world.work(&fake.url);
    let waking = async {
        until("the other works", || fake.asked().len() == 2).await;
        // Silent for longer than it may be, by its own clock too.
        tokio::time::sleep(Duration::from_millis(150)).await;
        gates[0].notify_one();
        let claims = || world.core.requests().iter().filter(|asked| asked.path == "/api/tasks/claim").count();
        let before = claims();
        signal(&sleeper, "-CONT").await;
        until("the sleeper claims again", || claims() > before).await;
        assert_eq!((world.outputs().len(), world.s3.stored().len()), (0, 0));
        gates[1].notify_one();
    };
    tokio::join!(working, waking);
    sleeper.kill().await.unwrap();
    assert_eq!(world.stored(task_id).await["output"], "second");
    assert_eq!((world.outputs().len(), world.s3.stored().len()), (1, 1));
    let audit = world.core.audit();
    assert!(audit.misstated_nodes.is_empty() && audit.ended_once == 1, "{audit:?}");
}

async fn signal(process: &Child, signal: &str) {
    let id = process.id().unwrap().to_string();
    assert!(tokio::process::Command::new("kill").args([signal, &id]).status().await.unwrap().success());
}

/// Core puts a runner off when it attaches its output; before the next attempt the runner falls asleep, and another does the task. The
/// sleeper looks before each attempt, not only before the first.
#[tokio::test(flavor = "multi_thread")]
async fn a_runner_that_fell_asleep_between_two_attempts_to_attach_adds_nothing() {
    let world = World::new(&latest("async function run(ctx) {}")).await;
    let fake = Fake::start([success(json!("first")), success(json!("second"))]).await;
    let task_id = world.core.queue_task(ARBEX).unwrap();
    let failure = Failure::Status { status: 429, retry_after_s: Some(2) };
    let path_suffix = "/output".to_owned();
    let fault = Fault { method: Some("POST".to_owned()), path_suffix, ..Fault::once("/api/", failure) };
    world.core.add_fault(fault).unwrap();
    let mut sleeper = runner(&world, &fake.url);
    let mut sleeper = sleeper.env("ARBEX_RUNNER_SIGNAL_MS", "100").stderr(Stdio::null()).spawn().unwrap();
    until("it is put off", || world.core.faults().is_empty()).await;
    signal(&sleeper, "-STOP").await;
    world.core.advance(LEASE);
    world.work(&fake.url).await;
    assert_eq!(world.core.audit().ended_once, 1);
    // Longer than it was put off for, and than it may be silent.
    tokio::time::sleep(Duration::from_millis(2100)).await;
    signal(&sleeper, "-CONT").await;
    let claims = || world.core.requests().iter().filter(|asked| asked.path == "/api/tasks/claim").count();
    let before = claims();
    until("it claims again", || claims() > before + 1).await;
    sleeper.kill().await.unwrap();

    let audit = world.core.audit();
    assert!(audit.misstated_nodes.is_empty() && audit.doubled_outputs.is_empty(), "{audit:?} {:?}", world.status());
    assert_eq!(world.outputs().len(), 1);
    world.stored(task_id).await;
}

/// Core answers nothing that says whose the task is: the runner writes nothing, and the task comes back with its lease.
#[tokio::test(flavor = "multi_thread")]
async fn a_runner_that_cannot_know_whether_the_task_is_its_own_writes_nothing() {
    let world = World::new(&latest("async function run(ctx) {}")).await;
    let gate = std::sync::Arc::new(Notify::new());
    let first = Answer::After(gate.clone(), Box::new(success(json!("first"))));
    let fake = Fake::start([first, success(json!("second"))]).await;
    let task_id = world.core.queue_task(ARBEX).unwrap();
    let mut victim = runner(&world, &fake.url);
    let mut victim = victim.env("ARBEX_RUNNER_SIGNAL_MS", "100").stderr(Stdio::null()).spawn().unwrap();
    fake.arrived().await;
    let failure = Failure::Status { status: 500, retry_after_s: None };
    let fault = Fault { path_suffix: "/signal".to_owned(), times: None, ..Fault::once("/api/", failure) };
    world.core.add_fault(fault).unwrap();
    // The last signal that Core took is longer ago than signals are apart.
    tokio::time::sleep(Duration::from_millis(250)).await;
    let uploads = world.s3.stored().len();
    gate.notify_one();
    let claims = || world.core.requests().iter().filter(|asked| asked.path == "/api/tasks/claim").count();
    let before = claims();
    until("it goes on to claim", || claims() > before).await;
    victim.kill().await.unwrap();
    assert_eq!(world.s3.stored().len(), uploads);
    assert_eq!((world.outputs().len(), world.core.audit().unended), (0, vec![task_id]));

    world.core.clear_faults();
    world.core.advance(LEASE);
    world.work(&fake.url).await;
    assert_eq!(world.stored(task_id).await["output"], "second");
    assert_eq!((world.outputs().len(), world.core.audit().ended_once), (1, 1));
}
