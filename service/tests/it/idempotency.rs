//! Calls that ask twice, from the request's head to the metrics.

use std::time::{Duration, Instant};

use arbex::http::{App, admin_router, public_router};
use arbex::sandbox::SandboxSettings;
use arbex::settings::{HttpSettings, IdempotencySettings};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::http::{
    Answer, ENDLESS_SCRIPT, JSON, Log, OK_SCRIPT, app_with, eventually, get, http_settings, is_success, request,
    script_body, send, start_with,
};
use crate::support::sandbox_settings;

/// Never the same twice.
const RANDOM_SCRIPT: &str = "function run() { return Math.random(); }";
/// As the runner makes them.
const KEY: &str = "arbex-900-3f0c77ab12de9034";

fn app_keeping(idempotency: IdempotencySettings) -> App {
    // Slots for all that the tests ask at once.
    let sandbox = SandboxSettings { slots: 64, ..sandbox_settings() };
    app_with(sandbox, HttpSettings { idempotency, max_body_bytes: 1 << 20, ..http_settings() })
}

fn app() -> App {
    app_keeping(IdempotencySettings::default())
}

fn keyed(key: &str, body: impl Into<Body>) -> Request<Body> {
    request(Method::POST, "/execute", &[JSON, ("idempotency-key", key)], body)
}

async fn metric(app: &App, name: &str) -> u64 {
    let text = send(&admin_router(app.clone()), get("/metrics")).await.body;
    let text = String::from_utf8(text.to_vec()).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name} is not in\n{text}")).parse().unwrap()
}

async fn runs(app: &App) -> u64 {
    metric(app, "arbex_executions_total{reason=\"none\",status=\"SUCCESS\"}").await
}

fn was_replayed(answer: &Answer) -> bool {
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    // What was run for this answer was timed.
    assert_ne!(answer.headers.contains_key("idempotency-replayed"), answer.headers.contains_key("server-timing"));
    answer.header("idempotency-replayed") == "true"
}

fn assert_problem(answer: &Answer, status: u16, kind: &str) -> Value {
    let problem = answer.json();
    assert_eq!((answer.status.as_u16(), &problem["type"]), (status, &json!(format!("/problems/{kind}"))), "{problem}");
    problem
}

#[tokio::test]
async fn the_same_call_again_gets_the_same_answer() {
    let app = app();
    let router = public_router(app.clone());
    // Small and large: a large body is read elsewhere.
    for (key, script) in [("1", RANDOM_SCRIPT.to_owned()), ("2", format!("{RANDOM_SCRIPT}//{}", "x".repeat(100_000)))] {
        let inputs = json!([{ "content": { "text": "x".repeat(script.len() * 3) } }]);
        let body = json!({ "configuration": { "script": script }, "inputs": inputs }).to_string();
        let first = send(&router, keyed(key, body.clone())).await;
        assert!(is_success(&first) && !was_replayed(&first));
        // Quoted, it is the same key.
        for key in [key.to_owned(), format!("\"{key}\"")] {
            let headers = [JSON, ("idempotency-key", &key), ("x-request-id", "another")];
            let again = send(&router, request(Method::POST, "/execute", &headers, body.clone())).await;
            assert!(was_replayed(&again));
            assert_eq!((&again.body, again.header("content-type")), (&first.body, first.header("content-type")));
            assert_eq!(again.header("x-request-id"), "another");
        }
        let other = send(&router, keyed(&format!("{key}-other"), body.clone())).await;
        assert!(!was_replayed(&other) && other.body != first.body);
        let without = send(&router, request(Method::POST, "/execute", &[JSON], body)).await;
        assert!(!was_replayed(&without) && without.body != first.body);
    }
    assert_eq!(runs(&app).await, 6);
    assert_eq!(metric(&app, "arbex_idempotent_calls_total{result=\"first\"}").await, 4);
    assert_eq!(metric(&app, "arbex_idempotent_calls_total{result=\"replayed\"}").await, 4);
    assert_eq!(metric(&app, "arbex_idempotent_answers").await, 4);
    assert!(metric(&app, "arbex_idempotent_answers_bytes").await > 4 * 256);
}

#[tokio::test]
async fn what_a_script_did_wrong_is_an_answer_too() {
    let router = public_router(app());
    let throwing = script_body("function run() { throw new Error(String(Math.random())) }");
    let first = send(&router, keyed(KEY, throwing.clone())).await;
    assert_eq!(first.json()["status"], "ERROR");
    let again = send(&router, keyed(KEY, throwing)).await;
    assert!(was_replayed(&again) && again.body == first.body);
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let app = app();
    let router = public_router(app.clone());
    let body = script_body(OK_SCRIPT);
    assert!(is_success(&send(&router, keyed(KEY, body.clone())).await));
    let other_body = keyed(KEY, format!("{body} "));
    let headers = [JSON, ("idempotency-key", KEY)];
    let other_form = request(Method::POST, "/execute?as=document", &headers, body.clone());
    for other in [other_body, other_form] {
        let problem = assert_problem(&send(&router, other).await, 422, "idempotency-key-reused");
        assert!(problem["detail"].as_str().unwrap().contains("new key"), "{problem}");
    }
    // The same form, said in another way.
    let same = request(Method::POST, "/execute?as=envelope", &headers, body);
    assert!(was_replayed(&send(&router, same).await));
    assert_eq!(metric(&app, "arbex_idempotent_calls_total{result=\"other_request\"}").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_first_is_under_way_the_others_wait() {
    let app = app();
    let router = public_router(app.clone());
    let body = script_body(ENDLESS_SCRIPT);
    let first = tokio::spawn(router.clone().oneshot_answer(keyed(KEY, body.clone())));
    eventually("a run under way", Duration::from_secs(5), || app.sandbox.gate().busy == 1).await;

    let conflict = send(&router, keyed(KEY, body)).await;
    assert_problem(&conflict, 409, "idempotency-key-in-use");
    assert_eq!(conflict.header("retry-after"), "1");
    assert_problem(&send(&router, keyed(KEY, script_body(OK_SCRIPT))).await, 422, "idempotency-key-reused");

    first.abort();
    assert!(first.await.is_err_and(|error| error.is_cancelled()), "the first was under way all the time");
    assert_eq!((runs(&app).await, metric(&app, "arbex_idempotent_calls_total{result=\"under_way\"}").await), (0, 1));
}

/// A router that answers in one step.
trait OneshotAnswer {
    fn oneshot_answer(self, request: Request<Body>) -> impl Future<Output = Answer> + Send;
}

impl OneshotAnswer for Router {
    async fn oneshot_answer(self, request: Request<Body>) -> Answer {
        send(&self, request).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_one_runs() {
    let app = app();
    let router = public_router(app.clone());
    let body =
        script_body("async function run() { await new Promise((r) => setTimeout(r, 50)); return Math.random(); }");
    let calls = (0..64).map(|_| tokio::spawn(router.clone().oneshot_answer(keyed(KEY, body.clone()))));
    let mut answers = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        answers.push(call.await.unwrap());
    }
    assert_eq!(runs(&app).await, 1);
    let (given, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == StatusCode::OK);
    for answer in &refused {
        assert_problem(answer, 409, "idempotency-key-in-use");
    }
    assert_eq!(given.iter().filter(|answer| !was_replayed(answer)).count(), 1);
    // All who ask again have the one answer.
    for _ in refused {
        assert_eq!(send(&router, keyed(KEY, body.clone())).await.body, given[0].body);
    }
    assert!(given.iter().all(|answer| answer.body == given[0].body));
    assert_eq!(runs(&app).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_hangs_up_frees_its_key() {
    let service = start_with(Duration::from_secs(1), http_settings()).await;
    let router = public_router(service.app.clone());
    let body = script_body(ENDLESS_SCRIPT);
    let mut connection = service.connect().await;
    let head = format!(
        "POST /execute HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nidempotency-key: {KEY}\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all((head + &body).as_bytes()).await.unwrap();
    service.has_busy(1, Duration::from_secs(5)).await;
    assert_problem(&send(&router, keyed(KEY, body)).await, 409, "idempotency-key-in-use");
    drop(connection);
    service.has_busy(0, Duration::from_secs(10)).await;

    // Even another request may have the key now: nothing is known of it. It is free a moment after the slot.
    let began = Instant::now();
    let answer = loop {
        let answer = send(&router, keyed(KEY, script_body(OK_SCRIPT))).await;
        if !matches!(answer.status.as_u16(), 409 | 422) {
            break answer;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "the key is not free");
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert!(is_success(&answer) && !was_replayed(&answer));
    service.stop.request();
    service.served.await.unwrap().unwrap();
}

/// A client that is gone when its answer is made: the answer was not delivered, and is kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_nobody_took_is_there_for_the_next() {
    let app = app();
    let router = public_router(app.clone());
    let first = {
        use tower::ServiceExt as _;
        router.clone().oneshot(keyed(KEY, script_body(RANDOM_SCRIPT))).await.unwrap()
    };
    // Its head is made, its body never read.
    drop(first);
    let again = send(&router, keyed(KEY, script_body(RANDOM_SCRIPT))).await;
    assert!(was_replayed(&again));
    assert_eq!(runs(&app).await, 1);
}

#[tokio::test]
async fn what_is_no_run_is_not_kept() {
    // One slot and no queue: the second call finds no room.
    let sandbox = SandboxSettings { slots: 1, max_queued: 0, ..sandbox_settings() };
    let app = app_with(sandbox, http_settings());
    let router = public_router(app.clone());
    let busy = tokio::spawn(router.clone().oneshot_answer(request(
        Method::POST,
        "/execute",
        &[JSON],
        script_body(ENDLESS_SCRIPT),
    )));
    eventually("a busy slot", Duration::from_secs(5), || app.sandbox.gate().busy == 1).await;
    assert_problem(&send(&router, keyed(KEY, script_body(OK_SCRIPT))).await, 503, "busy");
    busy.abort();
    eventually("a free slot", Duration::from_secs(10), || app.sandbox.gate().busy == 0).await;

    // The requests are all different: had one been kept, the next would be told so.
    assert_problem(&send(&router, keyed(KEY, "{")).await, 400, "malformed-json");
    assert_problem(&send(&router, keyed(KEY, "{}")).await, 422, "invalid-request");
    assert_problem(&send(&router, keyed(KEY, vec![b' '; 65 * 1024])).await, 413, "body-too-large");
    assert_eq!(metric(&app, "arbex_idempotent_answers").await, 0);
    assert!(!was_replayed(&send(&router, keyed(KEY, script_body(OK_SCRIPT))).await));
    assert!(was_replayed(&send(&router, keyed(KEY, script_body(OK_SCRIPT))).await));

    // A service that stops answers nothing, not even that; who asks is to go elsewhere.
    app.readiness.set_draining();
    assert_problem(&send(&router, keyed(KEY, script_body(OK_SCRIPT))).await, 503, "draining");
}

#[tokio::test]
async fn a_wrong_key_is_told_before_the_body_is_read() {
    let router = public_router(app());
    let long = "x".repeat(256);
    for (keys, says) in [
        (&[""][..], "1 to 255 characters long, got 0"),
        (&[long.as_str()], "got 256"),
        (&["a b"], "visible ASCII"),
        (&["\"a"], "must be one string"),
        (&["a", "a"], "must be sent once, got 2"),
    ] {
        let headers: Vec<_> = keys.iter().map(|key| ("idempotency-key", *key)).chain([JSON]).collect();
        let never = Body::from_stream(futures_util::stream::pending::<Result<axum::body::Bytes, std::io::Error>>());
        let answer = send(&router, request(Method::POST, "/execute", &headers, never)).await;
        let problem = assert_problem(&answer, 400, "invalid-idempotency-key");
        assert!(problem["detail"].as_str().unwrap().contains(says), "{problem}");
        if let [key] = keys
            && !key.is_empty()
        {
            assert!(!problem.to_string().contains(key), "{problem}");
        }
    }
    for key in ["x", &long[1..]] {
        assert!(is_success(&send(&router, keyed(key, script_body(OK_SCRIPT))).await), "{key}");
    }
}

#[tokio::test]
async fn how_much_is_kept_is_bounded() {
    let standard = IdempotencySettings::default();
    let again = async |settings: IdempotencySettings, calls: &[(&str, &str)]| {
        let router = public_router(app_keeping(settings));
        let mut replayed = Vec::new();
        for (key, script) in calls {
            replayed.push(was_replayed(&send(&router, keyed(key, script_body(script))).await));
        }
        replayed
    };
    let three = [("1", OK_SCRIPT), ("2", OK_SCRIPT), ("3", OK_SCRIPT), ("1", OK_SCRIPT)];
    let entries = |max_entries| IdempotencySettings { max_entries, ..standard };
    assert_eq!(again(entries(3), &three).await, [false, false, false, true]);
    assert_eq!(again(entries(2), &three).await, [false, false, false, false]);
    // None at all: the key is not even looked at.
    assert_eq!(again(entries(0), &[("a b", OK_SCRIPT), ("a b", RANDOM_SCRIPT)]).await, [false, false]);

    // An envelope around 400,000 characters has less than 500,000 bytes.
    let long = "function run() { return 'x'.repeat(400_000) }";
    let bytes = |max_bytes| IdempotencySettings { max_bytes, ..standard };
    // One answer may take a sixteenth.
    assert_eq!(again(bytes(16 * 500_000), &[("1", long), ("1", long)]).await, [false, true]);
    assert_eq!(again(bytes(16 * 400_000), &[("1", long), ("1", long)]).await, [false, false]);
    // So there is room for 16 to 19 of them.
    let keys: Vec<_> = (0..20).map(|key| key.to_string()).collect();
    let all: Vec<_> = keys.iter().map(|key| (key.as_str(), long)).collect();
    for (count, asked_again, replayed) in [(16, 0, true), (20, 19, true), (20, 0, false)] {
        let calls = [&all[..count], &all[asked_again..=asked_again]].concat();
        let found = again(bytes(16 * 500_000), &calls).await;
        assert_eq!(found.last(), Some(&replayed), "{asked_again} after {count}");
        assert!(found[..count].iter().all(|replayed| !replayed));
    }
}

/// All headers that make a file of it, too: a picture that lost them would be a page of ours.
#[tokio::test]
async fn a_kept_profile_is_the_same_file() {
    let router = public_router(app());
    let call = async |form: &str| {
        let headers = [JSON, ("idempotency-key", KEY)];
        let target = format!("/execute?profile={form}");
        send(&router, request(Method::POST, &target, &headers, script_body(RANDOM_SCRIPT))).await
    };
    let first = call("svg").await;
    let again = call("svg").await;
    assert!(!was_replayed(&first) && was_replayed(&again));
    assert_eq!(again.body, first.body);
    for (name, value) in [
        ("content-type", "image/svg+xml"),
        ("arbex-status", "SUCCESS"),
        ("content-disposition", "attachment; filename=\"arbex-profile.svg\""),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!((first.header(name), again.header(name)), (value, value), "{name}");
    }
    for other in ["collapsed", "cpuprofile", "firefox"] {
        assert_problem(&call(other).await, 422, "idempotency-key-reused");
    }
}

#[tokio::test]
async fn an_answer_is_forgotten_in_time() {
    for (lifetime_ms, replayed) in [(1, false), (3_600_000, true)] {
        let app = app_keeping(IdempotencySettings { lifetime_ms, ..IdempotencySettings::default() });
        let router = public_router(app.clone());
        send(&router, keyed(KEY, script_body(OK_SCRIPT))).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(metric(&app, "arbex_idempotent_answers").await, u64::from(replayed));
        let again = send(&router, keyed(KEY, script_body(OK_SCRIPT))).await;
        assert_eq!(was_replayed(&again), replayed, "{lifetime_ms} ms");
    }
}

#[tokio::test]
async fn a_key_is_never_logged() {
    let (log, subscriber) = Log::of_everything();
    let router = public_router(app());
    let _guard = tracing::subscriber::set_default(subscriber);
    for body in [script_body(OK_SCRIPT), script_body(OK_SCRIPT), script_body(RANDOM_SCRIPT)] {
        send(&router, keyed("SECRET-key", body)).await;
    }
    send(&router, keyed("SECRET key", script_body(OK_SCRIPT))).await;
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("SECRET"), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let requests: Vec<_> =
        lines.iter().map(|line| &line["fields"]).filter(|fields| fields["message"] == "request").collect();
    let told: Vec<_> = requests.iter().map(|fields| (&fields["status"], &fields["replayed"])).collect();
    let (none, yes) = (Value::Null, json!(true));
    assert_eq!(told, [(&json!(200), &none), (&json!(200), &yes), (&json!(422), &none), (&json!(400), &none)], "{text}");
}
