//! What is asked of Core, before it is sent.

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use reqwest::Method;
use serde::Serialize;

use super::Repeat;
use crate::Error;

/// What JavaScript's `encodeURIComponent` leaves as it is.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// What the official client leaves as it is in a query; a space becomes a plus.
const QUERY: &AsciiSet = &COMPONENT.remove(b':').remove(b'$').remove(b',').remove(b' ');

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    path: String,
    query: String,
    pub(crate) body: Option<Bytes>,
    pub(crate) repeat: Repeat,
}

impl Call {
    fn new(name: &'static str, method: Method, path: String, repeat: Repeat) -> Self {
        Self { name, method, path, query: String::new(), body: None, repeat }
    }

    /// Reading changes nothing: it may be repeated.
    pub(crate) fn get(name: &'static str, path: impl Into<String>) -> Self {
        Self::new(name, Method::GET, path.into(), Repeat::Always)
    }

    /// Creating twice makes two.
    pub(crate) fn post(name: &'static str, path: impl Into<String>) -> Self {
        Self::new(name, Method::POST, path.into(), Repeat::IfRefused)
    }

    /// Puts a thing into a state; doing so twice leaves it in that state.
    pub(crate) fn put(name: &'static str, path: impl Into<String>) -> Self {
        Self::new(name, Method::PUT, path.into(), Repeat::Always)
    }

    /// Core's patches name new values, never differences: as `put`.
    pub(crate) fn patch(name: &'static str, path: impl Into<String>) -> Self {
        Self::new(name, Method::PATCH, path.into(), Repeat::Always)
    }

    /// What is gone stays gone.
    pub(crate) fn delete(name: &'static str, path: impl Into<String>) -> Self {
        Self::new(name, Method::DELETE, path.into(), Repeat::Always)
    }

    pub(crate) fn body(mut self, body: &impl Serialize) -> Result<Self, Error> {
        let bytes = serde_json::to_vec(body).map_err(|error| Error::Argument {
            call: self.name,
            argument: "body",
            value: error.to_string(),
        })?;
        self.body = Some(bytes.into());
        Ok(self)
    }

    pub(crate) fn query(mut self, name: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.query.push(if self.query.is_empty() { '?' } else { '&' });
            self.query.push_str(name);
            self.query.push('=');
            self.query.push_str(&utf8_percent_encode(value, QUERY).to_string().replace(' ', "+"));
        }
        self
    }

    pub(crate) fn repeat(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }

    /// Path and query.
    pub(crate) fn target(&self) -> String {
        format!("{}{}", self.path, self.query)
    }

    pub(crate) fn method_name(&self) -> &'static str {
        match self.method {
            Method::POST => "POST",
            Method::PUT => "PUT",
            Method::PATCH => "PATCH",
            Method::DELETE => "DELETE",
            _ => "GET",
        }
    }
}

/// A caller's text as one segment of a path. An empty one, or dots, would name another resource (`DELETE /api/sessions/`).
pub(crate) fn segment<'a>(
    call: &'static str,
    argument: &'static str,
    text: &'a str,
) -> Result<PercentEncode<'a>, Error> {
    if matches!(text, "" | "." | "..") {
        return Err(Error::Argument { call, argument, value: text.to_owned() });
    }
    Ok(utf8_percent_encode(text, COMPONENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_within_their_segment() {
        for (text, encoded) in [
            ("a.b/c d", Some("a.b%2Fc%20d")),
            ("3f0c-1!~*'()_", Some("3f0c-1!~*'()_")),
            ("ä?#&%", Some("%C3%A4%3F%23%26%25")),
            ("...", Some("...")),
            ("..", None),
            (".", None),
            ("", None),
        ] {
            assert_eq!(segment("c", "a", text).ok().map(|segment| segment.to_string()).as_deref(), encoded, "{text}");
        }
    }

    #[test]
    fn queries_are_written_as_the_official_client_writes_them() {
        let call = Call::get("c", "/p")
            .query("a", Some("x y&z=ü"))
            .query("b", None)
            .query("from", Some("2026-01-02T03:04:05Z"));
        assert_eq!(call.target(), "/p?a=x+y%26z%3D%C3%BC&from=2026-01-02T03:04:05Z");
    }
}
