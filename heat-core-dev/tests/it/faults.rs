//! Every fault that can be ordered, as a client meets it.

use std::time::Duration;

use heat_core_dev::{EventKind, Failure, Fault};
use reqwest::Client;
use serde_json::{Value, json};

use crate::support::{claim, get, options, post, put, send, start};

fn fault(method: &str, path: &str, failure: Failure) -> Fault {
    Fault { method: Some(method.to_owned()), ..Fault::once(path, failure) }
}

#[tokio::test]
async fn statuses_happen_as_often_as_ordered() {
    let core = start(options());
    for (status, retry_after_s) in [(500, None), (401, None), (404, None), (429, Some(7)), (503, Some(1))] {
        let failure = Failure::Status { status, retry_after_s };
        core.add_fault(Fault { times: Some(2), skip: 1, ..fault("GET", "/api/nodes/", failure) }).expect("a fault");
        assert_eq!(get(&core, "/api/nodes/72").await.0, 200, "skipped");
        assert_eq!(get(&core, "/api/sessions").await.0, 200, "another path");
        for _ in 0..2 {
            let answer = reqwest::get(core.base_url() + "/api/nodes/72").await.expect("an answer");
            assert_eq!(answer.status().as_u16(), status);
            let header = answer.headers().get("retry-after").map(|value| value.to_str().expect("text").to_owned());
            assert_eq!(header, retry_after_s.map(|s| s.to_string()));
        }
        assert_eq!(get(&core, "/api/nodes/72").await.0, 200, "over");
        assert!(core.faults().is_empty());
    }
    for status in [399, 600] {
        assert!(core.add_fault(Fault::once("/", Failure::Status { status, retry_after_s: None })).is_err());
    }
    core.add_fault(Fault { path_suffix: "/signal".to_owned(), ..Fault::once("/api/tasks/", Failure::NotJson) })
        .expect("a fault");
    assert_eq!(put(&core, "/api/tasks/1/complete").await.0, 404);
    assert_eq!(put(&core, "/api/tasks/1/signal").await, (200, Value::Null));
}

/// Whether the effect takes place is the fault's to say, whatever the client sees.
#[tokio::test]
async fn effects_before_the_fault_or_not_at_all() {
    let failures =
        [Failure::Status { status: 500, retry_after_s: None }, Failure::Drop, Failure::NotJson, Failure::Hang];
    for (failure, applied) in failures.into_iter().flat_map(|failure| [(failure.clone(), false), (failure, true)]) {
        let core = start(options());
        let id = core.queue_task(72).expect("node 72");
        claim(&core, "r").await;
        core.add_fault(Fault { applied, ..fault("PUT", "/api/tasks/", failure.clone()) }).expect("a fault");
        let request = Client::new().put(core.base_url() + &format!("/api/tasks/{id}/complete")).send();
        if failure == Failure::Hang {
            let waiting = tokio::spawn(request);
            let ended = || core.journal().last().is_some_and(|event| event.kind == EventKind::Completed);
            let came = async {
                while core.requests().len() < 2 || ended() != applied {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(30), came).await.expect("the request comes, and its effect");
            assert!(!waiting.is_finished(), "an answer came");
            waiting.abort();
        } else {
            assert_eq!(request.await.is_err(), failure == Failure::Drop);
        }
        assert_eq!(core.journal().last().expect("an event").kind == EventKind::Completed, applied, "{failure:?}");
        let last = core.requests().pop().expect("a request");
        assert!(last.faulted);
        assert_eq!(last.status.is_none(), matches!(failure, Failure::Drop | Failure::Hang));
        assert_eq!(put(&core, &format!("/api/tasks/{id}/complete")).await.0, if applied { 409 } else { 200 });
    }
}

#[tokio::test]
async fn answers_that_break_off() {
    for failure in [Failure::DropAfterHeaders, Failure::DropMidBody] {
        let core = start(options());
        let id = core.queue_task(72).expect("node 72");
        core.add_fault(fault("POST", "/api/tasks/claim", failure.clone())).expect("a fault");
        let body = json!({ "runnerTag": "r", "supportedNodeTemplateNames": ["system-arbex-js"] });
        let request = Client::new().post(core.base_url() + "/api/tasks/claim").json(&body);
        let mut answer = request.send().await.expect("the head comes");
        assert_eq!(answer.status(), 200);
        let announced = answer.content_length().expect("a length");
        let mut came = 0;
        let end = loop {
            match answer.chunk().await {
                Ok(Some(chunk)) => came += chunk.len() as u64,
                end => break end,
            }
        };
        assert!(end.is_err(), "not a whole body");
        assert_eq!(came, if failure == Failure::DropMidBody { announced / 2 } else { 0 });
        assert_eq!(
            core.journal_of(id).last().expect("an event").kind,
            EventKind::Claimed,
            "a task nobody knows it has"
        );
    }
}

#[tokio::test]
async fn a_delay_is_only_a_delay() {
    let core = start(options());
    for applied in [false, true] {
        let delay = Failure::Delay { delay_ms: 1 };
        core.add_fault(Fault { applied, ..fault("GET", "/api/nodes", delay) }).expect("a fault");
        assert_eq!(get(&core, "/api/nodes/72").await.1["id"], json!(72));
    }
    assert!(core.faults().is_empty());
}

/// What the handle can do, over HTTP.
#[tokio::test]
async fn the_dev_routes() {
    let core = start(options());
    let order = json!({ "method": "get", "pathPrefix": "/api/", "times": null, "failure": { "kind": "status", "status": 500 } });
    assert_eq!(post(&core, "/__dev/faults", order.clone()).await.1[0]["pathPrefix"], json!("/api/"));
    for _ in 0..3 {
        assert_eq!(get(&core, "/api/nodes/72").await.0, 500);
    }
    assert_eq!(send(&core, "DELETE", "/__dev/faults", None, &[]).await, (200, json!([])));
    assert_eq!(post(&core, "/__dev/faults", json!([order, order])).await.1.as_array().map(Vec::len), Some(2));
    core.clear_faults();
    for wrong in [
        json!({ "failure": { "kind": "explode" } }),
        json!([{}]),
        json!({ "failure": { "kind": "status", "status": 200 } }),
    ] {
        assert_eq!(post(&core, "/__dev/faults", wrong).await.0, 400);
    }
    let (_, requests) = get(&core, "/__dev/requests").await;
    assert_eq!(requests.as_array().map(Vec::len), Some(3), "what goes to /__dev is not in it");
    assert_eq!((&requests[0]["path"], &requests[0]["status"]), (&json!("/api/nodes/72"), &json!(500)));
    send(&core, "DELETE", "/__dev/requests", None, &[]).await;
    assert!(core.requests().is_empty());

    core.queue_task(72).expect("node 72");
    claim(&core, "r").await;
    assert_eq!(
        post(&core, "/__dev/clock", json!({ "advanceMs": 60_000 })).await.1["now"],
        json!("2026-01-02T03:05:05Z")
    );
    let (_, journal) = get(&core, "/__dev/journal").await;
    assert_eq!(journal["audit"]["counts"]["lease-expired"], json!(1));
    assert_eq!(journal["events"][1]["kind"], json!("claimed"));

    let style = json!({ "wrapping": "always" });
    assert_eq!(send(&core, "PUT", "/__dev/style", Some(&style), &[]).await.0, 200);
    assert_eq!(get(&core, "/version").await.1["template"]["product"], json!("heat-core-dev"));
    assert_eq!(post(&core, "/__dev/seed", json!({ "projects": [{ "id": 77, "title": "seeded" }] })).await.0, 200);
    assert_eq!(get(&core, "/api/projects/77").await.0, 200);
    assert_eq!(post(&core, "/__dev/seed", json!({ "projects": [{ "id": 77, "title": "again" }] })).await.0, 409);
}
