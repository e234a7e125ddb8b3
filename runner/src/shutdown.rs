//! When to stop: on SIGTERM or SIGINT; a second signal ends the process at once.

use std::io;

use heat_runtime::CancellationToken;
use tokio::signal::unix::{SignalKind, signal};

/// As a shell reports an interrupted process.
const EXIT_INTERRUPTED: i32 = 130;

/// Cancels the token on the first signal. Must be called inside a tokio runtime.
///
/// # Errors
///
/// When the handlers cannot be installed.
pub fn on_signals(shutdown: CancellationToken) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        let mut next = async || {
            tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            }
        };
        let first = next().await;
        tracing::info!(signal = first, "stopping: claims no more, finishes what runs; a second signal exits at once");
        shutdown.cancel();
        let second = next().await;
        tracing::warn!(signal = second, "second signal: exiting; what runs is left to its lease");
        std::process::exit(EXIT_INTERRUPTED);
    });
    Ok(())
}
