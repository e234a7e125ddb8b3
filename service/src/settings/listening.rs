//! Where the service listens, and what it takes from a connection.

use std::net::SocketAddr;

use arbex_settings::{Fallback, Reader};

use super::authentication::{AuthenticationFlags, AuthenticationSettings};
use super::idempotency::{IdempotencyFlags, IdempotencySettings};

const BYTES_PER_MB: usize = 1024 * 1024;

/// Flags of `arbex serve` about its listeners.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Listening")]
pub struct ListenFlags {
    /// Address of the API
    ///
    /// Any address but loopback needs --tokens-file or --allow-anonymous: who reaches it could run scripts.
    #[arg(long, value_name = "IP:PORT")]
    listen: Option<String>,

    /// Address of the metrics, or `same` to serve them beside the API
    ///
    /// Metrics hold counts and durations, never a script, its input or its output.
    #[arg(long, value_name = "IP:PORT")]
    admin_listen: Option<String>,

    /// Longest request body; longer ones are answered with 413
    #[arg(long, value_name = "MIB")]
    max_body_mb: Option<String>,

    /// Most request bodies together, from the first byte received to the answer
    ///
    /// A body takes room as its bytes arrive, whatever length it announces. One that finds no more room beside the others is
    /// answered with 503, and what had come of it is dropped. The decoded request takes memory besides: leave room for twice as
    /// much.
    #[arg(long, value_name = "MIB")]
    max_inflight_body_mb: Option<String>,

    /// Most open connections; more wait to be accepted
    ///
    /// The API and the metrics count apart. Connections that wait cost the service nothing, and idle ones are closed after 75
    /// seconds. Each open one is a file descriptor (ulimit -n).
    #[arg(long, value_name = "COUNT")]
    max_connections: Option<String>,

    /// How long runs may go on after SIGTERM
    ///
    /// What still runs then is ended. It may be shorter than --max-timeout-ms: a stop that waits for the longest run there
    /// could be is rarely wanted. The orchestrator's own patience (terminationGracePeriodSeconds) must be longer.
    #[arg(long, value_name = "MS")]
    drain_grace_ms: Option<String>,
}

/// What the HTTP side needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSettings {
    /// Address of the API.
    pub listen: SocketAddr,
    /// Address of the metrics; none: beside the API.
    pub admin_listen: Option<SocketAddr>,
    /// Who may call.
    pub authentication: AuthenticationSettings,
    /// Longest request body, in bytes.
    pub max_body_bytes: usize,
    /// Most request bodies together, in bytes.
    pub max_inflight_body_bytes: usize,
    /// Most open connections of one listener.
    pub max_connections: u32,
    /// How long runs may go on after the signal to stop, in milliseconds.
    pub drain_grace_ms: u64,
    /// What is kept for callers that ask twice.
    pub idempotency: IdempotencySettings,
}

impl ListenFlags {
    pub(super) fn check(
        &self,
        reader: &mut Reader<'_>,
        authentication: &AuthenticationFlags,
        idempotency: &IdempotencyFlags,
    ) -> HttpSettings {
        const ADDRESS: &str = "an IP address with a port, such as 127.0.0.1:8080 or [::1]:8080";

        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let listen = reader.value("listen", &self.listen, local(8080), ADDRESS.to_owned(), |text| text.parse().ok());
        let admin_listen = reader.value(
            "admin-listen",
            &self.admin_listen,
            Fallback { value: Some(local(9090)), told: local(9090).to_string() },
            format!("{ADDRESS}, or same"),
            |text| match text {
                "same" => Some(None),
                address => address.parse().ok().map(Some),
            },
        );
        let max_body_mb = reader.whole("max-body-mb", &self.max_body_mb, 64, 1..=4096, "MiB");
        let max_inflight_body_mb =
            reader.whole("max-inflight-body-mb", &self.max_inflight_body_mb, 512, 1..=1_048_576, "MiB");
        let (max_body_mb, max_inflight_body_mb) =
            reader.fit_pair(["max-body-mb", "max-inflight-body-mb"], max_body_mb, max_inflight_body_mb);
        let max_connections = reader.whole("max-connections", &self.max_connections, 1024, 1..=1_000_000, "");
        let drain_grace_ms = reader.whole("drain-grace-ms", &self.drain_grace_ms, 15_000, 0..=3_600_000, "ms");

        if let Some(admin) = admin_listen.filter(|admin| collide(*admin, listen)) {
            let message =
                format!("must not collide with --listen ({listen}), got {admin}; `same` serves both on one port");
            reader.conflict(&["admin-listen", "listen"], message);
        }
        HttpSettings {
            listen,
            admin_listen,
            authentication: authentication.check(reader, listen),
            max_body_bytes: BYTES_PER_MB.saturating_mul(max_body_mb),
            max_inflight_body_bytes: BYTES_PER_MB.saturating_mul(max_inflight_body_mb),
            max_connections,
            drain_grace_ms,
            idempotency: idempotency.check(reader),
        }
    }
}

/// Whether both cannot be bound at once. Port 0 is a different one each time.
fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let same_ip = one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() != 0 && one.port() == other.port() && same_ip
}
