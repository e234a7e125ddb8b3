//! What cannot be reached from outside: our own defects.

use std::net::SocketAddr;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::routing::get;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::problem::{Cause, Problem};
use super::*;
use crate::sandbox::SandboxSettings;

fn app() -> App {
    let sandbox = SandboxSettings {
        slots: 2,
        max_queued: 0,
        max_queue_wait_ms: 1,
        fuel: 1_000_000,
        max_output_bytes: 1024,
        max_console_entries: 1,
        max_console_bytes: 1024,
        console_overflow_is_fatal: false,
        max_memory_bytes: 64 << 20,
        memory_budget_bytes: None,
        cache_bytes: 1 << 20,
        pooling: false,
    };
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let http =
        HttpSettings { listen, admin_listen: None, allow_anonymous: false, max_body_bytes: 1024, drain_grace_ms: 0 };
    let metrics = Arc::new(Metrics::new().unwrap());
    App::new(Sandbox::new(sandbox).unwrap(), Ceilings::default(), metrics, Readiness::default(), http)
}

async fn failing() -> Result<(), Problem> {
    Err(Problem::Internal { cause: "SECRET".to_owned() })
}

async fn panicking() {
    panic!("SECRET");
}

#[tokio::test]
async fn a_defect_is_a_problem_that_keeps_its_cause() {
    let router = Router::new().route("/failing", get(failing)).route("/panicking", get(panicking));
    let router = around(router, app());
    for (path, cause) in [("/failing", "SECRET"), ("/panicking", "a handler panicked")] {
        let request = Request::get(path).header("x-request-id", "r1").body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()["content-type"], problem::MEDIA_TYPE);
        assert_eq!(response.headers()["x-request-id"], "r1");
        assert_eq!(response.extensions().get::<Cause>().map(|Cause(cause)| cause.as_str()), Some(cause));
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["type"], "/problems/internal");
        assert!(!body.to_string().contains("SECRET"), "{body}");
        assert!(body["detail"].as_str().unwrap().contains("X-Request-Id"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let body = Body::from_stream(futures_util::stream::pending::<Result<axum::body::Bytes, std::io::Error>>());
    let response = public_router(app()).oneshot(Request::post("/execute").body(body).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["type"], json!("/problems/body-too-slow"));
}
