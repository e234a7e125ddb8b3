//! Core's answers: wrapped as `{ status, message, template }` or bare, in camelCase or PascalCase.

use bytes::Bytes;
use serde::de::DeserializeOwned;
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
        let body = self.json()?;
        match unwrapped(body) {
            Payload::Value(value @ Value::Object(_)) => self.typed(value),
            Payload::Value(other) => Err(self.unexpected(format!("an object was expected, not {}", kind(&other)))),
            Payload::Nothing(message) => Err(self.unexpected(nothing(message))),
        }
    }

    /// One object, or nothing: Core need not say anything to a change of state.
    pub(crate) fn one_or_default<T: DeserializeOwned + Default>(self) -> Result<T, Error> {
        match unwrapped(self.json()?) {
            Payload::Value(value @ Value::Object(_)) => self.typed(value),
            _ => Ok(T::default()),
        }
    }

    /// A list, wrapped or bare. Where the wrapping holds none, the list is empty, as the official client has it.
    pub(crate) fn list<T: DeserializeOwned>(self) -> Result<Vec<T>, Error> {
        match unwrapped(self.json()?) {
            Payload::Value(value @ Value::Array(_)) => self.typed(value),
            Payload::Value(Value::Null) => Ok(Vec::new()),
            Payload::Value(other) => Err(self.unexpected(format!("a list was expected, not {}", kind(&other)))),
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

    /// No content, so null; else it must be JSON.
    fn json(&self) -> Result<Value, Error> {
        if self.body.trim_ascii().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&self.body).map_err(|error| self.unexpected(format!("not JSON: {error}")))
    }

    fn typed<T: DeserializeOwned>(&self, value: Value) -> Result<T, Error> {
        serde_json::from_value(value).map_err(|error| self.unexpected(error.to_string()))
    }

    fn unexpected(&self, reason: String) -> Error {
        Error::Decode { request: self.request.clone(), reason }
    }
}

enum Payload {
    Value(Value),
    /// A wrapping with nothing inside, and its message.
    Nothing(Option<String>),
}

/// Takes the payload out of `{ status, message, template }`. None of Core's objects has a `template` of its own, and all but the
/// wrapping have an `id`, so an object with the one and without the other is a wrapping.
fn unwrapped(body: Value) -> Payload {
    let Value::Object(mut object) = body else { return Payload::Value(body) };
    if object.contains_key("id") || object.contains_key("Id") {
        return Payload::Value(Value::Object(object));
    }
    match take(&mut object, "template", "Template") {
        Some(template @ (Value::Object(_) | Value::Array(_))) => Payload::Value(template),
        Some(_) => Payload::Nothing(text(take(&mut object, "message", "Message"))),
        None => {
            let wrapping = object.get("status").or(object.get("Status")).is_some_and(Value::is_boolean);
            if wrapping && only(&object, &["status", "message"]) {
                return Payload::Nothing(text(take(&mut object, "message", "Message")));
            }
            Payload::Value(Value::Object(object))
        }
    }
}

fn is_envelope(object: &Map<String, Value>) -> bool {
    object.get("status").is_some_and(Value::is_boolean)
        && object.get("template").is_some_and(|template| template.is_object() || template.is_array())
        && only(object, &["status", "message", "template"])
}

fn only(object: &Map<String, Value>, names: &[&str]) -> bool {
    object.keys().all(|key| names.iter().any(|name| name.eq_ignore_ascii_case(key)))
}

fn take(object: &mut Map<String, Value>, camel: &str, pascal: &str) -> Option<Value> {
    object.remove(camel).or_else(|| object.remove(pascal))
}

fn text(value: Option<Value>) -> Option<String> {
    value.and_then(|value| value.as_str().map(str::to_owned))
}

fn nothing(message: Option<String>) -> String {
    match message {
        Some(message) => format!("the answer holds no object; Core says: {}", clipped(&message)),
        None => "the answer holds no object".to_owned(),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
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
