//! The log and the traces: where events and spans go, in which form. What must never be in them (script, input, output) is up to those who
//! write them; nothing here adds any of it.

use std::error::Error;
use std::io::IsTerminal;
use std::panic::{self, PanicHookInfo};

use arbex_traces::Traces;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

use crate::settings::{LogFormat, LogSettings};

/// Write events to standard error from here on, panics among them, and send spans where there are traces. A second call changes nothing.
pub fn start(settings: &LogSettings, traces: Option<&Traces>) {
    // The filter was checked with the settings; whatever else it were, a log beats none.
    let filter = EnvFilter::try_new(&settings.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let ours = arbex_traces::NOT_LOGGED.iter().filter_map(|directive| directive.parse().ok());
    let filter = ours.fold(filter, EnvFilter::add_directive);
    // The only fault is that a subscriber is set already, as in tests.
    let _ = match traces {
        None => log(settings, filter),
        Some(traces) => log_and_traces(settings, filter, traces),
    };
    panic::set_hook(Box::new(log_panic));
}

/// The log alone, in one piece: a line of it is a part of what a request costs, and layers would add to that.
fn log(settings: &LogSettings, filter: EnvFilter) -> Result<(), Box<dyn Error + Send + Sync>> {
    let log = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.format {
        LogFormat::Json => log.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init(),
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).try_init(),
    }
}

/// The same log beside traces, each with a filter of its own: the spans of one are none of the other's.
fn log_and_traces(
    settings: &LogSettings,
    filter: EnvFilter,
    traces: &Traces,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let log = fmt::layer().with_writer(std::io::stderr);
    let log = match settings.format {
        LogFormat::Json => log.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed(),
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).boxed(),
    };
    Ok(registry().with(log.with_filter(filter)).with(traces.layer(|_| false)).try_init()?)
}

/// Says where it was and not why: the words of a panic may quote a script or an input.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    let thread = std::thread::current();
    tracing::error!(location, thread = thread.name().unwrap_or_default(), "panic: a defect of the service");
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_is_logged_without_its_words() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        // Hooks are the whole process's: other tests' panics keep theirs.
        let (before, this) = (panic::take_hook(), std::thread::current().id());
        panic::set_hook(Box::new(
            move |panic| {
                if std::thread::current().id() == this { log_panic(panic) } else { before(panic) }
            },
        ));
        let caught = tracing::subscriber::with_default(subscriber, || panic::catch_unwind(|| panic!("SECRET {}", 1)));
        assert!(caught.is_err());

        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains("telemetry.rs:") && text.contains("ERROR"), "{text}");
        assert!(!text.contains("SECRET"), "{text}");
    }
}
