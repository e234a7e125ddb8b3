//! Traces: what a collector gets of a service that runs as its own process, and what becomes of runs when there is no collector.

#[path = "../../../traces/testing/collector.rs"]
mod collector;

use std::process::Stdio;
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::fetch::store::{Store, ok};
use collector::Collector;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// Stands in whatever no span may hold.
const SECRET: &str = "canary-5eCreT";

/// A service with these variables, and its log.
struct Service {
    process: Child,
    url: String,
    log: JoinHandle<Vec<Value>>,
}

impl Service {
    async fn start(flags: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_arbex"))
            .env_clear()
            .args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "same", "--allocation", "on-demand"])
            .args(["--log-format", "json"])
            .args(flags)
            .envs(variables.iter().copied())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut said = Vec::new();
        let url = loop {
            let line = lines.next_line().await.unwrap().unwrap_or_else(|| panic!("{said:?}"));
            let event: Value = serde_json::from_str(&line).unwrap();
            said.push(event.clone());
            if event["message"] == "listening" {
                break format!("http://{}", event["address"].as_str().unwrap());
            }
        };
        let log = tokio::spawn(async move {
            while let Some(line) = lines.next_line().await.unwrap() {
                said.push(serde_json::from_str(&line).unwrap());
            }
            said
        });
        Self { process, url, log }
    }

    /// Stops it; gives the lines of its log about requests, and how long it took.
    async fn stop(mut self) -> (Vec<Value>, Duration) {
        let id = self.process.id().unwrap().to_string();
        let began = Instant::now();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
        let ended = self.process.wait().await.unwrap();
        let took = began.elapsed();
        let log = self.log.await.unwrap();
        assert_eq!(ended.code(), Some(0), "{log:?}");
        (log, took)
    }

    async fn execute(&self, headers: &[(&str, &str)], body: &Value) -> Value {
        let request = Client::new().post(format!("{}/execute", self.url)).json(body);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.send().await.unwrap().json().await.unwrap()
    }
}

fn requests(log: &[Value]) -> Vec<&Value> {
    log.iter().filter(|event| event["message"] == "request").collect()
}

fn script(script: &str) -> Value {
    json!({ "configuration": { "script": script, "timeoutMs": 60_000 } })
}

fn traceparent(flags: &str) -> String {
    format!("00-{TRACE}-{PARENT}-{flags}")
}

/// What arrives of calls, one after the other, with these headers.
async fn check(
    flags: &[&str],
    variables: &[(&str, &str)],
    calls: &[(&[(&str, &str)], Value)],
    tree: &str,
) -> Collector {
    let collector = Collector::start().await;
    let variables = [variables, &[("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url.as_str())]].concat();
    let service = Service::start(flags, &variables).await;
    for (headers, body) in calls {
        service.execute(headers, body).await;
    }
    // All that is left is sent at the end.
    service.stop().await;
    let lines = tree.lines().map(|line| format!("{line}\n")).collect::<String>();
    assert_eq!(collector.tree(), lines);
    for span in collector.spans() {
        assert!(!format!("{span:?}").contains(SECRET), "{span:?}");
    }
    collector
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_continues_its_callers_trace() {
    let parent = traceparent("01");
    let headers = [("traceparent", parent.as_str()), ("x-request-id", "request-7")];
    let body = script("function run() { return 1; }");
    let collector = check(
        &[],
        &[],
        &[(&headers, body.clone()), (&headers, body)],
        &format!(
            "{PARENT} > arbex POST /execute [server]
  arbex queue
  arbex compile
  arbex run
{PARENT} > arbex POST /execute [server]
  arbex queue
  arbex run"
        ),
    )
    .await;
    let spans = collector.spans();
    assert!(spans.iter().all(|span| span.trace_id == TRACE));
    let server = spans.iter().find(|span| span.kind == "server").unwrap();
    for (name, value) in [
        ("http.request.method", "POST"),
        ("http.route", "/execute"),
        ("url.path", "/execute"),
        ("http.response.status_code", "200"),
        ("arbex.request_id", "request-7"),
        ("arbex.run.status", "SUCCESS"),
    ] {
        assert_eq!(server.attribute(name), value, "{server:?}");
    }
    let runs: Vec<_> = spans.iter().filter(|span| span.name == "run").collect();
    assert_eq!(runs.iter().map(|run| run.attribute("arbex.script_cache_hit")).collect::<Vec<_>>(), ["false", "true"]);
    assert!(runs[0].attribute("arbex.fuel_consumed").parse::<u64>().unwrap() > 1000, "{runs:?}");
    assert!(runs[0].attribute("arbex.peak_memory_bytes").parse::<u64>().unwrap() > 1000, "{runs:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_failed_says_why() {
    let invalid = json!({ "configuration": {
        "script": "function run() { return { '$heat-dataservice': 1 }; }",
        "dataserviceOutput": { "enabled": true, "persistence": "dataservice-root" },
    } });
    let collector = check(
        &[],
        &[],
        &[
            (&[], script(&format!("function run() {{ throw new Error('{SECRET}'); }}"))),
            (&[], script(&format!("function {SECRET}("))),
            (&[], invalid),
            (&[], json!({ "configuration": SECRET })),
        ],
        "arbex POST /execute [server]
  arbex queue
  arbex compile
  arbex run !script_error
arbex POST /execute [server]
  arbex queue
  arbex compile !syntax_error
arbex POST /execute [server]
  arbex queue
  arbex compile
  arbex run
  arbex check !dataservice_invalid
arbex POST /execute [server]",
    )
    .await;
    let servers: Vec<_> = collector.spans().into_iter().filter(|span| span.kind == "server").collect();
    let of = |name: &str| servers.iter().map(|span| span.attribute(name).to_owned()).collect::<Vec<_>>();
    assert_eq!(of("arbex.reason"), ["script_error", "syntax_error", "dataservice_invalid", ""]);
    assert_eq!(of("http.response.status_code"), ["200", "200", "200", "422"]);
    // Each began a trace of its own.
    let mut traces: Vec<_> = servers.iter().map(|span| &span.trace_id).collect();
    traces.dedup();
    assert_eq!(traces.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_the_host_are_spans_of_their_run() {
    let store = Store::start(async |asked| {
        if asked.target.starts_with("/good") {
            asked.answer(&ok("", b"text")).await
        } else {
            asked.answer(b"HTTP/1.1 404 Not Found\r\n\r\n").await
        }
    })
    .await;
    let input = |url: String| json!({ "content": { "url": url, "headers": { "x-token": SECRET } } });
    let body = json!({
        "configuration": {
            "script": "async function run(ctx) {
                for (const input of ctx.inputs.history) await input.openBinaryReader().catch(() => {});
                await ctx.system.config.getPrefix('system.').catch(() => {});
                await ctx.system.config.getPrefix('hidden.').catch(() => {});
            }",
            "timeoutMs": 60_000,
            "parent": { "mode": "history", "historyOrder": "oldestFirst" },
            "system": { "configPrefixes": ["system."] },
        },
        "context": { "system": { "config": { "system.": [] } } },
        "inputs": [
            input(store.url(&format!("/good?signature={SECRET}"))),
            input(store.url(&format!("/bad/{SECRET}"))),
            input(format!("http://{SECRET}.invalid/")),
        ],
    });
    let collector = check(
        &["--input-origins", &store.origin().to_string()],
        &[],
        &[(&[], body)],
        "arbex POST /execute [server]
  arbex queue
  arbex compile
  arbex run
    arbex fetch [client]
    arbex fetch [client] !status
    arbex fetch [client] !not_listed
    arbex getPrefix [client]
    arbex getPrefix [client] !refused",
    )
    .await;
    let fetches: Vec<_> = collector.spans().into_iter().filter(|span| span.name == "fetch").collect();
    let port = store.port.to_string();
    let of = |name: &str| fetches.iter().map(|span| span.attribute(name).to_owned()).collect::<Vec<_>>();
    assert_eq!(of("server.address"), ["127.0.0.1", "127.0.0.1", ""]);
    assert_eq!(of("server.port"), [port.as_str(), port.as_str(), ""]);
    assert_eq!(of("arbex.fetched_bytes"), ["4", "", ""]);
}

/// A script that calls more often than that has spans for the first calls; the rest is counted.
#[tokio::test(flavor = "multi_thread")]
async fn a_script_does_not_fill_the_way_to_the_collector() {
    for (calls, spans) in [(100, 100), (101, 100), (3000, 100)] {
        let collector = Collector::start().await;
        let service = Service::start(&["--otlp-endpoint", &collector.url], &[]).await;
        let body = script(&format!(
            "async function run(ctx) {{ for (let i = 0; i < {calls}; i++) await ctx.system.config.getPrefix('x.').catch(() => {{}}); }}"
        ));
        let mut body = body;
        body["configuration"]["system"] = json!({ "configPrefixes": ["x."] });
        let envelope = service.execute(&[], &body).await;
        assert_eq!(envelope["metrics"]["bridgeCalls"], calls, "{envelope}");
        service.stop().await;
        let found = collector.spans();
        assert_eq!(found.iter().filter(|span| span.name == "getPrefix").count(), spans, "{calls}");
        let run = found.iter().find(|span| span.name == "run").unwrap();
        assert_eq!(run.attribute("arbex.bridge_calls"), calls.to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_and_the_sampler_decide_what_is_sent() {
    let (no, yes) = (traceparent("00"), traceparent("01"));
    let (no, yes) = ([("traceparent", no.as_str())], [("traceparent", yes.as_str())]);
    let body = || script("function run() { return 1; }");
    let whole =
        |first: &str| format!("{first}arbex POST /execute [server]\n  arbex queue\n  arbex compile\n  arbex run");
    check(&[], &[], &[(&no, body())], "").await;
    let ratio = [("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0.0")];
    check(&[], &ratio, &[(&[], body())], "").await;
    check(&[], &ratio, &[(&yes, body())], &whole(&format!("{PARENT} > "))).await;
}

/// What a stranger may send is bounded, or left out; what is no `traceparent` is as if it were not there.
#[tokio::test(flavor = "multi_thread")]
async fn strangers_do_not_write_into_spans() {
    let collector = Collector::start().await;
    let service = Service::start(&["--otlp-endpoint", &collector.url], &[]).await;
    let client = Client::new();
    let long = "x".repeat(4000);
    for (method, path, traceparent) in [
        ("GET", format!("/{SECRET}/{long}?{SECRET}"), long.clone()),
        (SECRET, "/execute".to_owned(), "00-zz-01".to_owned()),
        ("GET", format!("/sdk/examples/{long}?{SECRET}"), format!("ff-{TRACE}-{PARENT}-01")),
        ("GET", "/livez".to_owned(), traceparent("01")),
        ("GET", "/version".to_owned(), traceparent("01")),
    ] {
        let request = client.request(method.parse().unwrap(), format!("{}{path}", service.url));
        let request = request.header("x-request-id", &long).header("tracestate", &long).header("user-agent", SECRET);
        request.header("traceparent", traceparent).send().await.unwrap();
    }
    service.stop().await;
    let spans = collector.spans();
    assert_eq!(
        spans.iter().map(|span| span.name.as_str()).collect::<Vec<_>>(),
        ["GET", "other /execute", "GET /sdk/examples/{name}", "GET /version"]
    );
    for span in &spans {
        assert_eq!(span.trace_id == TRACE, span.name == "GET /version", "{span:?}");
        assert!(!format!("{span:?}").contains(SECRET), "{span:?}");
        assert!(span.attributes.values().all(|value| value.len() <= 256), "{span:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_names_the_trace_and_is_else_as_without_one() {
    let collector = Collector::start().await;
    let body = json!({
        "configuration": {
            "script": "async function run(ctx) { await ctx.inputs.latest.openJsonReader().catch(() => {}); }",
            "timeoutMs": 60_000,
        },
        "inputs": [{ "content": { "url": "http://store.invalid/" } }],
    });
    let parent = traceparent("01");
    let mut lines = Vec::new();
    for endpoint in ["none", &collector.url] {
        let service = Service::start(&["--otlp-endpoint", endpoint, "--log", "debug,hyper_util=off"], &[]).await;
        for headers in [&[("traceparent", parent.as_str())][..], &[]] {
            service.execute(headers, &body).await;
        }
        let (log, _) = service.stop().await;
        let shape = |event: &Value| {
            let keys = |value: &Value| value.as_object().map(|object| object.keys().cloned().collect::<Vec<_>>());
            (event["message"].clone(), keys(event), event["span"]["name"].clone(), event["span"].clone())
        };
        lines.push(log.iter().filter(|event| event["span"].is_object()).map(shape).collect::<Vec<_>>());
    }
    let [without, with] = &lines[..] else { panic!("{lines:?}") };
    // Of each request: the debug event of the fetch, and its own line.
    assert_eq!(without.len(), 4, "{without:?}");
    assert_eq!(with.len(), 4, "{with:?}");
    for ((message, keys, name, without), (same, same_keys, same_name, with)) in without.iter().zip(with) {
        assert_eq!((message, keys, name), (same, same_keys, same_name));
        assert_eq!(name, "request");
        assert_eq!(without["route"], with["route"]);
    }
    let trace_ids = |lines: &[(Value, Option<Vec<String>>, Value, Value)]| {
        lines.iter().map(|line| line.3["trace_id"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let given = Some(TRACE.to_owned());
    assert_eq!(trace_ids(without), [given.clone(), given.clone(), None, None]);
    let traced = trace_ids(with);
    assert_eq!(traced[..2], [given.clone(), given]);
    let made = traced[2].clone().unwrap();
    assert!(made.len() == 32 && made != TRACE && traced[3].as_deref() == Some(&made), "{traced:?}");
    assert!(collector.spans().iter().any(|span| span.trace_id == made));
}

/// A collector that refuses connections, and one that takes them and never answers: runs are answered, one warning is logged, and the
/// end comes within its bound.
#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_holds_nobody_up() {
    let refusing = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    for (address, is_told) in [(refusing, true), (silent.local_addr().unwrap(), false)] {
        let endpoint = format!("http://{address}");
        // Many batches, and a queue that they fill.
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
            ("OTEL_BSP_SCHEDULE_DELAY", "10"),
            // Else the first batch would be tried again for longer than this test lasts.
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "100"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "8"),
            ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4"),
        ];
        let service = Service::start(&[], &variables).await;
        for _ in 0..40 {
            let envelope = service.execute(&[], &script("function run() { return 1; }")).await;
            assert_eq!(envelope["status"], "SUCCESS", "{envelope}");
        }
        let (log, took) = service.stop().await;
        assert_eq!(requests(&log).len(), 40);
        // The bound is 2 s; a slow machine may take its time for the rest.
        assert!(took < Duration::from_secs(20), "{took:?}");
        let lost = |event: &&Value| event["message"].as_str().is_some_and(|text| text.starts_with("spans are lost"));
        let lost: Vec<_> = log.iter().filter(lost).collect();
        if is_told {
            assert_eq!(lost.len(), 1, "{log:?}");
            assert!(lost[0]["error"].as_str().unwrap().contains("refused"), "{lost:?}");
        }
        let warnings = log.iter().filter(|event| event["level"] == "WARN" || event["level"] == "ERROR").count();
        assert!(warnings <= 4, "{log:?}");
    }
}

#[tokio::test]
async fn a_wrong_endpoint_is_told_at_the_start() {
    let rule = "must be the base URL of a collector's OTLP over HTTP, such as http://collector:4318";
    for (flags, variables, place) in [
        (&["--otlp-endpoint", "collector:4318"][..], &[][..], "--otlp-endpoint: "),
        (&[], &[("ARBEX_OTLP_ENDPOINT", "grpc://c:4317")], "ARBEX_OTLP_ENDPOINT: "),
        (&[], &[("OTEL_EXPORTER_OTLP_ENDPOINT", "c:4317")], "OTEL_EXPORTER_OTLP_ENDPOINT: "),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_arbex"))
            .env_clear()
            .args(["serve", "--check-config"])
            .args(flags)
            .envs(variables.iter().copied())
            .output()
            .await
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(64), "{said}");
        assert!(said.contains(&format!("{place}{rule}")), "{said}");
    }
    // What counts is right, and the standard's variable does not.
    let output = Command::new(env!("CARGO_BIN_EXE_arbex"))
        .env_clear()
        .args(["serve", "--check-config", "--otlp-endpoint", "none"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", "c:4317")
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stdout).unwrap().contains("otlp-endpoint = none (flag)\n"));
}
