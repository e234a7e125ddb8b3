//! What the service says about itself, and how.

use arbex_settings::{Fallback, Reader};
use tracing_subscriber::EnvFilter;

use super::surroundings::Surroundings;

/// Flags of `arbex serve` about its log.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Log (standard error)")]
pub struct LogFlags {
    /// One JSON object a line for collectors, or text for people
    #[arg(long, value_name = "WORD")]
    log_format: Option<String>,

    /// What is logged: a level, or levels by module
    ///
    /// Levels are error, warn, info, debug and trace; `info,arbex::sandbox=debug` raises one module. Whatever the level,
    /// the log never holds a script, its input or its output.
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
}

/// What telemetry needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// The form of a line.
    pub format: LogFormat,
    /// What is logged, as `tracing_subscriber` spells it; checked.
    pub filter: String,
}

/// The form of a line of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One object a line.
    Json,
    /// For people.
    Text,
}

impl LogFlags {
    pub(super) fn check(&self, reader: &mut Reader<'_>, surroundings: &Surroundings) -> LogSettings {
        let fallback = if surroundings.stderr_is_terminal {
            Fallback { value: LogFormat::Text, told: "text".to_owned() }
        } else {
            Fallback { value: LogFormat::Json, told: "json".to_owned() }
        };
        let words = [("json", LogFormat::Json), ("text", LogFormat::Text)];
        let format = reader.word("log-format", &self.log_format, fallback, &words);
        let rule = "a level or a list such as info,arbex::sandbox=debug".to_owned();
        let filter = reader.value("log", &self.log, "info".to_owned(), rule, |text| {
            let is_filter = !text.is_empty() && EnvFilter::try_new(text).is_ok();
            is_filter.then(|| text.to_owned())
        });
        LogSettings { format, filter }
    }
}
