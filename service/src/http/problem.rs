//! Every answer that is not a run: the one table of them, as `application/problem+json` (RFC 9457).
//!
//! What goes wrong becomes a [`Problem`] where it is noticed, and an answer here. An answer has no side effects: the cause
//! of a defect travels in the response's extensions to `observe.rs`, which logs it.

use std::collections::BTreeMap;

use arbex_api::{Fault, Problem as Body};
use axum::Json;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use utoipa::IntoResponses;
use utoipa::openapi::{self, RefOr, example::Example, header::Header, schema};

use super::authentication::Unrecognised;
use crate::call::Rejection;
use crate::caller::Capability;
use crate::sandbox::SandboxError;

/// The media type of every problem.
pub(super) const MEDIA_TYPE: &str = "application/problem+json";

/// A slot becomes free within a run's time, and another instance is usually free at once.
const RETRY_AFTER_SECONDS: u32 = 1;

/// What may be wrong with a request, or with us.
#[derive(Debug)]
pub(super) enum Problem {
    MalformedJson { message: String, line: usize, column: usize },
    Unauthorized(Unrecognised),
    Forbidden(Capability),
    ForeignPage,
    Query(String),
    IdempotencyKey(String),
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    NotFound,
    NoSuchExample,
    MethodNotAllowed(Method),
    NotAcceptable(&'static str),
    BodyTooSlow { max_seconds: u64 },
    BodyCutShort,
    BodyTooLarge { max_bytes: usize },
    UnsupportedMediaType(String),
    Invalid(Vec<Fault>),
    Busy(String),
    NoRoom { max_bytes: usize },
    Draining,
    Stopped,
    Internal { cause: String },
}

/// Why an answer is a 500: for the log only.
#[derive(Debug, Clone)]
pub(super) struct Cause(pub String);

/// Status, last part of the type, and title: the same for each problem of that kind.
struct Kind(StatusCode, &'static str, &'static str);

impl Problem {
    fn kind(&self) -> Kind {
        use StatusCode as S;
        match self {
            Self::MalformedJson { .. } => Kind(S::BAD_REQUEST, "malformed-json", "The body is not JSON"),
            Self::Query(_) => Kind(S::BAD_REQUEST, "invalid-query", "The query of the URL is not valid"),
            Self::Unauthorized(_) => Kind(S::UNAUTHORIZED, "unauthorized", "The caller is not known"),
            Self::Forbidden(_) => Kind(S::FORBIDDEN, "forbidden", "The caller may not do this"),
            Self::ForeignPage => Kind(S::FORBIDDEN, "foreign-page", "A page of another site may not do this"),
            Self::IdempotencyKey(_) => {
                Kind(S::BAD_REQUEST, "invalid-idempotency-key", "The Idempotency-Key is not valid")
            }
            Self::IdempotencyKeyInUse => {
                Kind(S::CONFLICT, "idempotency-key-in-use", "The first call with this Idempotency-Key is under way")
            }
            Self::IdempotencyKeyReused => Kind(
                S::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "The Idempotency-Key belongs to another request",
            ),
            Self::BodyCutShort => Kind(S::BAD_REQUEST, "body-cut-short", "The body ended early"),
            Self::NotFound => Kind(S::NOT_FOUND, "not-found", "Nothing is served here"),
            Self::NoSuchExample => Kind(S::NOT_FOUND, "no-such-example", "There is no such example"),
            Self::MethodNotAllowed(_) => {
                Kind(S::METHOD_NOT_ALLOWED, "method-not-allowed", "The path does not take this method")
            }
            Self::NotAcceptable(_) => {
                Kind(S::NOT_ACCEPTABLE, "not-acceptable", "The answer is not of an accepted media type")
            }
            Self::BodyTooSlow { .. } => Kind(S::REQUEST_TIMEOUT, "body-too-slow", "The body did not arrive in time"),
            Self::BodyTooLarge { .. } => Kind(S::PAYLOAD_TOO_LARGE, "body-too-large", "The body is too large"),
            Self::UnsupportedMediaType(_) => {
                Kind(S::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The body is not sent as JSON")
            }
            Self::Invalid(_) => {
                Kind(S::UNPROCESSABLE_ENTITY, "invalid-request", "The request is well-formed but invalid")
            }
            Self::Busy(_) => Kind(S::SERVICE_UNAVAILABLE, "busy", "All sandboxes are busy"),
            Self::NoRoom { .. } => Kind(S::SERVICE_UNAVAILABLE, "no-room", "There is no room for the body now"),
            Self::Draining => Kind(S::SERVICE_UNAVAILABLE, "draining", "The service is stopping"),
            Self::Stopped => Kind(S::SERVICE_UNAVAILABLE, "stopped", "The service stopped during the run"),
            Self::Internal { .. } => Kind(S::INTERNAL_SERVER_ERROR, "internal", "The service failed"),
        }
    }

    /// What happened this time, and what to do about it.
    fn detail(&self) -> String {
        match self {
            Self::MalformedJson { message, line, column } => format!("line {line}, column {column}: {message}"),
            Self::Query(fault) => fault.clone(),
            Self::Unauthorized(Unrecognised::Missing) => {
                "a token is needed; send `Authorization: Bearer` and the token that the operator gave you".to_owned()
            }
            Self::Unauthorized(Unrecognised::Malformed) => {
                "the header Authorization must be sent once, and be `Bearer`, a space and one token".to_owned()
            }
            Self::Unauthorized(Unrecognised::Wrong) => {
                "the token is not one of this service, or not any more; ask the operator for another".to_owned()
            }
            Self::Forbidden(capability) => {
                let name = capability.as_str();
                format!("this needs the capability `{name}`, which the operator has not given to this caller")
            }
            Self::ForeignPage => {
                "a browser sent this for a page of another site, and without a token nobody knows whether you want that; \
                 give the service a list of tokens (--tokens-file, see docs/callers.md), and send one of them"
                    .to_owned()
            }
            Self::IdempotencyKey(fault) => format!("the header Idempotency-Key {fault}"),
            Self::IdempotencyKeyInUse => {
                "nothing was run for this call; send it again, with the same key, to have the \
                 answer of the first one, or to be run when nothing came of that"
                    .to_owned()
            }
            Self::IdempotencyKeyReused => {
                "nothing was run: the key came before with another body, or another query. Send a \
                 new key with a new request; with the key of an old one, send exactly its bytes"
                    .to_owned()
            }
            Self::BodyCutShort => "the connection broke before the whole body arrived; send it again".to_owned(),
            Self::NotFound => "GET /docs shows everything that is served".to_owned(),
            Self::NoSuchExample => "GET /sdk/examples lists them all".to_owned(),
            Self::MethodNotAllowed(method) => format!("got {method}; the Allow header lists what the path takes"),
            Self::NotAcceptable(media_type) => {
                format!("the answer is {media_type}; send `Accept: {media_type}`, or no Accept header at all")
            }
            Self::BodyTooSlow { max_seconds } => format!("the whole body must arrive within {max_seconds} seconds"),
            Self::BodyTooLarge { max_bytes } => format!(
                "the body must be at most {max_bytes} bytes long (the operator's --max-body-mb); send smaller inputs"
            ),
            Self::UnsupportedMediaType(got) => {
                format!("got {got}; send plain JSON with `Content-Type: application/json` (curl -d alone sends a form)")
            }
            Self::Invalid(faults) => match faults.len() {
                1 => "1 fault, see errors".to_owned(),
                count => format!("{count} faults, see errors"),
            },
            Self::Busy(why) => format!("{why}; the run did not start and may be retried"),
            Self::NoRoom { max_bytes } => format!(
                "the bodies of requests under way may be {max_bytes} bytes long together (the operator's \
                 --max-inflight-body-mb), and this one does not fit beside them; nothing was run, and it may be retried"
            ),
            Self::Draining => "the service takes no more calls; the run did not start and may be retried".to_owned(),
            Self::Stopped => {
                "the run took longer than the service could wait and was ended; it may be retried".to_owned()
            }
            Self::Internal { .. } => {
                "a defect of the service; its log has the cause under this answer's X-Request-Id".to_owned()
            }
        }
    }

    fn may_be_retried(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::NoRoom { .. } | Self::Draining | Self::Stopped | Self::IdempotencyKeyInUse)
    }

    /// What RFC 6750 (section 3) has a server ask for.
    const fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::Unauthorized(Unrecognised::Missing) => Some("Bearer realm=\"arbex\""),
            Self::Unauthorized(Unrecognised::Malformed) => Some("Bearer realm=\"arbex\", error=\"invalid_request\""),
            Self::Unauthorized(Unrecognised::Wrong) => Some("Bearer realm=\"arbex\", error=\"invalid_token\""),
            Self::Forbidden(_) => Some("Bearer realm=\"arbex\", error=\"insufficient_scope\""),
            _ => None,
        }
    }

    fn into_parts(self) -> (Body, StatusCode, bool, Option<Cause>) {
        let Kind(status, kind, title) = self.kind();
        let (detail, retry) = (self.detail(), self.may_be_retried());
        let (errors, cause) = match self {
            Self::Invalid(faults) => (faults, None),
            Self::Internal { cause } => (Vec::new(), Some(Cause(cause))),
            _ => (Vec::new(), None),
        };
        let r#type = format!("/problems/{kind}");
        (Body { r#type, title: title.to_owned(), status: status.as_u16(), detail, errors }, status, retry, cause)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let challenge = self.challenge();
        let (body, status, retry, cause) = self.into_parts();
        let mut response = (status, Json(body)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some(challenge) = challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if retry {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER_SECONDS.into());
        }
        if let Some(cause) = cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Malformed { message, line, column } => Self::MalformedJson { message, line, column },
            Rejection::Invalid(faults) => Self::Invalid(faults),
        }
    }
}

impl From<SandboxError> for Problem {
    fn from(error: SandboxError) -> Self {
        match error {
            SandboxError::Busy(busy) => Self::Busy(busy.to_string()),
            SandboxError::Internal(cause) => Self::Internal { cause },
        }
    }
}

/// The problems of a call with a body, for the OpenAPI document.
pub(super) struct CallProblems;

impl IntoResponses for CallProblems {
    fn responses() -> BTreeMap<String, RefOr<openapi::Response>> {
        document(of_calls())
    }
}

/// Those, and what `Idempotency-Key` brings.
pub(super) struct ExecuteProblems;

impl IntoResponses for ExecuteProblems {
    fn responses() -> BTreeMap<String, RefOr<openapi::Response>> {
        document(of_calls().into_iter().chain([
            Problem::IdempotencyKey("must be 1 to 255 characters long, got 0".to_owned()),
            Problem::IdempotencyKeyInUse,
            Problem::IdempotencyKeyReused,
        ]))
    }
}

/// The problems of a route that not everybody may use.
pub(super) struct GuardProblems;

impl IntoResponses for GuardProblems {
    fn responses() -> BTreeMap<String, RefOr<openapi::Response>> {
        document([
            Problem::Unauthorized(Unrecognised::Missing),
            Problem::Forbidden(Capability::Admin),
            Problem::ForeignPage,
        ])
    }
}

fn of_calls() -> Vec<Problem> {
    vec![
        Problem::Unauthorized(Unrecognised::Wrong),
        Problem::Forbidden(Capability::Execute),
        Problem::ForeignPage,
        Problem::MalformedJson { message: "expected `,` or `}`".to_owned(), line: 3, column: 14 },
        Problem::Query("unknown parameter `ass`; the path takes: as".to_owned()),
        Problem::BodyCutShort,
        Problem::NotAcceptable("application/json"),
        Problem::BodyTooSlow { max_seconds: 30 },
        Problem::BodyTooLarge { max_bytes: 67_108_864 },
        Problem::UnsupportedMediaType("application/x-www-form-urlencoded".to_owned()),
        Problem::Invalid(vec![Fault {
            pointer: "/configuration/maxMemoryMb".to_owned(),
            message: "must be an integer from 16 to 640 (MiB), got 2048".to_owned(),
        }]),
        Problem::Busy("all 8 sandboxes stayed busy for 5000 ms".to_owned()),
        Problem::NoRoom { max_bytes: 536_870_912 },
        Problem::Draining,
        Problem::Stopped,
        Problem::Internal { cause: String::new() },
    ]
}

/// One response a status, with an example for each problem that has it.
fn document(problems: impl IntoIterator<Item = Problem>) -> BTreeMap<String, RefOr<openapi::Response>> {
    let mut by_status = BTreeMap::<u16, Vec<(Body, bool)>>::new();
    for problem in problems {
        let (body, status, retry, _) = problem.into_parts();
        by_status.entry(status.as_u16()).or_default().push((body, retry));
    }
    by_status.into_iter().map(|(status, bodies)| (status.to_string(), response(&bodies).into())).collect()
}

fn response(bodies: &[(Body, bool)]) -> openapi::Response {
    let titles: Vec<_> = bodies.iter().map(|(body, _)| body.title.as_str()).collect();
    let examples = bodies.iter().map(|(body, _)| {
        let name = body.r#type.trim_start_matches("/problems/").to_owned();
        (name, Example::builder().summary(&body.title).value(serde_json::to_value(body).ok()).build())
    });
    let content = openapi::ContentBuilder::new()
        .schema(Some(openapi::Ref::from_schema_name("Problem")))
        .examples_from_iter(examples)
        .build();
    let mut response = openapi::ResponseBuilder::new().description(titles.join("; ")).content(MEDIA_TYPE, content);
    if bodies.iter().any(|(body, _)| matches!(body.status, 401 | 403)) {
        let mut challenge = Header::new(schema::Object::with_type(schema::Type::String));
        challenge.description = Some("`Bearer`, and why (RFC 6750)".to_owned());
        response = response.header("WWW-Authenticate", challenge);
    }
    if !bodies.iter().any(|(_, retry)| *retry) {
        return response.build();
    }
    let mut retry_after = Header::new(schema::Object::with_type(schema::Type::Integer));
    retry_after.description = Some("Seconds after which to try again".to_owned());
    response.header("Retry-After", retry_after).build()
}
