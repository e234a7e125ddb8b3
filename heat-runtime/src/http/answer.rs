//! Core's answers: wrapped as `{ status, message, template }` or bare, in camelCase or PascalCase.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::Error;
use crate::error::Request;

/// Characters of Core's own words that an error keeps.
const MAX_MESSAGE_CHARS: usize = 500;

/// A 2xx answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) request: Request,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Bytes,
}

impl Answer {
    /// One object, wrapped or bare.
    pub(crate) fn one<T: DeserializeOwned>(self) -> Result<T, Error> {
        match self.payload()? {
            Payload::Json(text) if text.starts_with('{') => self.typed(text),
            Payload::Json(text) => Err(self.unexpected(format!("an object was expected, not {}", kind(text)))),
            Payload::Nothing(message) => Err(self.unexpected(nothing(message))),
        }
    }

    /// One object, or nothing: Core need not say anything to a change of state.
    pub(crate) fn one_or_default<T: DeserializeOwned + Default>(self) -> Result<T, Error> {
        match self.payload()? {
            Payload::Json(text) if text.starts_with('{') => self.typed(text),
            _ => Ok(T::default()),
        }
    }

    /// A list, wrapped or bare. Where the wrapping holds none, the list is empty, as the official client has it.
    pub(crate) fn list<T: DeserializeOwned>(self) -> Result<Vec<T>, Error> {
        match self.payload()? {
            Payload::Json(text) if text.starts_with('[') => self.typed(text),
            Payload::Json("null") => Ok(Vec::new()),
            Payload::Json(text) => Err(self.unexpected(format!("a list was expected, not {}", kind(text)))),
            Payload::Nothing(message) => {
                tracing::warn!(
                    call = self.request.call,
                    message,
                    "core answered without a list; taken as an empty one"
                );
                Ok(Vec::new())
            }
        }
    }

    /// A document whose members are the user's: unwrapped only when it can be nothing but wrapped.
    pub(crate) fn document(self) -> Value {
        match lenient(&self.body) {
            Value::Object(mut object) if is_envelope(&object) => object.remove("template").unwrap_or_default(),
            other => other,
        }
    }

    /// What came, untouched: JSON where it is JSON, else a string; null for an empty body.
    pub(crate) fn untouched(self) -> Value {
        lenient(&self.body)
    }

    /// Takes the payload out of `{ status, message, template }`. None of Core's objects has a `template` of its own, and all but the
    /// wrapping have an `id`, so an object with the one and without the other is a wrapping. No content is null; else it must be JSON.
    fn payload(&self) -> Result<Payload<'_>, Error> {
        if self.body.trim_ascii().is_empty() {
            return Ok(Payload::Json("null"));
        }
        let not_json = |error: serde_json::Error| self.unexpected(format!("not JSON: {error}"));
        // As text: most of an answer is many times larger than what is wanted of it, and much of that is nested.
        let text = serde_json::from_slice::<&RawValue>(&self.body).map_err(not_json)?.get();
        if !text.starts_with('{') {
            return Ok(Payload::Json(text));
        }
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).map_err(not_json)?;
        let member =
            |camel: &str, pascal: &str| members.get(camel).or_else(|| members.get(pascal)).map(|raw| raw.get());
        if members.contains_key("id") || members.contains_key("Id") {
            return Ok(Payload::Json(text));
        }
        let message = || member("message", "Message").and_then(|raw| serde_json::from_str(raw).ok());
        Ok(match member("template", "Template") {
            Some(template) if template.starts_with(['{', '[']) => Payload::Json(template),
            Some(_) => Payload::Nothing(message()),
            None => {
                let wrapping = member("status", "Status").is_some_and(|status| matches!(status, "true" | "false"));
                if wrapping && only(members.keys(), &["status", "message"]) {
                    Payload::Nothing(message())
                } else {
                    Payload::Json(text)
                }
            }
        })
    }

    fn typed<T: DeserializeOwned>(&self, text: &str) -> Result<T, Error> {
        serde_json::from_str(text).map_err(|error| self.unexpected(error.to_string()))
    }

    fn unexpected(&self, reason: String) -> Error {
        Error::Decode { request: self.request.clone(), reason }
    }
}

enum Payload<'a> {
    /// Valid JSON.
    Json(&'a str),
    /// A wrapping with nothing inside, and its message.
    Nothing(Option<String>),
}

fn is_envelope(object: &Map<String, Value>) -> bool {
    object.get("status").is_some_and(Value::is_boolean)
        && object.get("template").is_some_and(|template| template.is_object() || template.is_array())
        && only(object.keys(), &["status", "message", "template"])
}

fn only<'a>(mut keys: impl Iterator<Item = &'a String>, names: &[&str]) -> bool {
    keys.all(|key| names.iter().any(|name| name.eq_ignore_ascii_case(key)))
}

fn nothing(message: Option<String>) -> String {
    match message {
        Some(message) => format!("the answer holds no object; Core says: {}", clipped(&message)),
        None => "the answer holds no object".to_owned(),
    }
}

/// What valid JSON is, by how it begins.
fn kind(text: &str) -> &'static str {
    match text.bytes().next() {
        Some(b'n') => "nothing",
        Some(b't' | b'f') => "a boolean",
        Some(b'"') => "a string",
        Some(b'[') => "a list",
        Some(b'{') => "an object",
        _ => "a number",
    }
}

fn lenient(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned()))
}

/// What a body of an error says: the `message` of its JSON (or what problem documents call it), else its text.
pub(crate) fn message(body: &[u8]) -> Option<String> {
    let body = body.trim_ascii();
    let said = match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => {
            let names = ["message", "Message", "detail", "title", "error"];
            names.iter().find_map(|name| object.get(*name)?.as_str())?.to_owned()
        }
        Ok(Value::String(text)) => text,
        // Markup of some proxy tells nobody anything.
        _ if body.starts_with(b"<") => return None,
        _ => String::from_utf8_lossy(body.get(..4 * MAX_MESSAGE_CHARS).unwrap_or(body)).into_owned(),
    };
    let said = said.trim();
    (!said.is_empty()).then(|| clipped(said))
}

fn clipped(text: &str) -> String {
    match text.char_indices().nth(MAX_MESSAGE_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Session;

    fn answer(body: &str) -> Answer {
        let request = Request { call: "c", method: "GET", path: "/".to_owned() };
        Answer { request, content_type: None, body: Bytes::copy_from_slice(body.as_bytes()) }
    }

    #[test]
    fn one_object_comes_wrapped_or_bare() {
        for body in [
            r#"{"id":"a","name":"n"}"#,
            r#"{"Id":"a","Name":"n"}"#,
            r#"{"status":true,"message":"ok","template":{"id":"a","name":"n"}}"#,
            r#"{"Status":true,"Message":null,"Template":{"Id":"a","Name":"n"}}"#,
            r#"{"template":{"id":"a","name":"n"}}"#,
            r#"{"id":"a","name":"n","template":{"id":"b"}}"#,
        ] {
            let session: Session = answer(body).one().expect(body);
            assert_eq!((session.id.as_deref(), session.name.as_str()), (Some("a"), "n"), "{body}");
        }
        for (body, reason) in [
            (r#"{"status":false,"message":"no such session"}"#, "no such session"),
            (r#"{"status":false,"message":"gone","template":null}"#, "gone"),
            ("[]", "an object was expected, not a list"),
            ("", "an object was expected, not nothing"),
            ("<html>", "not JSON"),
            (r#"{"id":"a","name":7}"#, "invalid type"),
        ] {
            let error = answer(body).one::<Session>().expect_err(body).to_string();
            assert!(error.contains(reason), "{body}: {error}");
        }
    }

    #[test]
    fn lists_come_wrapped_or_bare() {
        for (body, length) in [
            (r#"[{"id":"a"}]"#, 1),
            (r#"{"status":true,"template":[{"id":"a"},{}]}"#, 2),
            (r#"{"Status":true,"Template":[{"Id":"a"}]}"#, 1),
            (r#"{"status":true,"message":"none","template":null}"#, 0),
            (r#"{"status":true}"#, 0),
            ("", 0),
            ("null", 0),
        ] {
            assert_eq!(answer(body).list::<Session>().expect(body).len(), length, "{body}");
        }
        assert!(answer(r#"{"id":"a"}"#).list::<Session>().is_err());
    }

    #[test]
    fn documents_are_unwrapped_only_when_nothing_else_is_possible() {
        for (body, document) in [
            (r#"{"template":"x"}"#, json!({ "template": "x" })),
            (r#"{"status":"on","template":{}}"#, json!({ "status": "on", "template": {} })),
            (r#"{"status":true,"message":"m","template":{"a":1}}"#, json!({ "a": 1 })),
            (r#"{"status":true,"template":{"a":1},"b":2}"#, json!({ "status": true, "template": { "a": 1 }, "b": 2 })),
            ("plain", json!("plain")),
            ("", Value::Null),
        ] {
            assert_eq!(answer(body).document(), document, "{body}");
        }
    }

    #[test]
    fn errors_keep_what_core_said() {
        let long = "x".repeat(MAX_MESSAGE_CHARS + 1);
        for (body, said) in [
            (r#"{"message":"none"}"#, Some("none".to_owned())),
            (r#"{"Message":"none"}"#, Some("none".to_owned())),
            (r#"{"type":"t","title":"Bad"}"#, Some("Bad".to_owned())),
            (r#""text""#, Some("text".to_owned())),
            ("  text  ", Some("text".to_owned())),
            (r#"{"a":1}"#, None),
            ("<html>", None),
            ("", None),
            (&long, Some(format!("{}…", &long[1..]))),
        ] {
            assert_eq!(message(body.as_bytes()), said, "{body}");
        }
    }
}
