//! The HTTP contract: through the routers without a socket where that is enough, over a real one where it is not.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy does not count helpers as tests"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arbex::call::Ceilings;
use arbex::http::{App, Listeners, admin_router, openapi_json, public_router, serve};
use arbex::metrics::Metrics;
use arbex::readiness::Readiness;
use arbex::sandbox::{Sandbox, SandboxSettings};
use arbex::settings::{AuthenticationSettings, HttpSettings, IdempotencySettings};
use arbex::shutdown::Shutdown;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

use crate::support::sandbox_settings;

pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;
pub(crate) const OK_SCRIPT: &str = "async function run() { return { ok: true }; }";
pub(crate) const ENDLESS_SCRIPT: &str = "function run() { while (true) {} }";
pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");

pub(crate) fn http_settings() -> HttpSettings {
    let local = SocketAddr::from(([127, 0, 0, 1], 0));
    HttpSettings {
        listen: local,
        admin_listen: Some(local),
        authentication: AuthenticationSettings::default(),
        max_body_bytes: MAX_BODY_BYTES,
        max_inflight_body_bytes: 1 << 30,
        max_connections: 64,
        drain_grace_ms: 1_000,
        idempotency: IdempotencySettings::default(),
    }
}

pub(crate) fn app_with(sandbox: SandboxSettings, http: HttpSettings) -> App {
    let metrics = Arc::new(Metrics::new().unwrap());
    App::new(Sandbox::new(sandbox).unwrap(), Ceilings::default(), metrics, Readiness::default(), http)
}

fn app() -> App {
    app_with(sandbox_settings(), http_settings())
}

pub(crate) fn script_body(script: &str) -> String {
    json!({ "configuration": { "script": script, "timeoutMs": 60_000 } }).to_string()
}

pub(crate) fn request(method: Method, target: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let builder = Request::builder().method(method).uri(target);
    headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value)).body(body.into()).unwrap()
}

pub(crate) fn get(target: &str) -> Request<Body> {
    request(Method::GET, target, &[], "")
}

fn execute(body: impl Into<Body>) -> Request<Body> {
    request(Method::POST, "/execute", &[JSON], body)
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Answer { status: parts.status, headers: parts.headers, body: to_bytes(body, usize::MAX).await.unwrap() }
}

pub(crate) async fn eventually(what: &str, within: Duration, is: impl Fn() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < within, "not within {within:?}: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(crate) fn is_success(answer: &Answer) -> bool {
    answer.status == StatusCode::OK && answer.json()["status"] == "SUCCESS"
}

#[tokio::test]
async fn a_run_is_answered_with_its_envelope() {
    let router = public_router(app());
    let answer = send(&router, execute(script_body(OK_SCRIPT))).await;
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.json()["output"], json!({ "ok": true }));
    assert_eq!(answer.header("x-request-id").len(), 36);
    let timing = answer.header("server-timing");
    for phase in ["queue;dur=", "compile;dur=", "run;dur="] {
        assert!(timing.contains(phase), "{timing}");
    }

    // What the script does wrong is in the envelope.
    let answer = send(&router, execute(script_body("function run() { throw new TypeError('no') }"))).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["status"], "ERROR");
    assert_eq!(answer.json()["output"]["reason"], "script_error");
}

#[tokio::test]
async fn a_profile_is_a_file() {
    let router = public_router(app());
    for (name, media_type, file, begins) in [
        ("collapsed", "text/plain; charset=utf-8", "arbex-profile.folded", ""),
        ("cpuprofile", "application/json", "arbex-profile.cpuprofile", "{\"nodes\""),
        ("firefox", "application/json", "arbex-profile.json", "{\""),
        ("svg", "image/svg+xml", "arbex-profile.svg", "<?xml"),
    ] {
        let target = format!("/execute?profile={name}");
        for (end, status) in [("return 1", "SUCCESS"), ("throw 1", "ERROR")] {
            let body = script_body(&format!("function run() {{ for (let i = 0; i < 1e5; i++); {end} }}"));
            let answer = send(&router, request(Method::POST, &target, &[JSON, ("accept", media_type)], body)).await;
            assert_eq!(answer.status, StatusCode::OK, "{name}: {:?}", answer.body);
            assert_eq!(answer.header("arbex-status"), status, "{name}");
            assert_eq!(answer.header("content-type"), media_type, "{name}");
            assert_eq!(answer.header("content-disposition"), format!("attachment; filename=\"{file}\""));
            let text = String::from_utf8(answer.body.to_vec()).unwrap();
            assert!(text.starts_with(begins) && text.contains("run"), "{name}: {text}");
        }
        // What was never run has no profile, but the answer has its form.
        let answer = send(&router, request(Method::POST, &target, &[JSON], script_body("no script"))).await;
        assert_eq!((answer.status, answer.header("arbex-status")), (StatusCode::OK, "ERROR"), "{name}");
    }
}

#[tokio::test]
async fn the_head_of_a_request_is_read_leniently_where_it_is_clear() {
    let router = public_router(app());
    let body = script_body(OK_SCRIPT);
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("/execute", &[]),
        ("/execute?", &[JSON]),
        ("/execute?as=envelope", &[JSON]),
        ("/execute?as=document", &[JSON]),
        ("/execute", &[("content-type", "application/vnd.heat+json; charset=utf-8")]),
        ("/execute", &[JSON, ("accept", "*/*")]),
        ("/execute", &[JSON, ("accept", "text/html, application/json;q=0.1")]),
        ("/execute", &[JSON, ("content-encoding", "identity")]),
    ];
    for (target, headers) in cases {
        let answer = send(&router, request(Method::POST, target, headers, body.clone())).await;
        assert!(is_success(&answer), "{target} {headers:?}: {:?}", answer.body);
    }

    for (sent, echoed) in [("abc-1:2/3", true), ("has space", false), (&"x".repeat(129), false)] {
        let answer = send(&router, request(Method::GET, "/livez", &[("x-request-id", sent)], "")).await;
        assert_eq!(answer.header("x-request-id") == sent, echoed, "{sent}");
    }
}

/// Longer bodies are decoded elsewhere; nothing else may differ.
#[tokio::test]
async fn a_large_body_is_a_call_like_any_other() {
    let router =
        public_router(app_with(sandbox_settings(), HttpSettings { max_body_bytes: 1 << 20, ..http_settings() }));
    let large = |script: Value| {
        let inputs = json!([{ "content": { "text": "x".repeat(600 * 1024) } }]);
        json!({ "configuration": { "script": script }, "inputs": inputs }).to_string()
    };
    assert!(is_success(&send(&router, execute(large(json!(OK_SCRIPT)))).await));
    let answer = send(&router, execute(large(json!(1)))).await;
    assert_eq!(answer.json()["errors"][0]["pointer"], "/configuration/script");
    let answer = send(&router, execute(large(json!(OK_SCRIPT)) + "}")).await;
    assert_eq!(answer.json()["type"], "/problems/malformed-json");
}

/// One fault of a request: what is sent, and the problem that it must be answered with.
struct Fault {
    name: &'static str,
    request: Request<Body>,
    status: u16,
    kind: &'static str,
    /// Of each entry of `errors`, in order.
    pointers: &'static [&'static str],
    /// What the detail and the messages must hold: field, value, bound, way out.
    says: &'static [&'static str],
}

fn fault(name: &'static str, request: Request<Body>, status: u16, kind: &'static str) -> Fault {
    Fault { name, request, status, kind, pointers: &[], says: &[] }
}

fn invalid(name: &'static str, body: Value, pointers: &'static [&'static str], says: &'static [&'static str]) -> Fault {
    Fault { pointers, says, ..fault(name, execute(body.to_string()), 422, "invalid-request") }
}

fn faults() -> Vec<Fault> {
    let ok = || script_body(OK_SCRIPT);
    let long_body = || format!("{{\"configuration\":{{\"script\":\"{}\"}}}}", "x".repeat(MAX_BODY_BYTES));
    let configuration = |configuration: Value| json!({ "configuration": configuration });
    let content =
        |content: Value| json!({ "configuration": { "script": OK_SCRIPT }, "inputs": [{ "content": content }] });
    let unsized_body = || {
        let pieces = std::iter::repeat_n(Bytes::from(vec![b' '; 1024]), 1 + MAX_BODY_BYTES / 1024);
        Body::from_stream(futures_util::stream::iter(pieces.map(Ok::<_, std::io::Error>)))
    };
    let broken_body = Body::from_stream(futures_util::stream::iter([Err::<Bytes, _>(std::io::Error::other("reset"))]));
    let with = |headers: &[(&str, &str)]| request(Method::POST, "/execute", headers, ok());
    vec![
        Fault {
            says: &["line 2, column"],
            ..fault("malformed", execute("{\n\"configuration\": }"), 400, "malformed-json")
        },
        fault("empty body", execute(""), 400, "malformed-json"),
        fault("cut off", execute("{\"configuration\":{\"script\":\"x\""), 400, "malformed-json"),
        fault("not UTF-8", execute(&b"{\"configuration\":{\"script\":\"\xff\"}}"[..]), 400, "malformed-json"),
        fault("two documents", execute(format!("{}{}", ok(), ok())), 400, "malformed-json"),
        fault("deep nesting", execute("[".repeat(MAX_BODY_BYTES - 1)), 400, "malformed-json"),
        fault("broken body", execute(broken_body), 400, "body-cut-short"),
        Fault {
            says: &["`ass`", "as"],
            ..fault("query key", request(Method::POST, "/execute?ass=1", &[JSON], ok()), 400, "invalid-query")
        },
        Fault {
            says: &["`Document`", "envelope, document"],
            ..fault("query value", request(Method::POST, "/execute?as=Document", &[JSON], ok()), 400, "invalid-query")
        },
        fault(
            "query twice",
            request(Method::POST, "/execute?as=envelope&as=document", &[JSON], ok()),
            400,
            "invalid-query",
        ),
        Fault {
            says: &["`png`", "collapsed, cpuprofile, firefox, svg"],
            ..fault("profile value", request(Method::POST, "/execute?profile=png", &[JSON], ok()), 400, "invalid-query")
        },
        Fault {
            says: &["`as`", "`profile`"],
            ..fault(
                "two answers",
                request(Method::POST, "/execute?profile=svg&as=document", &[JSON], ok()),
                400,
                "invalid-query",
            )
        },
        Fault {
            says: &["image/svg+xml"],
            ..fault(
                "accept no picture",
                request(Method::POST, "/execute?profile=svg", &[JSON, ("accept", "application/json")], ok()),
                406,
                "not-acceptable",
            )
        },
        Fault {
            pointers: &["/configuration/profiler/enabled"],
            ..fault(
                "a profile of none",
                request(
                    Method::POST,
                    "/execute?profile=svg",
                    &[JSON],
                    configuration(json!({ "script": OK_SCRIPT, "profiler": { "enabled": false } })).to_string(),
                ),
                422,
                "invalid-request",
            )
        },
        fault("validate query", request(Method::POST, "/validate?as=envelope", &[JSON], ok()), 400, "invalid-query"),
        fault("unknown path", get("/exec"), 404, "not-found"),
        fault("unknown asset", get("/docs/nothing.js"), 404, "not-found"),
        fault("path of the admin side", get("/metrics"), 404, "not-found"),
        fault("method", get("/execute"), 405, "method-not-allowed"),
        fault(
            "own method",
            request(Method::from_bytes(b"BREW").unwrap(), "/livez", &[], ""),
            405,
            "method-not-allowed",
        ),
        Fault {
            says: &["application/json"],
            ..fault("accept", with(&[JSON, ("accept", "text/html")]), 406, "not-acceptable")
        },
        fault("accept the stream", with(&[JSON, ("accept", "text/event-stream")]), 406, "not-acceptable"),
        fault("refuse JSON", with(&[JSON, ("accept", "*/*, application/json;q=0")]), 406, "not-acceptable"),
        Fault { says: &["65536"], ..fault("large body", execute(long_body()), 413, "body-too-large") },
        fault(
            "large body, announced",
            request(Method::POST, "/execute", &[JSON, ("content-length", "99999999999")], ok()),
            413,
            "body-too-large",
        ),
        fault("large body, unannounced", execute(unsized_body()), 413, "body-too-large"),
        Fault {
            says: &["application/x-www-form-urlencoded", "Content-Type: application/json"],
            ..fault(
                "form",
                with(&[("content-type", "application/x-www-form-urlencoded")]),
                415,
                "unsupported-media-type",
            )
        },
        Fault {
            says: &["gzip"],
            ..fault("packed body", with(&[JSON, ("content-encoding", "gzip")]), 415, "unsupported-media-type")
        },
        invalid("not an object", json!([]), &[""], &[]),
        invalid("no configuration", json!({}), &["/configuration"], &[]),
        invalid("no script", configuration(json!({})), &["/configuration/script"], &[]),
        invalid("script of another type", configuration(json!({ "script": 7 })), &["/configuration/script"], &[]),
        invalid("blank script", configuration(json!({ "script": " \n" })), &["/configuration/script"], &["blank"]),
        invalid(
            "long script",
            configuration(json!({ "script": "x".repeat(101), "maxScriptChars": 100 })),
            &["/configuration/script"],
            &["100", "101"],
        ),
        invalid(
            "several at once",
            configuration(json!({ "script": OK_SCRIPT, "timeoutMs": 0, "maxMemoryMb": 2048 })),
            &["/configuration/timeoutMs", "/configuration/maxMemoryMb"],
            &["2 faults", "60000", "640", "2048"],
        ),
        invalid(
            "unknown name",
            configuration(json!({ "script": OK_SCRIPT, "parent": { "mode": "newest" } })),
            &["/configuration/parent/mode"],
            &["latest", "history"],
        ),
        invalid("bad base64", content(json!({ "base64": "*" })), &["/inputs/0/content/base64"], &[]),
        invalid("no content", content(json!({})), &["/inputs/0/content"], &["json", "text", "base64", "url"]),
        Fault {
            pointers: &["/configuration"],
            ..fault("validate nothing", request(Method::POST, "/validate", &[JSON], "{}"), 422, "invalid-request")
        },
        fault("validate malformed", request(Method::POST, "/validate", &[JSON], "{"), 400, "malformed-json"),
    ]
}

#[tokio::test]
async fn every_fault_is_a_problem_and_the_next_request_is_served() {
    let router = public_router(app());
    for Fault { name, request, status, kind, pointers, says } in faults() {
        let answer = send(&router, request).await;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status.as_u16(), status, "{name}: {text}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{name}");
        assert!(!answer.header("x-request-id").is_empty(), "{name}");

        let problem = answer.json();
        assert_eq!(problem["type"], format!("/problems/{kind}"), "{name}: {text}");
        assert_eq!(problem["status"], status, "{name}");
        assert!(problem["title"].is_string() && problem["detail"].is_string(), "{name}: {text}");
        let found: Vec<_> = problem["errors"].as_array().into_iter().flatten().map(|error| &error["pointer"]).collect();
        assert_eq!(found, pointers, "{name}: {text}");
        for part in says {
            assert!(text.contains(part), "{name}: {part} is not in {text}");
        }
        let next = send(&router, execute(script_body(OK_SCRIPT))).await;
        assert!(is_success(&next), "after {name}: {:?}", next.body);
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let router = public_router(app());
    for (method, target, allow) in [
        (Method::GET, "/execute", "POST"),
        (Method::DELETE, "/version", "GET,HEAD"),
        (Method::POST, "/openapi.json", "GET,HEAD"),
    ] {
        let answer = send(&router, request(method, target, &[], "")).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.header("allow"), allow, "{target}");
    }
}

#[tokio::test]
async fn a_call_without_room_is_told_that_it_did_not_start() {
    for (max_queued, says) in [(0, "are waiting already"), (1, "stayed busy for 50 ms")] {
        let settings = SandboxSettings { slots: 1, max_queued, max_queue_wait_ms: 50, ..sandbox_settings() };
        let app = app_with(settings, http_settings());
        let router = public_router(app.clone());
        let busy = tokio::spawn(router.clone().oneshot(execute(script_body(ENDLESS_SCRIPT))));
        eventually("a busy slot", Duration::from_secs(5), || app.sandbox.gate().busy == 1).await;

        let answer = send(&router, execute(script_body(OK_SCRIPT))).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.header("retry-after"), "1");
        let problem = answer.json();
        assert_eq!(problem["type"], "/problems/busy");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(says) && detail.contains("the run did not start and may be retried"), "{detail}");

        busy.abort();
        eventually("a free slot", Duration::from_secs(1), || app.sandbox.gate().busy == 0).await;
        assert!(is_success(&send(&router, execute(script_body(OK_SCRIPT))).await));
        let metrics = send(&admin_router(app), get("/metrics")).await;
        let text = String::from_utf8_lossy(&metrics.body).into_owned();
        assert!(text.contains("arbex_rejected_total{reason=\"busy\"} 1\n"), "{text}");
        assert!(
            text.contains("arbex_http_requests_total{method=\"POST\",route=\"/execute\",status=\"499\"} 1\n"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn validate_compiles_and_runs_nothing() {
    let router = public_router(app());
    let check = async |configuration: Value| {
        let body = json!({ "configuration": configuration }).to_string();
        let answer = send(&router, request(Method::POST, "/validate", &[JSON], body)).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
        answer.json()
    };
    assert_eq!(check(json!({ "script": OK_SCRIPT })).await, json!({ "valid": true, "diagnostics": [] }));
    assert_eq!(check(json!({ "script": ENDLESS_SCRIPT })).await["valid"], true);
    assert_eq!(check(json!({ "script": "while (true) {}" })).await["valid"], true);

    let unparsable = check(json!({ "script": "function run() {\n  let = ;\n}" })).await;
    assert_eq!(unparsable["valid"], false);
    let diagnostic = &unparsable["diagnostics"][0];
    assert_eq!((&diagnostic["severity"], &diagnostic["line"]), (&json!("error"), &json!(2)), "{unparsable}");

    let typed = "interface Row { a: number }\nasync function run(ctx: unknown): Promise<Row> {\n  return { a: 1 };\n}";
    assert_eq!(check(json!({ "script": typed })).await, json!({ "valid": true, "diagnostics": [] }));
    let several = check(json!({ "script": "let é: = 1;\nconst a: number;\n@b class C {}\n" })).await;
    let places: Vec<_> = several["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| {
            assert!(found["severity"] == "error" && found["message"].is_string(), "{several}");
            (found["line"].as_u64().unwrap(), found["column"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(places, [(1, 8)], "{several}");
    let several = check(json!({ "script": "enum A {}\nconst b: number = 1;\nenum C {}\n" })).await;
    assert_eq!(several["diagnostics"].as_array().unwrap().len(), 2, "{several}");
    let twenty = check(json!({ "script": "enum A {}\n".repeat(100) })).await;
    assert_eq!(twenty["diagnostics"].as_array().unwrap().len(), 20, "{twenty}");

    let both = check(json!({ "script": "function (", "timeoutMs": -1 })).await;
    let messages: Vec<_> =
        both["diagnostics"].as_array().unwrap().iter().map(|found| found["message"].as_str().unwrap()).collect();
    assert_eq!(messages.len(), 2, "{both}");
    assert!(messages[0].starts_with("/configuration/timeoutMs: "), "{both}");
}

#[tokio::test]
async fn probes_tell_where_the_service_is_in_its_life() {
    let app = app();
    let (public, admin) = (public_router(app.clone()), admin_router(app.clone()));
    let expect = async |status: u16, reason: &str| {
        for router in [&public, &admin] {
            let ready = send(router, get("/readyz")).await;
            assert_eq!((ready.status.as_u16(), &ready.json()["reason"]), (status, &json!(reason)));
            assert!(!ready.body.contains(&b'\n'));
            assert_eq!(send(router, get("/livez")).await.status, StatusCode::OK);
        }
    };
    expect(503, "starting").await;
    app.readiness.set_ready();
    expect(200, "ready").await;
    app.readiness.set_draining();
    expect(503, "draining").await;

    let answer = send(&public, execute(script_body(OK_SCRIPT))).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "1"));
    assert_eq!(answer.json()["type"], "/problems/draining");
    assert_eq!(answer.header("connection"), "close");
}

#[tokio::test]
async fn the_build_describes_itself() {
    let version = send(&public_router(app()), get("/version")).await.json();
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(version["apiVersion"], "1.0");
    assert_eq!(version["engine"]["guestSha256"].as_str().unwrap().len(), 64);
    assert!(version["commit"].as_str().unwrap().starts_with(version["commitSuffix"].as_str().unwrap()));
    assert!(version["buildUtc"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn metrics_are_where_the_operator_put_them() {
    let app = app();
    let public = public_router(app.clone());
    for script in [OK_SCRIPT, OK_SCRIPT, "function run() { throw 1 }", "function (", "let a = 1;"] {
        assert_eq!(send(&public, execute(script_body(script))).await.status, StatusCode::OK);
    }
    let answer = send(&admin_router(app), get("/metrics")).await;
    assert!(answer.header("content-type").starts_with("text/plain; version=0.0.4"));
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    for line in [
        "arbex_executions_total{reason=\"none\",status=\"SUCCESS\"} 2",
        "arbex_executions_total{reason=\"script_error\",status=\"ERROR\"} 1",
        "arbex_executions_total{reason=\"syntax_error\",status=\"ERROR\"} 1",
        "arbex_executions_total{reason=\"run_not_defined\",status=\"ERROR\"} 1",
        "arbex_program_cache_hits_total 1",
        "arbex_program_cache_misses_total 4",
        "arbex_program_cache_entries 4",
        "arbex_phase_duration_seconds_count{phase=\"queue\"} 5",
        "arbex_phase_duration_seconds_count{phase=\"compile\"} 4",
        "arbex_phase_duration_seconds_count{phase=\"instantiate\"} 4",
        "arbex_phase_duration_seconds_count{phase=\"run\"} 4",
        "arbex_slots 2",
        "arbex_slots_busy 0",
        "arbex_queue_length 0",
        "arbex_memory_in_use_bytes 0",
        "arbex_pool_memories 0",
        "arbex_http_requests_total{method=\"POST\",route=\"/execute\",status=\"200\"} 5",
    ] {
        assert!(text.contains(&format!("{line}\n")), "{line} is not in\n{text}");
    }
    let same_port = app_with(sandbox_settings(), HttpSettings { admin_listen: None, ..http_settings() });
    assert_eq!(send(&public_router(same_port), get("/metrics")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn only_large_answers_are_packed_and_only_on_request() {
    let router = public_router(app());
    let long = "function run() { return 'x'.repeat(2000) }";
    for (script, accept_encoding, packed) in
        [(long, "gzip", true), (long, "identity", false), (OK_SCRIPT, "gzip", false)]
    {
        let headers = [JSON, ("accept-encoding", accept_encoding)];
        let answer = send(&router, request(Method::POST, "/execute", &headers, script_body(script))).await;
        assert_eq!(answer.header("content-encoding") == "gzip", packed, "{accept_encoding}");
        assert_eq!(answer.body.starts_with(&[0x1f, 0x8b]), packed);
    }
}

#[tokio::test]
async fn the_documentation_needs_nobody_else() {
    let router = public_router(app());
    let document = send(&router, get("/openapi.json")).await;
    assert_eq!(document.header("content-type"), "application/json");
    assert_eq!(document.json()["openapi"], "3.1.0");

    let page = send(&router, get("/docs/")).await;
    assert_eq!(page.status, StatusCode::OK);
    let html = String::from_utf8_lossy(&page.body).into_owned();
    assert!(!html.contains("src=\"http") && !html.contains("href=\"http"), "{html}");
    for asset in ["/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css"] {
        assert_eq!(send(&router, get(asset)).await.status, StatusCode::OK, "{asset}");
    }
    assert_eq!(send(&router, get("/docs")).await.header("location"), "/docs/");
    let initializer = send(&router, get("/docs/swagger-initializer.js")).await;
    let script = String::from_utf8_lossy(&initializer.body).into_owned();
    assert!(script.contains("/openapi.json") && script.contains("\"validatorUrl\": \"none\""), "{script}");
}

/// `openapi/openapi.json` is what the code says.
#[test]
fn the_committed_openapi_document_is_the_code_s() {
    const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/openapi.json");
    let generated = openapi_json();
    #[expect(clippy::disallowed_methods, reason = "a switch of this test, not of the service")]
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    if update {
        std::fs::write(PATH, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(PATH).unwrap_or_default();
    assert!(
        committed == generated,
        "openapi/openapi.json is not what the code says. If the change is meant, write it with\n    \
         UPDATE_EXPECT=1 cargo test --release -p arbex --test it openapi\nand commit it."
    );
}

#[test]
fn every_operation_documents_its_answers_with_examples() {
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    for path in ["/execute", "/validate"] {
        let operation = &document["paths"][path]["post"];
        assert!(operation["summary"].is_string() && operation["description"].is_string(), "{path}");
        for status in [400, 401, 403, 406, 408, 413, 415, 422, 500, 503] {
            let content = &operation["responses"][status.to_string()]["content"]["application/problem+json"];
            assert_eq!(content["schema"]["$ref"], "#/components/schemas/Problem", "{path} {status}");
            let examples = content["examples"].as_object().unwrap();
            assert!(examples.values().all(|example| example["value"]["status"] == status), "{path} {status}");
        }
        assert!(operation["responses"]["503"]["headers"]["Retry-After"].is_object());
    }
    for schema in ["ExecuteRequest", "Envelope", "Failure", "Problem", "Fault", "ValidateResponse", "Version", "Probe"]
    {
        assert!(document["components"]["schemas"][schema].is_object(), "{schema}");
    }
}

/// Everything that is logged, as JSON lines.
#[derive(Clone, Default)]
pub(crate) struct Log(pub(crate) Arc<std::sync::Mutex<Vec<u8>>>);

impl Log {
    /// A log, and what writes everything to it, down to the finest level.
    pub(crate) fn of_everything() -> (Self, impl tracing::Subscriber + Send + Sync) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        (log, subscriber)
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_request_is_one_log_line_without_a_caller_s_text() {
    let (log, subscriber) = Log::of_everything();
    let router = public_router(app());
    let _guard = tracing::subscriber::set_default(subscriber);

    let script = "function run(ctx) { console.log('SECRET-console'); throw new Error('SECRET-error') }";
    let body = json!({
        "configuration": { "script": script },
        "inputs": [{ "content": { "text": "SECRET-input" } }],
    });
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let traceparent = format!("00-{trace}-b7ad6b7169203331-01");
    let headers =
        [JSON, ("x-request-id", "id-1"), ("traceparent", &traceparent), ("authorization", "Bearer SECRET-token")];
    let answer = send(&router, request(Method::POST, "/execute", &headers, body.to_string())).await;
    assert!(String::from_utf8_lossy(&answer.body).contains("SECRET-error"));
    send(&router, request(Method::POST, "/execute?SECRET-query=1", &[JSON], body.to_string())).await;
    send(&router, execute("{ SECRET-malformed")).await;
    send(&router, get("/SECRET-path")).await;

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("SECRET"), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let requests: Vec<_> = lines.iter().filter(|line| line["fields"]["message"] == "request").collect();
    assert_eq!(requests.len(), 4, "{text}");
    let (fields, span) = (&requests[0]["fields"], &requests[0]["span"]);
    assert_eq!(
        (&fields["status"], &fields["run_status"], &fields["reason"]),
        (&json!(200), &json!("ERROR"), &json!("script_error"))
    );
    assert!(fields["duration_ms"].is_f64() && fields["fuel_consumed"].is_u64() && fields["peak_memory_bytes"].is_u64());
    assert_eq!((&span["request_id"], &span["trace_id"]), (&json!("id-1"), &json!(trace)));
    assert_eq!((&span["method"], &span["route"]), (&json!("POST"), &json!("/execute")));
    assert_eq!(requests[3]["span"]["route"], "unmatched");
}

/// A service on a socket of its own.
pub(crate) struct Service {
    pub(crate) app: App,
    pub(crate) address: SocketAddr,
    pub(crate) stop: arbex::shutdown::Trigger,
    pub(crate) served: tokio::task::JoinHandle<std::io::Result<()>>,
}

async fn start(grace: Duration) -> Service {
    start_with(grace, http_settings()).await
}

pub(crate) async fn start_with(grace: Duration, http: HttpSettings) -> Service {
    let app = app_with(sandbox_settings(), http);
    let public = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = public.local_addr().unwrap();
    let (stop, shutdown) = Shutdown::manual(grace);
    let served = tokio::spawn(serve(Listeners { public, admin: None }, app.clone(), shutdown));
    Service { app, address, stop, served }
}

impl Service {
    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends a call and leaves the answer to the caller.
    async fn call(&self, script: &str) -> TcpStream {
        let mut connection = self.connect().await;
        let body = script_body(script);
        let head = format!(
            "POST /execute HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        connection.write_all((head + &body).as_bytes()).await.unwrap();
        connection
    }

    pub(crate) async fn has_busy(&self, slots: u32, within: Duration) {
        eventually("busy slots", within, || self.app.sandbox.gate().busy == slots).await;
    }
}

/// One request that leaves the connection open.
async fn probe(connection: &mut TcpStream) {
    connection.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"}") {
        assert_ne!(connection.read_buf(&mut answer).await.unwrap(), 0, "{}", String::from_utf8_lossy(&answer));
    }
    assert!(answer.starts_with(b"HTTP/1.1 200 OK"), "{}", String::from_utf8_lossy(&answer));
}

/// Everything up to the end of the connection.
pub(crate) async fn rest(mut connection: TcpStream) -> String {
    let mut text = Vec::new();
    connection.read_to_end(&mut text).await.unwrap();
    String::from_utf8(text).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_hangs_up_ends_its_run() {
    let service = start(Duration::from_secs(1)).await;
    let connection = service.call(ENDLESS_SCRIPT).await;
    service.has_busy(1, Duration::from_secs(5)).await;
    drop(connection);
    service.has_busy(0, Duration::from_secs(1)).await;
    assert_eq!(service.app.sandbox.memory_in_use_bytes(), 0);

    service.stop.request();
    service.served.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn draining_lets_calls_finish_and_takes_no_more() {
    let service = start(Duration::from_secs(30)).await;
    let under_way =
        service.call("function run() { const end = Date.now() + 1500; while (Date.now() < end); return 'done' }").await;
    service.has_busy(1, Duration::from_secs(5)).await;
    let silent = service.connect().await;
    let mut idle = service.connect().await;
    probe(&mut idle).await;
    service.stop.request();

    let url = |path: &str| format!("http://{}{path}", service.address);
    let client = reqwest::Client::new();
    eventually("draining", Duration::from_secs(1), || service.app.readiness.phase().as_str() == "draining").await;
    let ready = client.get(url("/readyz")).send().await.unwrap();
    assert_eq!(ready.status().as_u16(), 503);
    let refused =
        client.post(url("/execute")).json(&json!({ "configuration": { "script": OK_SCRIPT } })).send().await.unwrap();
    assert_eq!(refused.status().as_u16(), 503);
    assert_eq!(refused.headers()[header::RETRY_AFTER.as_str()], "1");
    assert_eq!(refused.headers()[header::CONNECTION.as_str()], "close");
    assert_eq!(refused.json::<Value>().await.unwrap()["type"], "/problems/draining");

    let answer = rest(under_way).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("\"output\":\"done\""), "{answer}");
    service.served.await.unwrap().unwrap();
    for unused in [silent, idle] {
        assert_eq!(rest(unused).await, "", "an idle connection is closed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_outlasts_the_grace_is_ended() {
    let service = start(Duration::from_millis(100)).await;
    let connection = service.call(ENDLESS_SCRIPT).await;
    service.has_busy(1, Duration::from_secs(5)).await;
    let began = Instant::now();
    service.stop.request();
    let answer = rest(connection).await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("/problems/stopped"), "{answer}");
    service.served.await.unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert_eq!(service.app.sandbox.gate().busy, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_beyond_the_most_waits_for_a_place() {
    let service = start_with(Duration::ZERO, HttpSettings { max_connections: 2, ..http_settings() }).await;
    let mut open = [service.connect().await, service.connect().await];
    for connection in &mut open {
        probe(connection).await;
    }
    let mut beyond = service.connect().await;
    let waited = tokio::time::timeout(Duration::from_millis(300), probe(&mut beyond)).await;
    assert!(waited.is_err(), "it was served beside the others");
    for connection in &mut open {
        probe(connection).await;
    }

    drop(open);
    // Its request has been there since.
    let mut answer = [0; 12];
    tokio::time::timeout(Duration::from_secs(5), beyond.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    drop(beyond);
    service.stop.request();
    service.served.await.unwrap().unwrap();
}

#[tokio::test]
async fn bodies_share_a_room() {
    // Fills the room but for less than one step of 1 KiB.
    let body = script_body(&format!("{ENDLESS_SCRIPT}{}", " ".repeat(3500)));
    let http = HttpSettings { max_inflight_body_bytes: 4096, max_body_bytes: 4096, ..http_settings() };
    let app = app_with(sandbox_settings(), http);
    let router = public_router(app.clone());
    let under_way = tokio::spawn(router.clone().oneshot(execute(body.clone())));
    eventually("a busy slot", Duration::from_secs(5), || app.sandbox.gate().busy == 1).await;

    // The room is held as long as the run. What counts is what has arrived, so it makes no difference whether a body told its
    // length before.
    let unsized_body = || {
        let piece = Ok::<_, std::io::Error>(Bytes::from(script_body(OK_SCRIPT)));
        Body::from_stream(futures_util::stream::iter([piece]))
    };
    for path in ["/execute", "/validate"] {
        let answer = send(&router, request(Method::POST, path, &[JSON], unsized_body())).await;
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "1"));
        let problem = answer.json();
        assert_eq!(problem["type"], "/problems/no-room");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("4096 bytes") && detail.contains("nothing was run"), "{detail}");
    }
    let metrics = send(&admin_router(app.clone()), get("/metrics")).await;
    let text = String::from_utf8_lossy(&metrics.body).into_owned();
    assert!(text.contains("arbex_rejected_total{reason=\"no_room\"} 2\n"), "{text}");

    under_way.abort();
    eventually("a free slot", Duration::from_secs(1), || app.sandbox.gate().busy == 0).await;
    for _ in 0..3 {
        assert!(is_success(&send(&router, execute(unsized_body())).await), "what was reserved is given back");
    }
}

/// Without file descriptors the service waits for some, and takes up again where it was.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn running_out_of_file_descriptors_is_survived() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    // With cargo's own variables, as `cargo run` has them.
    let mut service = tokio::process::Command::new("sh")
        .args(["-c", "ulimit -n 40; exec \"$0\" serve --admin-listen same --log-format text --listen \"$1\""])
        .args([env!("CARGO_BIN_EXE_arbex"), &address.to_string()])
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let log = tokio::io::BufReader::new(service.stderr.take().unwrap());
    let mut lines = tokio::io::AsyncBufReadExt::lines(log);
    let mut logged = async |wanted: &str| {
        let mut seen = String::new();
        while !seen.contains(wanted) {
            let line = tokio::time::timeout(Duration::from_secs(20), lines.next_line()).await;
            seen += &line.unwrap().unwrap().unwrap_or_else(|| panic!("the log ended without {wanted}: {seen}"));
        }
    };
    logged("listening").await;
    let mut open = Vec::new();
    for _ in 0..60 {
        open.push(TcpStream::connect(address).await.unwrap());
    }
    logged("cannot accept a connection").await;
    drop(open);
    let mut connection = TcpStream::connect(address).await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), probe(&mut connection)).await.unwrap();
}
