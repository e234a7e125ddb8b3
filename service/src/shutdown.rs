//! When to stop: on SIGTERM or SIGINT, with a grace for what is under way. A second signal ends the process at once.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// The exit status of a process that a second signal ended, as a shell reports an interrupted one.
const EXIT_INTERRUPTED: i32 = 130;

/// The request to stop, to be awaited.
#[derive(Debug, Clone)]
pub struct Shutdown {
    requested: watch::Receiver<bool>,
    grace: Duration,
}

/// Makes the request to stop.
#[derive(Debug)]
pub struct Trigger(watch::Sender<bool>);

impl Shutdown {
    /// Stops when [`Trigger::request`] is called; what is under way then has `grace` to finish.
    pub fn manual(grace: Duration) -> (Trigger, Self) {
        let (sender, requested) = watch::channel(false);
        (Trigger(sender), Self { requested, grace })
    }

    /// Stops on SIGTERM or SIGINT; what is under way then has `grace` to finish. Must be called inside a tokio runtime.
    ///
    /// # Errors
    ///
    /// When the handlers cannot be installed.
    pub fn on_signals(grace: Duration) -> io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let (trigger, shutdown) = Self::manual(grace);
        tokio::spawn(async move {
            let mut next = async || {
                tokio::select! {
                    _ = terminate.recv() => "SIGTERM",
                    _ = interrupt.recv() => "SIGINT",
                }
            };
            let first = next().await;
            tracing::info!(
                signal = first,
                grace_ms = grace.as_millis() as u64,
                "stopping; a second signal exits at once"
            );
            trigger.request();
            let second = next().await;
            tracing::warn!(signal = second, "second signal: exiting without waiting for what is under way");
            std::process::exit(EXIT_INTERRUPTED);
        });
        Ok(shutdown)
    }

    /// Waits for the request; at once when it was made before.
    pub async fn requested(&self) {
        // A trigger that is gone can make no request any more: then this waits for ever.
        if self.requested.clone().wait_for(|requested| *requested).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// How long what is under way may take after the request.
    pub fn grace(&self) -> Duration {
        self.grace
    }
}

impl Trigger {
    /// Ask to stop.
    pub fn request(&self) {
        self.0.send_replace(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_is_seen_before_and_after_it_is_made() {
        let (trigger, shutdown) = Shutdown::manual(Duration::from_secs(1));
        let waiting = tokio::spawn({
            let shutdown = shutdown.clone();
            async move { shutdown.requested().await }
        });
        trigger.request();
        waiting.await.unwrap();
        drop(trigger);
        shutdown.requested().await;
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_trigger_there_is_no_request() {
        let (trigger, shutdown) = Shutdown::manual(Duration::ZERO);
        drop(trigger);
        assert!(tokio::time::timeout(Duration::from_secs(60), shutdown.requested()).await.is_err());
    }
}
