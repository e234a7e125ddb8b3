//! Why a node fails: its words become the node's status, its stage a label of the metrics.

use std::error::Error;

use arbex_api::Envelope;
use heat_runtime::with_sources;

/// A status is read in a list; the whole story of a script is in the stored envelope.
const MAX_CHARS: usize = 2000;

/// Where on its way a task failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The node's configuration cannot be used.
    Configuration,
    /// Core did not tell what the run needs to know.
    Surroundings,
    /// The parent or its outputs.
    Inputs,
    /// The service refused, or gave no answer.
    Service,
    /// The run ended with `ERROR`.
    Script,
    /// The result could not be stored.
    Output,
    /// Another runner has the task, or it has ended: nothing is failed then, as nothing is ours to fail.
    Lost,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Configuration, Self::Surroundings, Self::Inputs, Self::Service, Self::Script, Self::Output, Self::Lost];

    /// The value of the label `result`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Surroundings => "surroundings",
            Self::Inputs => "inputs",
            Self::Service => "service",
            Self::Script => "script",
            Self::Output => "output",
            Self::Lost => "lost",
        }
    }
}

/// Why a node fails. Shown, it is the node's status: `system-arbex-js failed: …`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("system-arbex-js failed: {text}")]
pub struct Failure {
    /// Where.
    pub stage: Stage,
    text: String,
}

impl Failure {
    /// In these words: one line, and not too long a one, whoever wrote them.
    pub fn new(stage: Stage, words: impl AsRef<str>) -> Self {
        let mut chars = words.as_ref().chars().map(|char| if char.is_control() { ' ' } else { char });
        let mut text: String = chars.by_ref().take(MAX_CHARS).collect();
        if chars.next().is_some() {
            text.push('…');
        }
        Self { stage, text }
    }

    /// What was being done, and the error with all that led to it.
    pub fn of(stage: Stage, doing: &str, error: &(dyn Error + 'static)) -> Self {
        Self::new(stage, format!("{doing}: {}", with_sources(error)))
    }

    /// With what went wrong besides.
    pub fn and(self, other: &Self) -> Self {
        Self::new(self.stage, format!("{}; and {}", self.text, other.text))
    }

    /// What the run's own envelope says.
    pub fn of_run(envelope: &Envelope) -> Self {
        let Ok(failure) = serde_json::from_str::<arbex_api::Failure>(envelope.output.get()) else {
            return Self::new(Stage::Script, "the run ended with ERROR; the stored output has what it left");
        };
        let place = match (failure.line, failure.column) {
            (Some(line), Some(column)) => format!(" at line {line}, column {column}"),
            (Some(line), None) => format!(" at line {line}"),
            _ => String::new(),
        };
        let name = failure.name.map(|name| format!("{name}: ")).unwrap_or_default();
        let words = if failure.message.starts_with(&name) { failure.message } else { name + &failure.message };
        Self::new(Stage::Script, format!("{words} ({}{place})", failure.reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_one_bounded_line() {
        let shown = |words: &str| Failure::new(Stage::Script, words).to_string();
        assert_eq!(shown("a\nb\u{1b}c"), "system-arbex-js failed: a b c");
        let head = "system-arbex-js failed: ".len();
        assert_eq!(shown(&"x".repeat(MAX_CHARS)).chars().count(), head + MAX_CHARS);
        assert_eq!(shown(&"x".repeat(MAX_CHARS + 1)).chars().count(), head + MAX_CHARS + 1);
        assert!(shown(&"x".repeat(MAX_CHARS + 1)).ends_with('…'));
    }
}
