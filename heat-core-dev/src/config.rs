//! Platform configuration: flat names with dots, read as nested JSON by prefix.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::auth::Caller;
use crate::refusal::Refusal;
use crate::store::Store;

/// What stands for a value its reader may not see.
pub const REDACTED: &str = "**REDACTED**";

/// One entry as clients send and get it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigEntry {
    /// Dotted: `runner_config.default_store`.
    pub name: String,
    /// 0 is text. The others are not documented; here each is JSON, or text where it is none.
    #[serde(default)]
    pub value_type: i64,
    /// The value as text.
    #[serde(default)]
    pub value: Option<String>,
    /// For people.
    #[serde(default)]
    pub description: Option<String>,
}

impl ConfigEntry {
    /// An entry for a JSON value: a string as text, any other by its JSON.
    pub(crate) fn of(name: &str, value: &Value) -> Self {
        let (value_type, value) = match value {
            Value::String(text) => (0, text.clone()),
            other => (1, other.to_string()),
        };
        Self { name: name.to_owned(), value_type, value: Some(value), description: None }
    }

    fn json(&self, caller: Caller) -> Value {
        if caller != Caller::Privileged && is_secret(&self.name) {
            return json!(REDACTED);
        }
        match (&self.value, self.value_type) {
            (None, _) => Value::Null,
            (Some(text), 0) => json!(text),
            (Some(text), _) => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        }
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    name.contains("secret") || name.contains("connectionstring")
}

/// Whether external callers may read what stands under a prefix.
fn is_public(prefix: &str) -> bool {
    prefix == "public_api_v1" || prefix.starts_with("public_api_v1.") || prefix == "frontend.facade"
}

impl Store {
    /// All entries below a prefix, nested; an entry that has the very name stands alone, under the last part of it.
    pub(crate) fn config_below(&self, prefix: &str, caller: Caller) -> Result<Value, Refusal> {
        if caller == Caller::External && !is_public(prefix) {
            return Err(Refusal::forbidden(
                "external callers may read public_api_v1 and frontend.facade of the configuration, nothing else",
            ));
        }
        let mut tree = Map::new();
        for (name, entry) in &self.config {
            if let Some(path) = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.')) {
                nest(&mut tree, path, entry.json(caller));
            } else if name == prefix {
                let last = prefix.rsplit('.').next().unwrap_or(prefix);
                tree.insert(last.to_owned(), entry.json(caller));
            }
        }
        if tree.is_empty() {
            return Err(Refusal::absent(format!("nothing is configured below {prefix:?}")));
        }
        Ok(Value::Object(tree))
    }

    pub(crate) fn config_all(&self, caller: Caller) -> Result<Value, Refusal> {
        inside(caller)?;
        let mut tree = Map::new();
        for (name, entry) in &self.config {
            nest(&mut tree, name, entry.json(caller));
        }
        Ok(Value::Object(tree))
    }

    pub(crate) fn config_detail(&self, name: &str, caller: Caller) -> Result<ConfigEntry, Refusal> {
        inside(caller)?;
        let mut entry = self.config.get(name).ok_or_else(|| not_configured(name))?.clone();
        if caller != Caller::Privileged && is_secret(name) {
            entry.value = Some(REDACTED.to_owned());
        }
        Ok(entry)
    }

    pub(crate) fn config_create(&mut self, entry: ConfigEntry, caller: Caller) -> Result<ConfigEntry, Refusal> {
        may_write(&entry.name, caller)?;
        if self.config.contains_key(&entry.name) {
            return Err(Refusal::conflict(format!("{:?} is configured already; PUT changes it", entry.name)));
        }
        self.config.insert(entry.name.clone(), entry.clone());
        Ok(entry)
    }

    pub(crate) fn config_update(&mut self, entry: ConfigEntry, caller: Caller) -> Result<ConfigEntry, Refusal> {
        may_write(&entry.name, caller)?;
        let kept = self.config.get_mut(&entry.name).ok_or_else(|| not_configured(&entry.name))?;
        kept.clone_from(&entry);
        Ok(entry)
    }

    pub(crate) fn config_delete(&mut self, name: &str, caller: Caller) -> Result<(), Refusal> {
        may_write(name, caller)?;
        self.config.remove(name).map(|_| ()).ok_or_else(|| not_configured(name))
    }
}

fn nest(tree: &mut Map<String, Value>, path: &str, value: Value) {
    let Some((head, rest)) = path.split_once('.') else {
        match tree.get_mut(path) {
            // `a` beside `a.b`: the value of `a` itself has no name below it.
            Some(Value::Object(branch)) => branch.insert(String::new(), value),
            _ => tree.insert(path.to_owned(), value),
        };
        return;
    };
    let branch = tree.entry(head).or_insert_with(|| json!({}));
    if !branch.is_object() {
        *branch = json!({ "": branch.take() });
    }
    if let Some(branch) = branch.as_object_mut() {
        nest(branch, rest, value);
    }
}

fn inside(caller: Caller) -> Result<(), Refusal> {
    if caller == Caller::External {
        return Err(Refusal::forbidden("external callers may read configuration by prefix only"));
    }
    Ok(())
}

fn may_write(name: &str, caller: Caller) -> Result<(), Refusal> {
    let system = name == "system" || name.starts_with("system.");
    match caller {
        Caller::External => Err(Refusal::forbidden("external callers may not write configuration")),
        Caller::Internal if system => Err(Refusal::forbidden(format!("{name:?}: system.* is for privileged callers"))),
        _ => Ok(()),
    }
}

fn not_configured(name: &str) -> Refusal {
    Refusal::absent(format!("{name:?} is not configured"))
}
