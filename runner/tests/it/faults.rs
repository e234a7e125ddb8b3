//! A service that is busy, down, loses answers, or answers something else.

use std::time::Duration;

use serde_json::{Value, json};

use crate::fake::{Answer, Fake, busy, success};
use crate::world::{World, latest};

const SCRIPT: &str = "async function run(ctx) {}";

async fn world() -> World {
    World::new(&latest(SCRIPT)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn busy_and_lost_answers_are_asked_again_under_the_same_key() {
    let world = world().await;
    let refused = Answer::Json(429, json!({}), &[]);
    let fake = Fake::start([
        busy(&[("retry-after", "0")]),
        refused,
        Answer::BreakOff,
        Answer::Json(502, Value::Null, &[]),
        success(json!(5)),
    ])
    .await;
    assert_eq!(world.document(&fake.url).await["output"], 5);
    let asked = fake.asked();
    assert_eq!(asked.len(), 5);
    let key = &asked[0].headers["idempotency-key"];
    assert!(key.starts_with("arbex-1-"), "{key}");
    for again in &asked {
        assert_eq!((&again.headers["idempotency-key"], &again.text), (key, &asked[0].text));
        assert_eq!(again.headers["authorization"], "Bearer token-of-the-runner");
    }
    let metrics = world.metrics.render();
    assert!(metrics.contains(r#"arbex_runner_execute_retries_total{reason="busy"} 2"#), "{metrics}");
    assert!(metrics.contains(r#"arbex_runner_execute_retries_total{reason="lost"} 2"#), "{metrics}");

    // Another task has another key.
    world.document(&fake.url).await;
    assert_ne!(&fake.asked()[5].headers["idempotency-key"], key);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_beyond_the_budget_is_not_begun() {
    let mut world = world().await;
    world.retry_budget = Duration::from_secs(30);
    let fake = Fake::start([busy(&[("retry-after", "31")])]).await;
    let said = world.failure(&fake.url).await;
    assert!(
        said.starts_with("system-arbex-js failed: the Arbex service: answered 503: All sandboxes are busy: "),
        "{said}"
    );
    assert!(said.contains("gave up after 1 attempt(s)"), "{said}");
    assert_eq!(fake.asked().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_down_fails_the_node_when_the_budget_is_used_up() {
    let mut world = world().await;
    world.retry_budget = Duration::from_millis(700);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let said = world.failure(&format!("http://{closed}")).await;
    assert!(said.starts_with("system-arbex-js failed: the Arbex service: cannot be reached ("), "{said}");
    assert!(world.metrics.render().contains(r#"arbex_runner_tasks_total{result="service"} 1"#));
    assert!(!world.metrics.render().contains(r#"arbex_runner_execute_retries_total{reason="unreachable"} 0"#));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_attempt_would_not_change_is_asked_once() {
    for (answer, says) in [
        (
            Answer::Json(
                500,
                json!({ "type": "/problems/internal", "title": "The service failed", "status": 500, "detail": "d" }),
                &[("x-request-id", "r-1")],
            ),
            "answered 500: The service failed: d (request r-1)",
        ),
        (Answer::Json(401, json!({}), &[]), "answered 401 Unauthorized"),
        (Answer::Json(302, json!({}), &[("location", "http://elsewhere.example/")]), "answered 302 Found"),
        (Answer::Json(200, json!({ "hello": 1 }), &[]), "answered no envelope"),
    ] {
        let world = world().await;
        let fake = Fake::start([answer]).await;
        let said = world.failure(&fake.url).await;
        assert!(said.starts_with("system-arbex-js failed: the Arbex service ") && said.contains(says), "{said}");
        assert_eq!((fake.asked().len(), world.outputs().len()), (1, 0));
    }
}
