//! A task that comes back: after a runner died at the worst moments, and after lost answers. It leaves one output.

use std::sync::Arc;
use std::time::Duration;

use heat_core_dev::{EventKind, Failure, Fault};
use serde_json::json;
use tokio::sync::Notify;

use crate::fake::{Answer, Fake, success};
use crate::world::{ARBEX, PARENT, World, latest, until_nothing};

const LEASE: Duration = Duration::from_secs(61);

fn fault(suffix: &str, applied: bool, failure: Failure) -> Fault {
    let method = Some(if suffix == "/output" { "POST" } else { "PUT" }.to_owned());
    Fault { method, path_suffix: suffix.to_owned(), applied, ..Fault::once("/api/", failure) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_that_dies_leaves_a_task_that_is_done_again_and_stored_once() {
    // After the upload, before the output is there; after it is there; after the node's status was set.
    for (suffix, applied) in [("/output", false), ("/output", true), ("/status", false), ("/complete", false)] {
        let world = World::new(&latest("async function run(ctx) {}")).await;
        world.output(PARENT, "a.csv", b"n\n", "2026-01-01T00:00:00Z").await;
        let fake = Fake::start([success(json!("first")), success(json!("second"))]).await;
        let task_id = world.core.queue_task(ARBEX).unwrap();
        world.core.add_fault(fault(suffix, applied, Failure::Hang)).unwrap();
        let runtime = world.runtime(&fake.url);
        let options = until_nothing(&world.metrics);
        let victim = tokio::spawn(async move { runtime.init("victim", options).await });
        while !world.core.faults().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        victim.abort();
        assert!(victim.await.unwrap_err().is_cancelled());

        world.core.advance(LEASE);
        world.work(&fake.url).await;
        assert_eq!(world.stored(task_id).await["output"], "second", "{suffix}");
        assert_eq!(world.outputs().len(), 1);
        let ended = |kind| world.core.journal_of(task_id).iter().filter(|event| event.kind == kind).count();
        assert_eq!((ended(EventKind::LeaseExpired), ended(EventKind::Completed)), (1, 1), "{suffix}");
        let keys: Vec<_> = fake.asked().iter().map(|asked| asked.headers["idempotency-key"].clone()).collect();
        assert_ne!(keys[0], keys[1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_is_found_below_those_of_later_tasks() {
    let world = World::new(&latest("async function run(ctx) {}")).await;
    let fake = Fake::start([success(json!(1))]).await;
    let first = world.core.queue_task(ARBEX).unwrap();
    world.core.add_fault(fault("/complete", false, Failure::Hang)).unwrap();
    let runtime = world.runtime(&fake.url);
    let options = until_nothing(&world.metrics);
    let victim = tokio::spawn(async move { runtime.init("victim", options).await });
    while !world.core.faults().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    victim.abort();
    // Another task of the node runs while the first is still leased.
    world.core.advance(Duration::from_secs(1));
    let second = world.core.queue_task(ARBEX).unwrap();
    world.work(&fake.url).await;
    world.core.advance(LEASE);
    world.work(&fake.url).await;
    for task_id in [first, second] {
        world.stored(task_id).await;
    }
    assert_eq!(world.outputs().len(), 2);
    // Only the task that came back had to look at all of them.
    let lists = world.core.requests().iter().filter(|asked| asked.path == "/api/nodes/72/output/all").count();
    assert_eq!(lists, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_whose_answer_was_lost_is_not_made_twice() {
    for failure in [Failure::DropMidBody, Failure::Drop, Failure::Status { status: 500, retry_after_s: None }] {
        for applied in [true, false] {
            let world = World::new(&latest("async function run(ctx) {}")).await;
            let fake = Fake::start([success(json!(1))]).await;
            world.core.add_fault(fault("/output", applied, failure.clone())).unwrap();
            world.document(&fake.url).await;
            assert_eq!(world.outputs().len(), 1, "{failure:?} {applied}");
            assert_eq!(fake.asked().len(), 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_run_keeps_its_lease() {
    let world = World::new(&latest("async function run(ctx) {}")).await;
    let gate = Arc::new(Notify::new());
    let fake = Fake::start([Answer::Wait(gate.clone())]).await;
    let task_id = world.core.queue_task(ARBEX).unwrap();
    let working = world.work(&fake.url);
    let watching = async {
        fake.arrived().await;
        let signals =
            || world.core.journal_of(task_id).iter().filter(|event| event.kind == EventKind::Signalled).count();
        // The first is the loop's own.
        while signals() < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        gate.notify_one();
    };
    tokio::join!(working, watching);
    assert_eq!(world.stored(task_id).await["output"], "waited");
}
