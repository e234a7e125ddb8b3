//! What the head of a request must say, and reading its body: all that is checked before anything is decoded.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use bytes::BytesMut;
use futures_util::StreamExt;
use url::form_urlencoded;

use super::App;
use super::problem::Problem;
use crate::metrics::Rejected;
use crate::room::Reserved;

/// The longest wait for a whole body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// What is shown of a header that is refused.
const MAX_SHOWN_CHARS: usize = 100;

/// A request whose head was checked, and its body. To be held until the request is answered: what is made of a body lives as
/// long, and is about as large.
pub(super) struct JsonBody {
    pub(super) bytes: Bytes,
    pub(super) room: Reserved,
}

impl FromRequest<App> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let max_bytes = app.http.max_body_bytes;
        accepts_json(request.headers())?;
        sends_json(request.headers())?;
        // Told before a byte of it is read; a body without a length is counted as it comes.
        let length =
            request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        if length.is_some_and(|length: usize| max_bytes < length) {
            return Err(Problem::BodyTooLarge { max_bytes });
        }
        match tokio::time::timeout(BODY_TIMEOUT, collect(request.into_body(), app)).await {
            Ok(collected) => collected,
            Err(_) => Err(Problem::BodyTooSlow { max_seconds: BODY_TIMEOUT.as_secs() }),
        }
    }
}

/// Read a whole body. Room is taken as its bytes arrive: an announced length costs its sender nothing.
async fn collect(body: Body, app: &App) -> Result<JsonBody, Problem> {
    let max_bytes = app.http.max_body_bytes;
    let no_room = || {
        app.metrics.record_rejected(Rejected::NoRoom);
        Problem::NoRoom { max_bytes: app.http.max_inflight_body_bytes }
    };
    let mut room = app.room.reserve(0).ok_or_else(no_room)?;
    let mut bytes = BytesMut::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Problem::BodyCutShort)?;
        let length = bytes.len().saturating_add(chunk.len());
        if max_bytes < length {
            return Err(Problem::BodyTooLarge { max_bytes });
        }
        room.grow(&app.room, length).ok_or_else(no_room)?;
        bytes.extend_from_slice(&chunk);
    }
    Ok(JsonBody { bytes: bytes.freeze(), room })
}

/// The form of the answer that the query asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    /// The envelope: output, console, status and metrics.
    Envelope,
    /// What a runner would store.
    Document,
}

impl As {
    const NAMES: &[&str] = &["envelope", "document"];

    /// Its name in a query.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Envelope => "envelope",
            Self::Document => "document",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        match name {
            "envelope" => Some(Self::Envelope),
            "document" => Some(Self::Document),
            _ => None,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for As {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut chosen = None;
        for (key, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            if key != "as" {
                return Err(Problem::Query(format!("unknown parameter `{}`; the path takes: as", shown(&key))));
            }
            let Some(form) = Self::from_name(&value) else {
                let (names, value) = (Self::NAMES.join(", "), shown(&value));
                return Err(Problem::Query(format!("`as` must be one of: {names}; got `{value}`")));
            };
            if chosen.replace(form).is_some() {
                return Err(Problem::Query("`as` must be given once, got it twice".to_owned()));
            }
        }
        Ok(chosen.unwrap_or(Self::Envelope))
    }
}

/// A query where none is known.
pub(super) struct NoQuery;

impl<S: Sync> FromRequestParts<S> for NoQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).next() {
            Some((key, _)) => Err(Problem::Query(format!("unknown parameter `{}`; the path takes none", shown(&key)))),
            None => Ok(Self),
        }
    }
}

/// Whether JSON may be answered: the most specific range that fits decides, and a weight of 0 means no.
fn accepts_json(headers: &HeaderMap) -> Result<(), Problem> {
    let mut ranges = list(headers, header::ACCEPT).peekable();
    if ranges.peek().is_none() {
        return Ok(());
    }
    let fitting = ranges.filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let specificity = match parts.next()?.to_ascii_lowercase().as_str() {
            "*/*" => 0,
            "application/*" => 1,
            "application/json" => 2,
            _ => return None,
        };
        let refused = parts.any(|parameter| {
            let weight = parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="));
            weight.is_some_and(|weight| weight.parse() == Ok(0.0_f32))
        });
        Some((specificity, !refused))
    });
    match fitting.max() {
        Some((_, true)) => Ok(()),
        _ => Err(Problem::NotAcceptable),
    }
}

/// Whether the body is said to be plain JSON. A request that says nothing is believed: the decoder will find out.
fn sends_json(headers: &HeaderMap) -> Result<(), Problem> {
    if let Some(encoding) =
        list(headers, header::CONTENT_ENCODING).find(|encoding| !encoding.eq_ignore_ascii_case("identity"))
    {
        return Err(Problem::UnsupportedMediaType(format!("Content-Encoding: {}", shown(encoding))));
    }
    let Some(media_type) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let text = media_type.to_str().unwrap_or("text that is not ASCII");
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    if is_json { Ok(()) } else { Err(Problem::UnsupportedMediaType(shown(text))) }
}

/// The members of a header that is a list, over all its lines.
fn list(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|member| !member.is_empty())
}

fn shown(text: &str) -> String {
    text.chars().take(MAX_SHOWN_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn accept_goes_by_the_most_specific_range() {
        for (accept, accepted) in [
            ("application/json", true),
            ("APPLICATION/JSON; q=0.5", true),
            ("*/*", true),
            ("text/html, application/*;q=0.1", true),
            ("", true),
            ("text/html", false),
            ("text/event-stream", false),
            ("application/json;q=0", false),
            ("application/json;q=0.000, */*", false),
            ("*/*;q=0, application/json", true),
        ] {
            assert_eq!(accepts_json(&headers(header::ACCEPT, accept)).is_ok(), accepted, "{accept}");
        }
        assert!(accepts_json(&HeaderMap::new()).is_ok());
    }

    #[test]
    fn bodies_are_plain_json() {
        for (media_type, taken) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/vnd.heat+json", true),
            ("application/x-www-form-urlencoded", false),
            ("text/json", false),
            ("", false),
        ] {
            assert_eq!(sends_json(&headers(header::CONTENT_TYPE, media_type)).is_ok(), taken, "{media_type}");
        }
        assert!(sends_json(&HeaderMap::new()).is_ok());
        assert!(sends_json(&headers(header::CONTENT_ENCODING, "identity")).is_ok());
        assert!(sends_json(&headers(header::CONTENT_ENCODING, "gzip")).is_err());
    }
}
