//! Connections and requests.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::fault::Fault;
use crate::refusal::Refusal;
use crate::{Asked, Shared, TOKEN, exec, lock};

pub(crate) type Body = UnsyncBoxBody<Bytes, Hangup>;
type Answer = Result<Response<Body>, Hangup>;

/// The connection is to end here.
#[derive(Debug)]
pub(crate) struct Hangup;

impl std::fmt::Display for Hangup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection ends here")
    }
}

impl std::error::Error for Hangup {}

impl From<Infallible> for Hangup {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let shared = Arc::clone(&shared);
                let service = service_fn(move |request| answer(Arc::clone(&shared), request));
                // A client that breaks off is no fault of ours.
                connections.spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades());
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Answer {
    let bearer = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    if bearer.and_then(|bearer| bearer.strip_prefix("Bearer ")) != Some(TOKEN) {
        return Ok(refused(&Refusal::new(401, "Unauthorized", "Unauthorized")));
    }
    let Some(asked) = understand(&request) else {
        return Ok(text(StatusCode::NOT_FOUND, "text/plain", "404 page not found\n".to_owned()));
    };
    lock(&shared.journal).push(asked.clone());
    // Not held while waiting.
    let (gate, fault) = {
        let mut faults = lock(&shared.faults);
        (faults.gate(), faults.take(&asked.resource))
    };
    if let Some(gate) = gate {
        gate.wait().await;
    }
    match fault {
        Some(Fault::Slow(time)) => tokio::time::sleep(time).await,
        Some(fault) => return faulty(fault, &shared, &asked),
        None => {}
    }
    let may = lock(&shared.policy).clone();
    if !may(&asked) {
        return Ok(refused(&Refusal::forbidden(&asked)));
    }
    if asked.verb == "create" {
        return Ok(exec::exec(&shared, &asked, request).unwrap_or_else(|refusal| refused(&refusal)));
    }
    Ok(match found(&shared, &asked) {
        Ok(json) => text(StatusCode::OK, "application/json", json),
        Err(refusal) => refused(&refusal),
    })
}

/// `/api/v1/…` and `/apis/{group}/{version}/…`, with or without a namespace.
fn understand(request: &Request<Incoming>) -> Option<Asked> {
    if request.method() != Method::GET {
        return None;
    }
    let path = request.uri().path();
    let mut parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    let group = match *parts.first()? {
        "api" => String::new(),
        "apis" if 2 < parts.len() => parts.remove(1).to_owned(),
        _ => return None,
    };
    let rest = parts.get(2..)?;
    let (namespace, rest) = match rest {
        // A namespace itself is found below no other.
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some((*namespace).to_owned()), rest),
        rest => (None, rest),
    };
    let (verb, resource, name) = match rest {
        [resource] => ("list", (*resource).to_owned(), None),
        [resource, name] => ("get", (*resource).to_owned(), Some((*name).to_owned())),
        ["pods", name, "exec"] => ("create", "pods/exec".to_owned(), Some((*name).to_owned())),
        _ => return None,
    };
    let query = url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes());
    Some(Asked { verb, group, resource, namespace, name, query: query.into_owned().collect() })
}

fn found(shared: &Shared, asked: &Asked) -> Result<String, Refusal> {
    let store = lock(&shared.store);
    if asked.group == "metrics.k8s.io" {
        let metrics = store.pod_metrics.get(asked.namespace.as_deref().unwrap_or_default());
        let missing =
            || Refusal::new(503, "ServiceUnavailable", "the server is currently unable to handle the request");
        return metrics.cloned().ok_or_else(missing);
    }
    match asked.name {
        Some(_) => store.get(asked).map(|object| object.to_string()),
        None => store.list(asked),
    }
}

fn faulty(fault: Fault, shared: &Shared, asked: &Asked) -> Answer {
    let status = |code| StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Ok(match fault {
        Fault::Busy(seconds) => {
            let refusal = Refusal::new(429, "TooManyRequests", "Too many requests, please try again later.");
            let mut answer = refused(&refusal);
            if let Some(seconds) = seconds {
                answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
            answer
        }
        Fault::Status(code, reason, message) => refused(&Refusal::new(code, reason, message)),
        Fault::Page(code, page) => text(status(code), "text/html", page),
        Fault::Expired => refused(&Refusal::expired()),
        Fault::Garbage(garbage) => text(StatusCode::OK, "application/json", garbage),
        Fault::Hangup => return Err(Hangup),
        Fault::Cut => {
            let json = found(shared, asked).unwrap_or_default();
            let half = Bytes::copy_from_slice(json.as_bytes().get(..json.len() / 2).unwrap_or_default());
            let frames = stream::iter([Ok(Frame::data(half)), Err(Hangup)]);
            Response::new(StreamBody::new(frames).boxed_unsync())
        }
        // It was waited for already.
        Fault::Slow(_) => text(StatusCode::OK, "application/json", String::new()),
    })
}

pub(crate) fn refused(refusal: &Refusal) -> Response<Body> {
    let status = StatusCode::from_u16(refusal.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    text(status, "application/json", serde_json::to_string(&refusal.status()).unwrap_or_default())
}

fn text(status: StatusCode, content_type: &'static str, body: String) -> Response<Body> {
    let mut answer = Response::new(Full::from(body).map_err(Hangup::from).boxed_unsync());
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}
