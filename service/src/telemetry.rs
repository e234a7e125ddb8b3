//! The log: where events go, in which form. What must never be in an event (script, input, output) is up to those who
//! write them; nothing here adds any of it.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::settings::{LogFormat, LogSettings};

/// Write events to standard error from here on. A second call changes nothing.
pub fn start(settings: &LogSettings) {
    // The filter was checked with the settings; whatever else it were, a log beats none.
    let filter = EnvFilter::try_new(&settings.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // The only fault is that a subscriber is set already, as in tests.
    let _ = match settings.format {
        LogFormat::Json => log.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init(),
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).try_init(),
    };
}
