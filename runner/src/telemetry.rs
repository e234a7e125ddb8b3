//! The log, on standard error. Nothing in it is a script, an input, an output or a token.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::settings::LogFormat;

/// Writes events from here on. A second call changes nothing.
pub fn start(filter: &str, format: Option<LogFormat>) {
    let is_terminal = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(filter)).with_writer(std::io::stderr);
    // The only fault is that a subscriber is set already.
    let _ = match format.unwrap_or(if is_terminal { LogFormat::Text } else { LogFormat::Json }) {
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).with_span_list(true).try_init(),
        LogFormat::Text => log.with_ansi(is_terminal).try_init(),
    };
}
