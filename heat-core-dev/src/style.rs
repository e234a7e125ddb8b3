//! How answers are written. Real Cores were seen to wrap some answers and not others, and to write keys in two cases;
//! a tolerant client has to read all of it, so all of it can be asked for here.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// When an answer stands in `{ status, message, template }`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wrapping {
    /// Where the official client expects it.
    #[default]
    Documented,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// The case of the keys of DTOs; configuration and stored data keep their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Casing {
    /// `nodeInstanceId`
    #[default]
    Camel,
    /// `NodeInstanceId`, and `Template` for the wrapper.
    Pascal,
}

/// Both choices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Style {
    /// When answers are wrapped.
    pub wrapping: Wrapping,
    /// How keys are written.
    pub casing: Casing,
}

/// A JSON answer before it has a style.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) body: Value,
    /// Its keys are ours to write: a DTO, no configuration and no stored data.
    pub(crate) dto: bool,
    pub(crate) wrapped: bool,
}

impl Reply {
    pub(crate) fn raw(body: Value) -> Self {
        Self { body, dto: true, wrapped: false }
    }

    pub(crate) fn wrapped(body: Value) -> Self {
        Self { body, dto: true, wrapped: true }
    }

    pub(crate) fn data(body: Value) -> Self {
        Self { body, dto: false, wrapped: false }
    }

    pub(crate) fn done() -> Self {
        Self::raw(json!({}))
    }

    pub(crate) fn styled(self, style: Style) -> Value {
        let pascal = style.casing == Casing::Pascal;
        let body = if pascal && self.dto { pascal_keys(self.body) } else { self.body };
        let wraps = match style.wrapping {
            Wrapping::Documented => self.wrapped,
            Wrapping::Always => true,
            Wrapping::Never => false,
        };
        match (wraps, pascal) {
            (false, _) => body,
            (true, false) => json!({ "status": true, "message": "ok", "template": body }),
            (true, true) => json!({ "Status": true, "Message": "ok", "Template": body }),
        }
    }
}

fn pascal_keys(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            members.into_iter().map(|(key, member)| (pascal(&key), pascal_keys(member))).collect()
        }
        Value::Array(items) => items.into_iter().map(pascal_keys).collect(),
        scalar => scalar,
    }
}

fn pascal(key: &str) -> String {
    let mut letters = key.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
