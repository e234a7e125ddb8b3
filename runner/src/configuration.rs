//! The task's configuration text as values. What only the service uses is left to the service, which checks everything and names
//! each fault; here is what decides before the call.

use arbex_api::{Configuration, HistoryOrder, ParentMode, Persistence};
use heat_runtime::{NodeInstance, RunnerTask};
use serde_json::value::RawValue;

use crate::failure::{Failure, Stage};

/// As the documents have it; the service's own default is for requests that name none.
const DEFAULT_HISTORY_LIMIT: u64 = 60;
const DEFAULT_TIMEOUT_MS: u64 = 5000;

/// A node's configuration, as far as the runner needs it.
#[derive(Debug)]
pub struct NodeConfiguration {
    /// The text as it came: the service keeps a snapshot of exactly these bytes.
    pub text: Box<RawValue>,
    /// Graph name of the parent to read.
    pub parent_name: String,
    /// Which of its outputs.
    pub reading: Reading,
    /// How long a run may take.
    pub timeout_ms: u64,
    /// What is stored of it.
    pub persistence: Persistence,
    /// Prefixes of the platform configuration that the script may read; `None` when `ctx.system` is off.
    pub system: Option<Vec<String>>,
}

/// Which outputs of the parent the script sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The newest.
    Latest,
    /// So many, in this order.
    History {
        /// At most.
        limit: usize,
        /// The limit counts from its beginning.
        order: HistoryOrder,
    },
}

impl NodeConfiguration {
    /// Of a task: its own configuration, else that of its node.
    ///
    /// # Errors
    ///
    /// The first fault, with the field's name.
    pub fn of(task: &RunnerTask, node: &NodeInstance) -> Result<Self, Failure> {
        let own = &task.node_instance_configuration;
        Self::parse(if own.trim().is_empty() { &node.configuration } else { own })
    }

    fn parse(text: &str) -> Result<Self, Failure> {
        let text: Box<RawValue> = serde_json::from_str(text)
            .map_err(|error| fault(&format!("the node's configuration is not JSON: {error}")))?;
        let mut json = serde_json::Deserializer::from_str(text.get());
        let configuration: Configuration = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let path = error.path().to_string();
            let field = if path == "." { String::new() } else { format!("{path}: ") };
            fault(&format!("{field}{}", error.inner()))
        })?;

        let parent = configuration.parent.unwrap_or_default();
        let parent_name = parent.node_instance_name.filter(|name| !name.trim().is_empty());
        let parent_name =
            parent_name.ok_or_else(|| fault("parent.nodeInstanceName: must name the parent node to read"))?;
        let reading = match parent.mode {
            None => {
                let modes = ParentMode::NAMES.join(" or ");
                return Err(fault(&format!("parent.mode: must be {modes}")));
            }
            Some(ParentMode::Latest) => Reading::Latest,
            Some(ParentMode::History) => Reading::History {
                limit: usize::try_from(parent.history_limit.unwrap_or(DEFAULT_HISTORY_LIMIT)).unwrap_or(usize::MAX),
                order: parent.history_order.unwrap_or_default(),
            },
        };
        let system = configuration.system.unwrap_or_default();
        Ok(Self {
            text,
            parent_name,
            reading,
            timeout_ms: configuration.timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS),
            persistence: configuration.dataservice_output.and_then(|output| output.persistence).unwrap_or_default(),
            system: system.enabled.unwrap_or(true).then(|| system.config_prefixes.unwrap_or_default()),
        })
    }
}

fn fault(words: &str) -> Failure {
    Failure::new(Stage::Configuration, format!("configuration: {words}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_its_field() {
        for (text, says) in [
            ("", "is not JSON"),
            ("[1]", "expected struct Configuration"),
            ("{}", "script"),
            (r#"{"script":5}"#, "script: invalid type: integer `5`, expected a string"),
            (r#"{"script":"s"}"#, "parent.nodeInstanceName: must name"),
            (r#"{"script":"s","parent":{"mode":"latest"}}"#, "parent.nodeInstanceName: must name"),
            (r#"{"script":"s","parent":{"nodeInstanceName":"p"}}"#, "parent.mode: must be latest or history"),
            (
                r#"{"script":"s","parent":{"nodeInstanceName":"p","mode":"newest"}}"#,
                "parent.mode: unknown variant `newest`",
            ),
            (
                r#"{"script":"s","parent":{"nodeInstanceName":"p","mode":"latest","historyLimit":-1}}"#,
                "parent.historyLimit: ",
            ),
            (r#"{"script":"s","timeoutMs":"5"}"#, "timeoutMs: invalid type"),
            (r#"{"script":"s","system":{"configPrefixes":["a",5]}}"#, "system.configPrefixes[1]: invalid type"),
            (
                r#"{"script":"s","dataserviceOutput":{"persistence":"x"}}"#,
                "dataserviceOutput.persistence: unknown variant",
            ),
        ] {
            let failure = NodeConfiguration::parse(text).expect_err(text);
            assert_eq!(failure.stage, Stage::Configuration);
            let shown = failure.to_string();
            assert!(shown.starts_with("system-arbex-js failed: configuration: ") && shown.contains(says), "{shown}");
        }
    }

    #[test]
    fn defaults_are_those_of_the_documents_and_the_text_stays() {
        let text = r#"{ "script":"s","odd":1.00, "parent":{"mode":"history","nodeInstanceName":"p"} }"#;
        let configuration = NodeConfiguration::parse(&format!("\n{text} ")).unwrap();
        assert_eq!(configuration.text.get(), text);
        assert_eq!(configuration.reading, Reading::History { limit: 60, order: HistoryOrder::NewestFirst });
        assert_eq!((configuration.timeout_ms, configuration.persistence), (5000, Persistence::ArbexEnvelope));
        assert_eq!(configuration.system, Some(vec![]));
        let off = r#"{"script":"s","parent":{"nodeInstanceName":"p","mode":"latest"},"system":{"enabled":false,"configPrefixes":["a"]}}"#;
        assert_eq!(NodeConfiguration::parse(off).unwrap().system, None);
    }
}
