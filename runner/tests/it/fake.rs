//! A service that answers as it is told, and remembers what it was asked.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;

#[derive(Clone)]
pub enum Answer {
    Json(u16, Value, &'static [(&'static str, &'static str)]),
    /// The connection breaks off after the head.
    BreakOff,
    /// Success, once it is let.
    Wait(Arc<Notify>),
    /// That, once it is let.
    After(Arc<Notify>, Box<Answer>),
}

#[derive(Clone, Debug)]
pub struct Asked {
    pub headers: BTreeMap<String, String>,
    pub text: String,
    pub body: Value,
}

#[derive(Clone)]
pub struct Fake {
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<Asked>>,
    arrived: Notify,
}

impl Fake {
    /// These answers in turn; the last one again and again.
    pub async fn start(answers: impl Into<VecDeque<Answer>>) -> Self {
        let shared = Shared { answers: Mutex::new(answers.into()), asked: Mutex::default(), arrived: Notify::new() };
        let shared = Arc::new(shared);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/execute", post(execute)).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }

    pub async fn arrived(&self) {
        self.shared.arrived.notified().await;
    }
}

async fn execute(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let text = String::from_utf8(body.to_vec()).unwrap();
    let asked = Asked { headers, body: serde_json::from_str(&text).unwrap(), text };
    shared.asked.lock().unwrap().push(asked);
    shared.arrived.notify_one();
    let answer = {
        let mut answers = shared.answers.lock().unwrap();
        if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() }
    };
    let answer = match answer {
        Answer::After(gate, answer) => {
            gate.notified().await;
            *answer
        }
        answer => answer,
    };
    if let Answer::Wait(gate) = &answer {
        gate.notified().await;
    }
    match answer {
        Answer::Json(status, body, more) => respond(status, &body, more),
        Answer::Wait(_) | Answer::After(..) => respond(200, &envelope(json!("waited")), &[]),
        Answer::BreakOff => {
            let broken = futures_util::stream::iter([Ok(Bytes::from("{")), Err(std::io::Error::other("broken"))]);
            axum::body::Body::from_stream(broken).into_response()
        }
    }
}

fn respond(status: u16, body: &Value, more: &[(&'static str, &'static str)]) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response();
    for (name, value) in more {
        response.headers_mut().insert(HeaderName::from_static(name), value.parse().unwrap());
    }
    response
}

pub fn success(output: Value) -> Answer {
    Answer::Json(200, envelope(output), &[])
}

pub fn failed(output: Value) -> Answer {
    let mut envelope = envelope(output);
    envelope["status"] = json!("ERROR");
    Answer::Json(200, envelope, &[])
}

fn envelope(output: Value) -> Value {
    json!({
        "output": output, "console": [], "status": "SUCCESS", "configurationSnapshotBase64": "e30=",
        "metrics": {
            "executionTimeMs": 1.0, "compileTimeMs": 0.0, "queueTimeMs": 0.0, "fuelConsumed": 1, "peakMemoryBytes": 1,
            "bridgeCalls": 0, "scriptCacheHit": true
        }
    })
}

pub fn busy(retry_after: &'static [(&'static str, &'static str)]) -> Answer {
    let problem = json!({ "type": "/problems/busy", "title": "All sandboxes are busy", "status": 503, "detail": "the run did not start" });
    Answer::Json(503, problem, retry_after)
}
