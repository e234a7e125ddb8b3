//! The platform configuration that came with the request, below the prefixes that the node's configuration lists. It stays at
//! the host until a script asks for it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::faults::{At, Faults};
use super::json;

const REDACTED: &str = "**REDACTED**";

/// A key whose name contains one of these, in whatever case, has a value that no script sees.
const SECRET: [&str; 2] = ["secret", "connectionstring"];

/// Entries by prefix, each list as JSON text, secrets redacted.
#[derive(Debug, Default)]
pub struct PlatformConfig(BTreeMap<String, String>);

/// One key, as the request has it and as a script sees it.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(default)]
    value_type: i64,
    #[serde(borrow, default)]
    value: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    description: Option<Cow<'a, str>>,
}

impl PlatformConfig {
    /// What of `config` stands below `prefixes`; the rest is dropped unread.
    pub(super) fn check(config: &BTreeMap<Cow<'_, str>, &RawValue>, prefixes: &[String], faults: &mut Faults) -> Self {
        let at = At::ROOT.key("context");
        let at = at.key("system");
        let at = at.key("config");
        let mut kept = BTreeMap::new();
        for prefix in prefixes {
            let Some(raw) = config.get(prefix.as_str()) else { continue };
            match redacted(raw) {
                Ok(entries) => drop(kept.insert(prefix.clone(), entries)),
                // The pointer of the object: a prefix may be anything, and is named in the message.
                Err(error) => {
                    let (prefix, shown) = (json::shorten(prefix), json::shown(raw));
                    let shape = "[{ name, valueType, value, description }]";
                    faults.add(&at, format!("{prefix:?}: must be {shape}, got {shown}: {error}"));
                }
            }
        }
        Self(kept)
    }

    /// The entries below `prefix`, as a JSON array; none when the request brought nothing for it.
    pub fn below(&self, prefix: &str) -> Option<&str> {
        self.0.get(prefix).map(String::as_str)
    }
}

/// The runner has done so already; whoever else calls may not have.
fn redacted(raw: &RawValue) -> serde_json::Result<String> {
    let mut entries: Vec<Entry<'_>> = serde_json::from_str(raw.get())?;
    for entry in &mut entries {
        let name = entry.name.to_lowercase();
        if SECRET.iter().any(|secret| name.contains(secret)) {
            entry.value = Some(Cow::Borrowed(REDACTED));
        }
    }
    serde_json::to_string(&entries)
}
