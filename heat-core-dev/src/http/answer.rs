//! Requests to calls, and replies to responses.

use axum::body::Body;
use axum::extract::{Query, RawPathParams, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter};
use axum::{Extension, routing};
use bytes::Bytes;
use serde_json::Value;

use crate::auth::Caller;
use crate::http::{Act, App, Call};
use crate::refusal::Refusal;

impl Call {
    fn read(params: &RawPathParams, uri: &Uri, body: &Bytes, caller: Caller) -> Result<Self, Refusal> {
        let Query(query) =
            Query::try_from_uri(uri).map_err(|error| Refusal::bad(format!("the query cannot be read: {error}")))?;
        let body = if body.is_empty() { Value::Null } else { parsed(body)? };
        let path = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(Self { path, query, body, caller })
    }
}

pub(super) fn parsed<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::bad(format!("the body: {error}")))
}

/// The body of a call, as a type.
pub(super) fn typed<T: serde::de::DeserializeOwned>(body: &Value) -> Result<T, Refusal> {
    T::deserialize(body).map_err(|error| Refusal::bad(format!("the body: {error}")))
}

pub(super) fn on(method: MethodFilter, act: Act) -> MethodRouter<App> {
    let handler = async move |State(app): State<App>,
                              params: RawPathParams,
                              uri: Uri,
                              Extension(caller): Extension<Caller>,
                              body: Bytes| {
        let mut state = app.lock();
        let reply = Call::read(&params, &uri, &body, caller).and_then(|call| act(&mut state.store, &call));
        match reply {
            Ok(reply) => json(StatusCode::OK, &reply.styled(state.style)),
            Err(refusal) => refusal.into_response(),
        }
    };
    routing::on(method, handler)
}

pub(super) fn json(status: StatusCode, body: &Value) -> Response {
    let response = Response::builder().status(status).header(CONTENT_TYPE, "application/json; charset=utf-8");
    response.body(Body::from(body.to_string())).unwrap_or_default()
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        json(StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), &self.body())
    }
}

pub(super) async fn no_route(uri: Uri) -> Response {
    Refusal::absent(format!("there is no route {}", uri.path())).into_response()
}
