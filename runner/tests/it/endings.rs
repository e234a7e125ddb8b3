//! Core goes wrong at the very end, and the store before and after an upload: the task ends once, or comes back with its lease; its output
//! is there once.

use std::time::Duration;

use heat_core_dev::{EventKind, Failure, Fault};
use serde_json::json;

use crate::fake::{Fake, success};
use crate::s3::Upload;
use crate::world::{ARBEX, World, latest};

const LEASE: Duration = Duration::from_secs(61);

async fn world() -> World {
    let mut world = World::new(&latest("async function run(ctx) {}")).await;
    world.core_timeout = Duration::from_millis(300);
    world
}

fn status(status: u16) -> Failure {
    Failure::Status { status, retry_after_s: None }
}

fn fault(method: &str, path_suffix: &str, failure: Failure) -> Fault {
    Fault { method: Some(method.to_owned()), path_suffix: path_suffix.to_owned(), ..Fault::once("/api/", failure) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completion_that_goes_wrong_in_any_way() {
    // How often the script runs: again only where Core may not have completed the task, and said nothing on which to try again at once.
    for (failure, times, runs) in [
        (status(401), 1, 2),
        (status(404), 1, 2),
        (status(409), 1, 2),
        (status(500), 1, 1),
        (status(500), 5, 2),
        (Failure::Hang, 1, 1),
        (Failure::Drop, 1, 1),
        (Failure::DropAfterHeaders, 1, 1),
        (Failure::DropMidBody, 1, 1),
        (Failure::NotJson, 1, 2),
    ] {
        for applied in [false, true] {
            let case = format!("{failure:?} {times} times, done: {applied}");
            // What Core has answered but for its end was done.
            let done = applied || matches!(failure, Failure::DropAfterHeaders | Failure::DropMidBody);
            let world = world().await;
            let fake = Fake::start([success(json!(1))]).await;
            let task_id = world.core.queue_task(ARBEX).unwrap();
            let order = fault("PUT", "/complete", failure.clone());
            world.core.add_fault(Fault { applied, times: Some(times), ..order }).unwrap();
            world.work(&fake.url).await;
            let runs = if done { 1 } else { runs };
            assert_eq!(world.core.audit().unended, if runs == 1 { vec![] } else { vec![task_id] }, "{case}");
            world.core.advance(LEASE);
            world.work(&fake.url).await;

            assert_eq!(fake.asked().len(), runs, "{case}");
            world.stored(task_id).await;
            let audit = world.core.audit();
            assert_eq!((audit.ended_once, audit.counts.get(&EventKind::Completed)), (1, Some(&1)), "{case}");
            assert!(audit.doubled_outputs.is_empty() && audit.misstated_nodes.is_empty(), "{case}: {audit:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_goes_wrong() {
    for (upload, times, stored) in [
        (Upload::Refused, 1, true),
        (Upload::Refused, 5, false),
        (Upload::StoredAndRefused, 1, true),
        (Upload::StoredAndRefused, 5, false),
        (Upload::StoredAndDropped, 1, true),
    ] {
        let world = world().await;
        let fake = Fake::start([success(json!(1))]).await;
        world.s3.order(vec![upload; times]);
        if stored {
            world.document(&fake.url).await;
        } else {
            let said = world.failure(&fake.url).await;
            assert!(said.contains("the result could not be stored: data source 'HEAT Managed Object Store'"), "{said}");
        }
        assert_eq!((world.outputs().len(), world.s3.orders_left()), (usize::from(stored), 0), "{upload:?} {times}");
        assert_eq!(world.core.audit().ended_once, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_that_core_does_not_take() {
    for (code, times, applied, attached, says) in [
        (500, 4, false, true, ""),
        (500, 5, false, false, "Core did not take the output: create_node_output: "),
        (500, 5, true, true, ""),
        (400, 1, false, false, "answered 400"),
    ] {
        let world = world().await;
        let fake = Fake::start([success(json!(1))]).await;
        let order = fault("POST", "/output", status(code));
        world.core.add_fault(Fault { times: Some(times), applied, ..order }).unwrap();
        if attached {
            world.document(&fake.url).await;
        } else {
            let said = world.failure(&fake.url).await;
            assert!(said.contains(says), "{said}");
        }
        assert_eq!(world.outputs().len(), usize::from(attached), "{code} {times} {applied}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_keys_were_changed_is_asked_for_anew() {
    let world = world().await;
    let fake = Fake::start([success(json!(1))]).await;
    let runtime = world.runtime(&fake.url);
    let work = async || {
        world.core.queue_task(ARBEX).unwrap();
        runtime.init("test", crate::world::until_nothing(&world.metrics)).await.unwrap();
        world.status()
    };
    let right = runtime.get_data_source_by_id(7).await.unwrap().connection_string;
    let change = async |to: &str| {
        let connection_string = Some(to.into());
        let fields = heat_runtime::DataSourceFields { connection_string, ..Default::default() };
        runtime.update_data_source(7, &fields).await.unwrap();
    };
    change(&format!("http://minio:wrong@{}", world.s3.address)).await;
    let (state, said) = work().await;
    assert!(state == 2 && said.contains("could not be stored"), "{said}");
    change(&right.0).await;
    // The same runner has the wrong key in mind.
    assert_eq!(work().await.0, 3);
    let asked = world.core.requests().iter().filter(|asked| asked.path == "/api/datasources").count();
    assert_eq!(work().await.0, 3);
    let then = world.core.requests().iter().filter(|asked| asked.path == "/api/datasources").count();
    assert_eq!(asked, then, "what is right is kept");
}
