//! From files to the body of `POST /execute`: what `arbex run` runs is what the service would.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use arbex_api::{Input, InputContent, InputDescriptor};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// What a request is made of.
pub(super) struct Sources<'a> {
    pub(super) script: &'a str,
    pub(super) inputs: &'a [PathBuf],
    pub(super) history: bool,
    pub(super) config: Option<&'a Path>,
}

/// The body; its `configuration` is not the API's type, so that a wrong one is told as the service tells it.
#[derive(Serialize)]
struct Body {
    configuration: Map<String, Value>,
    inputs: Vec<Input>,
}

/// The text of a file, or what is wrong with it.
pub(super) fn read_text(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path).map_err(|error| at(path, error))?;
    String::from_utf8(bytes).map_err(|error| {
        at(path, format!("must be UTF-8 text, but is not at byte {}", error.utf8_error().valid_up_to()))
    })
}

/// The body.
pub(super) fn build(sources: &Sources<'_>) -> Result<Vec<u8>, String> {
    let mut configuration = match sources.config {
        Some(path) => read_configuration(path)?,
        None => Map::new(),
    };
    configuration.insert("script".to_owned(), sources.script.into());
    choose_mode(&mut configuration, sources)?;
    let inputs = sources.inputs.iter().zip(1..).map(|(path, output_id)| read_input(path, output_id));
    let inputs = inputs.collect::<Result<_, String>>()?;
    serde_json::to_vec(&Body { configuration, inputs }).map_err(|error| format!("the request: {error}"))
}

fn at(path: &Path, fault: impl Display) -> String {
    format!("{}: {fault}", path.display())
}

fn read_configuration(path: &Path) -> Result<Map<String, Value>, String> {
    let text = read_text(path)?;
    match serde_json::from_str(&text) {
        Ok(Value::Object(configuration)) => Ok(configuration),
        Ok(_) => Err(at(path, "must be a JSON object, a node configuration")),
        Err(error) => Err(at(path, error)),
    }
}

/// Several inputs are most often meant as a history; which is not guessed, because with `latest` all but one would vanish.
fn choose_mode(configuration: &mut Map<String, Value>, sources: &Sources<'_>) -> Result<(), String> {
    let is_named =
        configuration.get("parent").and_then(|parent| parent.get("mode")).is_some_and(|mode| !mode.is_null());
    if sources.history {
        // A `parent` that is no object is a fault of the request, told with the others.
        if let Value::Object(parent) = configuration.entry("parent").or_insert_with(|| json!({})) {
            parent.insert("mode".to_owned(), "history".into());
        }
    } else if sources.inputs.len() > 1 && !is_named {
        let count = sources.inputs.len();
        return Err(format!(
            "--input: at most 1 without --history (or parent.mode in --config), got {count}; --history shows them all to the \
             script"
        ));
    }
    Ok(())
}

fn read_input(path: &Path, output_id: i64) -> Result<Input, String> {
    let bytes = std::fs::read(path).map_err(|error| at(path, error))?;
    let modified = std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let descriptor = InputDescriptor {
        output_id: Some(output_id),
        created_at_utc: modified.and_then(|time| Timestamp::try_from(time).ok()).map(|time| time.to_string()),
        data_path: path.file_name().map(|name| name.to_string_lossy().into_owned()),
        content_type: None,
        size_bytes: Some(bytes.len() as u64),
    };
    let content = match String::from_utf8(bytes) {
        Ok(text) => InputContent::Text { text },
        Err(error) => InputContent::Base64 { base64: STANDARD.encode(error.as_bytes()) },
    };
    Ok(Input { descriptor, content })
}
