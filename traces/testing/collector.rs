//! A collector that keeps what it is sent, for tests: `mod collector` with a path to this file.

#![allow(dead_code, reason = "each of the tests uses its part")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode as SpanStatus;
use prost::Message as _;
use tokio::net::TcpListener;

/// One span as it arrived; ids in hexadecimal digits, an empty parent for a root.
#[derive(Clone, Debug)]
pub struct Span {
    pub service: String,
    pub name: String,
    pub kind: &'static str,
    pub trace_id: String,
    pub id: String,
    pub parent_id: String,
    pub failed: bool,
    pub begin_ns: u64,
    pub end_ns: u64,
    pub attributes: BTreeMap<String, String>,
}

impl Span {
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

#[derive(Clone)]
pub struct Collector {
    pub url: String,
    spans: Arc<Mutex<Vec<Span>>>,
}

impl Collector {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let collector =
            Self { url: format!("http://{}", listener.local_addr().unwrap()), spans: Arc::new(Mutex::new(Vec::new())) };
        let router = Router::new().route("/v1/traces", post(take)).with_state(collector.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        collector
    }

    pub fn spans(&self) -> Vec<Span> {
        self.spans.lock().unwrap().clone()
    }

    /// The spans of that name, once there is one.
    pub async fn named(&self, name: &str) -> Vec<Span> {
        let began = Instant::now();
        loop {
            let found: Vec<_> = self.spans().into_iter().filter(|span| span.name == name).collect();
            if !found.is_empty() {
                return found;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "no span {name}: {:?}", self.spans());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// All traces as text, a span a line: service, name, kind (but internal), what kind of error; below it, in the order they began, its
    /// children. A parent that did not arrive is somebody else's, and stands before its child.
    pub fn tree(&self) -> String {
        let mut spans = self.spans();
        spans.sort_by_key(|span| span.begin_ns);
        let mut text = String::new();
        for span in &spans {
            if spans.iter().all(|other| other.id != span.parent_id) {
                let parent = if span.parent_id.is_empty() { String::new() } else { format!("{} > ", span.parent_id) };
                below(&spans, span, &parent, 0, &mut text);
            }
        }
        text
    }
}

fn below(spans: &[Span], span: &Span, before: &str, depth: usize, text: &mut String) {
    let kind = if span.kind == "internal" { "" } else { &format!(" [{}]", span.kind) };
    let error = if span.failed { &format!(" !{}", span.attribute("error.type")) } else { "" };
    writeln!(text, "{}{before}{} {}{kind}{error}", "  ".repeat(depth), span.service, span.name).unwrap();
    for child in spans.iter().filter(|child| child.parent_id == span.id) {
        assert_eq!(child.trace_id, span.trace_id, "{child:?} {span:?}");
        assert!(span.begin_ns <= child.begin_ns && child.begin_ns <= child.end_ns, "{child:?} {span:?}");
        below(spans, child, "", depth + 1, text);
    }
}

async fn take(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) -> StatusCode {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    let mut spans = collector.spans.lock().unwrap();
    for of_resource in request.resource_spans {
        let resource = attributes(&of_resource.resource.unwrap_or_default().attributes);
        assert!(!resource["service.version"].is_empty(), "{resource:?}");
        for span in of_resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            assert!(span.events.is_empty(), "events stay in the log: {span:?}");
            spans.push(Span {
                service: resource["service.name"].clone(),
                kind: ["unspecified", "internal", "server", "client", "producer", "consumer"][span.kind as usize],
                trace_id: hex(&span.trace_id),
                id: hex(&span.span_id),
                parent_id: hex(&span.parent_span_id),
                failed: span.status.is_some_and(|status| status.code == SpanStatus::Error as i32),
                begin_ns: span.start_time_unix_nano,
                end_ns: span.end_time_unix_nano,
                attributes: attributes(&span.attributes),
                name: span.name,
            });
        }
    }
    StatusCode::OK
}

fn attributes(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: Option<&Value>| match value {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        Some(Value::BoolValue(truth)) => truth.to_string(),
        other => panic!("{other:?}"),
    };
    let pair = |attribute: &KeyValue| {
        (attribute.key.clone(), text(attribute.value.as_ref().and_then(|value| value.value.as_ref())))
    };
    attributes.iter().map(pair).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
