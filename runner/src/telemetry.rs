//! The log, on standard error, and the traces. Nothing in them is a script, an input, an output or a token.

use std::io::IsTerminal;

use arbex_traces::Traces;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

use crate::settings::LogFormat;

/// Writes events from here on, and sends spans where there are traces. A second call changes nothing.
pub fn start(filter: &str, format: Option<LogFormat>, traces: Option<&Traces>) {
    let ours = arbex_traces::NOT_LOGGED.iter().filter_map(|directive| directive.parse().ok());
    let filter = ours.fold(EnvFilter::new(filter), EnvFilter::add_directive);
    // The only fault is that a subscriber is set already.
    let _ = match traces {
        None => registry().with(log(format)).with(filter).try_init(),
        // Each with a filter of its own: the spans of one are none of the other's.
        Some(traces) => registry().with(log(format).with_filter(filter)).with(traces.layer(is_of_task)).try_init(),
    };
}

/// `heat-runtime` knows nothing of us: its spans of a task are in the trace under their own names.
fn is_of_task(span: &Metadata<'_>) -> bool {
    span.target().starts_with("heat_runtime::runner") && matches!(span.name(), "heat_task" | "heat_report")
}

fn log<S>(format: Option<LogFormat>) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let is_terminal = std::io::stderr().is_terminal();
    let log = fmt::layer().with_writer(std::io::stderr);
    match format.unwrap_or(if is_terminal { LogFormat::Text } else { LogFormat::Json }) {
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).with_span_list(true).boxed(),
        LogFormat::Text => log.with_ansi(is_terminal).boxed(),
    }
}
