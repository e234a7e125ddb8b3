//! What the head of a request must say, and reading its body: all that is checked before anything is decoded.

use std::sync::Arc;
use std::time::Duration;

use arbex_room::Reserved;
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
use crate::profile::Format;

/// The longest wait for a whole body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// What is shown of a header that is refused.
const MAX_SHOWN_CHARS: usize = 100;

/// A request whose head was checked, and its body. Its room is to be held until the request is answered, because what is made of
/// a body lives as long, and is about as large; and by all that works on the body, also when nobody waits for that any more.
#[derive(Clone)]
pub(super) struct JsonBody {
    pub(super) bytes: Bytes,
    pub(super) room: Arc<Reserved>,
}

impl FromRequest<App> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let max_bytes = app.http.max_body_bytes;
        let answers = request.extensions().get::<Answers>().map_or(JSON, |Answers(media_type)| media_type);
        accepts(request.headers(), answers)?;
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
    Ok(JsonBody { bytes: bytes.freeze(), room: Arc::new(room) })
}

const JSON: &str = "application/json";

/// The media type of the answer, where a query chose another than JSON.
#[derive(Clone, Copy)]
struct Answers(&'static str);

/// The form of the answer that the query asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The envelope: output, console, status and metrics.
    Envelope,
    /// What a runner would store.
    Document,
    /// A file of the run's profile.
    Profile(Format),
}

impl Form {
    /// Name and value of its parameter in a query.
    pub(super) fn parameter(self) -> (&'static str, &'static str) {
        match self {
            Self::Envelope => ("as", "envelope"),
            Self::Document => ("as", "document"),
            Self::Profile(format) => ("profile", format.name()),
        }
    }

    /// The form that a parameter names; `None`: no such parameter.
    fn named(key: &str, value: &str) -> Option<Result<Self, String>> {
        let (form, names) = match key {
            "as" => {
                let form = match value {
                    "envelope" => Some(Self::Envelope),
                    "document" => Some(Self::Document),
                    _ => None,
                };
                (form, "envelope, document".to_owned())
            }
            "profile" => (Format::from_name(value).map(Self::Profile), Format::ALL.map(Format::name).join(", ")),
            _ => return None,
        };
        Some(form.ok_or_else(|| format!("`{key}` must be one of: {names}; got `{}`", shown(value))))
    }
}

impl<S: Sync> FromRequestParts<S> for Form {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut chosen = None;
        for (key, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            let Some(form) = Self::named(&key, &value) else {
                let fault = format!("unknown parameter `{}`; the path takes: as, profile", shown(&key));
                return Err(Problem::Query(fault));
            };
            let form = form.map_err(Problem::Query)?;
            match chosen.replace((key.clone(), form)) {
                Some((before, _)) if before == key => {
                    return Err(Problem::Query(format!("`{key}` must be given once, got it twice")));
                }
                Some(_) => {
                    let fault = "`as` and `profile` each choose the answer; give one of them".to_owned();
                    return Err(Problem::Query(fault));
                }
                None => {}
            }
        }
        let form = chosen.map_or(Self::Envelope, |(_, form)| form);
        if let Self::Profile(format) = form {
            parts.extensions.insert(Answers(format.media_type()));
        }
        Ok(form)
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

/// Whether that media type may be answered: the most specific range that fits decides, and a weight of 0 means no.
fn accepts(headers: &HeaderMap, media_type: &'static str) -> Result<(), Problem> {
    let mut ranges = list(headers, header::ACCEPT).peekable();
    if ranges.peek().is_none() {
        return Ok(());
    }
    let essence = media_type.split(';').next().unwrap_or(media_type);
    let family = essence.split('/').next().unwrap_or(essence);
    let fitting = ranges.filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next()?.to_ascii_lowercase();
        let specificity = if named == "*/*" {
            0
        } else if named.strip_suffix("/*") == Some(family) {
            1
        } else if named == essence {
            2
        } else {
            return None;
        };
        let refused = parts.any(|parameter| {
            let weight = parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="));
            weight.is_some_and(|weight| weight.parse() == Ok(0.0_f32))
        });
        Some((specificity, !refused))
    });
    match fitting.max() {
        Some((_, true)) => Ok(()),
        _ => Err(Problem::NotAcceptable(essence)),
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
            assert_eq!(accepts(&headers(header::ACCEPT, accept), JSON).is_ok(), accepted, "{accept}");
        }
        assert!(accepts(&HeaderMap::new(), JSON).is_ok());
        let svg = Format::Svg.media_type();
        for (accept, accepted) in [("image/svg+xml", true), ("image/*", true), ("*/*", true), (JSON, false)] {
            assert_eq!(accepts(&headers(header::ACCEPT, accept), svg).is_ok(), accepted, "{accept}");
        }
        assert!(accepts(&headers(header::ACCEPT, "text/plain"), Format::Collapsed.media_type()).is_ok());
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
