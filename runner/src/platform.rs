//! What `ctx.system` shows without a cluster call: Core's version, and the platform configuration below the allowed prefixes. It is
//! read here, so that the service needs no token for Core.

use std::collections::BTreeMap;

use arbex_api::{ConfigEntry, SystemContext};
use futures_util::{StreamExt, TryStreamExt, stream};
use heat_runtime::{Error, HeatRuntime};
use serde_json::Value;

use crate::failure::{Failure, Stage};
use crate::known::Known;

const REDACTED: &str = "**REDACTED**";
const AT_ONCE: usize = 8;

/// Asks Core for it.
///
/// # Errors
///
/// When Core does not tell of a prefix.
pub async fn system(prefixes: &[String], known: &Known, core: &HeatRuntime) -> Result<SystemContext, Failure> {
    let version = async {
        let version = known.version(core).await;
        // Nice to know; no reason to fail a node.
        Ok(version.inspect_err(|error| tracing::warn!(%error, "core does not tell its version")).ok())
    };
    let config = async {
        if prefixes.is_empty() {
            return Ok(None);
        }
        let mut config = BTreeMap::new();
        for prefix in prefixes {
            let below = known.config.get(prefix.clone(), entries(prefix, core)).await.map_err(|error| {
                Failure::of(
                    Stage::Surroundings,
                    &format!("Core did not tell of the configuration below {prefix:?}"),
                    &error,
                )
            })?;
            config.insert(prefix.clone(), below);
        }
        Ok(Some(config))
    };
    let (version, config) = tokio::try_join!(version, config)?;
    Ok(SystemContext { version, config, ..SystemContext::default() })
}

/// What stands below a prefix. The list has names and values alone; type and description are asked for one by one.
async fn entries(prefix: &str, core: &HeatRuntime) -> Result<Vec<ConfigEntry>, Error> {
    let below = match core.get_config(prefix.trim_end_matches('.')).await {
        Ok(below) => below,
        Err(error) if error.is_not_found() => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut listed = Vec::new();
    flatten(prefix.trim_end_matches('.'), Value::Object(below), &mut listed);
    let entries = stream::iter(listed).map(|(name, value)| async move {
        let entry = match core.get_platform_config_detail(&name).await {
            Ok(detail) => ConfigEntry {
                value_type: detail.value_type,
                value: detail.value,
                description: detail.description,
                name,
            },
            // Part of a value that is JSON itself, or a Core that keeps this to itself.
            Err(error) if matches!(error.status(), Some(403 | 404)) => {
                ConfigEntry { value: text(value), value_type: 0, description: None, name }
            }
            Err(error) => return Err(error),
        };
        Ok(redacted(entry))
    });
    entries.buffered(AT_ONCE).try_collect().await
}

fn flatten(name: &str, value: Value, into: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                flatten(&format!("{name}.{member}"), value, into);
            }
        }
        value => into.push((name.to_owned(), value)),
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

/// Core does so for most callers; a runner may be one that sees everything, and its scripts must not.
fn redacted(mut entry: ConfigEntry) -> ConfigEntry {
    let name = entry.name.to_lowercase();
    if name.contains("secret") || name.contains("connectionstring") {
        entry.value = Some(REDACTED.to_owned());
    }
    entry
}
