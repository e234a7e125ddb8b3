//! What happens to every request before and after its action: it is logged, it may have a fault on order, it may need a
//! token. What goes to `/__dev` passes untouched.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde_json::Value;
use tokio::sync::Notify;

use crate::auth::Caller;
use crate::faults::{Failure, Fault};
use crate::http::{App, answer};
use crate::log::LoggedRequest;
use crate::refusal::Refusal;

/// More than any configuration a node could have.
const MAX_BODY_BYTES: usize = 64 << 20;

/// Long enough for what was written to leave the machine's buffers before the connection is cut.
const BEFORE_CUT: Duration = Duration::from_millis(20);

/// Closes the connection a request came on, without an answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Hangup(pub(super) Arc<Notify>);

impl Hangup {
    async fn now(self) -> Infallible {
        self.0.notify_one();
        pending().await
    }
}

pub(super) async fn around(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/__dev/") {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let hangup = parts.extensions.get::<Hangup>().cloned().unwrap_or_default();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return Refusal::bad("the body broke off, or has more than 64 MiB").into_response();
    };
    let header =
        |name: HeaderName| parts.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let (sequence, fault, caller) = {
        let mut state = app.lock();
        let fault = state.faults.take(parts.method.as_str(), parts.uri.path());
        let logged = LoggedRequest {
            sequence: 0,
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            authorization: header(AUTHORIZATION),
            content_type: header(CONTENT_TYPE),
            body: logged_body(&body),
            status: None,
            faulted: fault.is_some(),
        };
        (state.log.push(logged), fault, state.auth.caller(&parts.headers))
    };
    let act = async move {
        match caller {
            Err(refusal) if parts.uri.path().starts_with("/api/") => refusal.into_response(),
            caller => {
                let mut request = Request::from_parts(parts, Body::from(body));
                // What a Core is, it tells anybody.
                request.extensions_mut().insert(caller.unwrap_or(Caller::External));
                next.run(request).await
            }
        }
    };
    let response = match fault {
        None => act.await,
        Some(fault) => fail(fault, act, hangup).await,
    };
    app.lock().log.answered(sequence, response.status().as_u16());
    response
}

fn logged_body(body: &Bytes) -> Option<Value> {
    if body.is_empty() {
        return None;
    }
    let text = || Value::String(String::from_utf8_lossy(body).into_owned());
    Some(serde_json::from_slice(body).unwrap_or_else(|_| text()))
}

async fn fail(fault: Fault, act: impl Future<Output = Response>, hangup: Hangup) -> Response {
    match fault.failure {
        Failure::Delay { delay_ms } if !fault.applied => {
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
            return act.await;
        }
        Failure::DropAfterHeaders => return cut(act.await, |_| 0).await,
        Failure::DropMidBody => return cut(act.await, |length| length / 2).await,
        _ => {}
    }
    let real = if fault.applied { Some(act.await) } else { None };
    match fault.failure {
        Failure::Status { status, retry_after_s } => {
            let message = format!("status {status}, as ordered");
            let mut response = Refusal { status, message }.into_response();
            if let Some(retry_after_s) = retry_after_s {
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_after_s));
            }
            response
        }
        Failure::NotJson => (StatusCode::OK, "<html>a proxy speaks</html>").into_response(),
        Failure::Hang => match pending::<Infallible>().await {},
        Failure::Drop => match hangup.now().await {},
        Failure::Delay { delay_ms } => {
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
            real.unwrap_or_default()
        }
        Failure::DropAfterHeaders | Failure::DropMidBody => real.unwrap_or_default(),
    }
}

/// The response, of whose body only some bytes come, and then an end of the connection.
async fn cut(response: Response, kept: impl FnOnce(usize) -> usize) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return answer::json(StatusCode::INTERNAL_SERVER_ERROR, &Value::Null);
    };
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    let first = body.slice(..kept(body.len()));
    let first = (!first.is_empty()).then_some(Ok(first));
    let end = stream::once(async {
        tokio::time::sleep(BEFORE_CUT).await;
        Err(io::Error::other("cut off, as ordered"))
    });
    Response::from_parts(parts, Body::from_stream(stream::iter(first).chain(end)))
}
