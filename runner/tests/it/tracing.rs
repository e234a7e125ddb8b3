//! Traces: from the claim to the stored output, through runner and service.

#[path = "../../../traces/testing/collector.rs"]
mod collector;

use serde_json::{Value, json};

use crate::fake::{Fake, busy, success};
use crate::process::{runner, terminate};
use crate::service::Service;
use crate::world::{ARBEX, PARENT, SESSION, SUM, World, latest};
use collector::Collector;

/// One task of a node with that script, and all traces of it.
async fn check(script: &str, code: i32, tree: &str) {
    let collector = Collector::start().await;
    let world = World::new(&latest(script)).await;
    world.output(PARENT, "new.csv", b"n\n1\n2\n", "2026-01-02T00:00:00Z").await;
    let flags = ["--slots", "4", "--input-origins", &world.s3.origin(), "--otlp-endpoint", &collector.url];
    let mut service = Service::start_with("127.0.0.1:0", &flags).await;
    let task_id = world.core.queue_task(ARBEX).unwrap();
    let mut process = runner(&world, &service.url);
    let output = process.arg("--once").env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url).output().await.unwrap();
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    terminate(&service.process).await;
    assert!(service.process.wait().await.unwrap().success());

    assert_eq!(collector.tree(), tree);
    let spans = collector.spans();
    let task = spans.iter().find(|span| span.name == "heat_task").unwrap();
    for (name, value) in [
        ("task_id", task_id.to_string().as_str()),
        ("node_id", &ARBEX.to_string()),
        ("session_id", SESSION),
        ("template", "system-arbex-js"),
    ] {
        assert_eq!(task.attribute(name), value, "{task:?}");
    }
    let of = |name: &str, attribute: &str| {
        let found = spans.iter().find(|span| span.name == name && span.kind != "server").unwrap();
        found.attribute(attribute).to_owned()
    };
    let server = spans.iter().find(|span| span.kind == "server").unwrap();
    assert_eq!(of("execute", "arbex.request_id"), server.attribute("arbex.request_id"));
    assert_eq!(of("POST /execute", "http.response.status_code"), "200");
    assert_eq!(of("fetch", "server.address"), "127.0.0.1");
    // Signed URLs, their parts, and what the script said stay out.
    let all = format!("{spans:?}");
    for secret in ["X-Amz", "new.csv", "no way", "minio123", "token-of-the-runner"] {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_claim_to_the_stored_output_is_one_trace() {
    check(
        SUM,
        0,
        "arbex-runner heat_task
  arbex-runner heat_report
  arbex-runner surroundings
  arbex-runner inputs
  arbex-runner execute
    arbex-runner POST /execute [client]
      arbex POST /execute [server]
        arbex queue
        arbex compile
        arbex run
          arbex fetch [client]
  arbex-runner store
  arbex-runner heat_report
",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_failed_says_where() {
    let script = SUM.replace("return sum", "throw new Error('no way')");
    check(
        &script,
        1,
        "arbex-runner heat_task !script
  arbex-runner heat_report
  arbex-runner surroundings
  arbex-runner inputs
  arbex-runner execute
    arbex-runner POST /execute [client]
      arbex POST /execute [server]
        arbex queue
        arbex compile
        arbex run !script_error
          arbex fetch [client]
  arbex-runner store
  arbex-runner heat_report
",
    )
    .await;
}

/// Each attempt is a span of its own, and the service hears of that one; a log line is as it is without traces.
#[tokio::test(flavor = "multi_thread")]
async fn each_attempt_of_a_call_is_a_span_and_the_log_stays_as_it_is() {
    let collector = Collector::start().await;
    let mut shapes = Vec::new();
    for endpoint in ["none", &collector.url] {
        let world = World::new(&latest("async function run(ctx) {}")).await;
        let fake = Fake::start([busy(&[("retry-after", "0")]), success(json!(1))]).await;
        world.core.queue_task(ARBEX).unwrap();
        let mut process = runner(&world, &fake.url);
        process.args(["--once", "--log", "info,arbex_runner=debug", "--otlp-endpoint", endpoint]);
        let output = process.output().await.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        let shape = |line: &str| {
            let event: Value = serde_json::from_str(line).unwrap();
            let spans = event["spans"].as_array().cloned().unwrap_or_default();
            let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            (event["message"].clone(), keys(&event), spans.iter().map(keys).collect::<Vec<_>>())
        };
        shapes.push(said.lines().map(shape).collect::<Vec<_>>());

        let asked: Vec<_> = fake.asked().iter().map(|asked| asked.headers.get("traceparent").cloned()).collect();
        if endpoint == "none" {
            assert_eq!(asked, [None, None]);
            continue;
        }
        let mut calls = collector.named("POST /execute").await;
        calls.sort_by_key(|span| span.begin_ns);
        let sent = calls.iter().map(|span| Some(format!("00-{}-{}-01", span.trace_id, span.id)));
        assert_eq!(asked, sent.collect::<Vec<_>>());
        let of = |name: &str| calls.iter().map(|span| span.attribute(name).to_owned()).collect::<Vec<_>>();
        assert_eq!(of("http.request.resend_count"), ["0", "1"]);
        assert_eq!(of("http.response.status_code"), ["503", "200"]);
        assert_eq!(of("error.type"), ["busy", ""]);
    }
    assert_eq!(shapes[0], shapes[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_sampled_is_told_to_the_service() {
    let collector = Collector::start().await;
    let world = World::new(&latest("async function run(ctx) {}")).await;
    let fake = Fake::start([success(json!(1))]).await;
    world.core.queue_task(ARBEX).unwrap();
    let mut process = runner(&world, &fake.url);
    process.env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url).env("OTEL_TRACES_SAMPLER", "always_off");
    assert!(process.arg("--once").output().await.unwrap().status.success());
    assert_eq!(collector.tree(), "");
    let traceparent = fake.asked()[0].headers["traceparent"].clone();
    assert!(traceparent.len() == 55 && traceparent.ends_with("-00"), "{traceparent}");
}

/// The node is done all the same, and the process ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_fails_no_task() {
    let world = World::new(&latest("async function run(ctx) {}")).await;
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let refusing = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for address in [silent.local_addr().unwrap(), refusing] {
        let fake = Fake::start([success(json!(1))]).await;
        world.core.queue_task(ARBEX).unwrap();
        let mut process = runner(&world, &fake.url);
        process.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"));
        assert!(process.arg("--once").output().await.unwrap().status.success());
    }
    assert_eq!((world.core.open_tasks(), world.outputs().len()), ((0, 0), 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_endpoint_is_told_before_anything_is_claimed() {
    let world = World::new(&latest("async function run(ctx) {}")).await;
    let rule = "must be the base URL of a collector's OTLP over HTTP, such as http://collector:4318";
    for variable in ["ARBEX_RUNNER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"] {
        let mut process = runner(&world, "http://127.0.0.1:1");
        let output = process.env(variable, "collector:4318").output().await.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(64), "{said}");
        assert!(said.contains(&format!("{variable}: {rule}")), "{said}");
    }
    assert!(world.core.requests().is_empty());
}
