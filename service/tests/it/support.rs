//! What several test files share: a sandbox's settings, and one call of it.

use std::net::SocketAddr;
use std::sync::Arc;

use arbex::bridge::FetchSettings;
use arbex::call::{Call, Ceilings};
use arbex::caller::{Caller, Capability};
use arbex::envelope::envelope;
use arbex::http::App;
use arbex::metrics::Metrics;
use arbex::policy::Rules;
use arbex::readiness::Readiness;
use arbex::sandbox::{Sandbox, SandboxSettings};
use arbex::settings::{AuthenticationSettings, HttpSettings, IdempotencySettings};
use arbex_cluster::ClusterSettings;
use serde_json::{Value, json};

pub const MIB: u64 = 1024 * 1024;

/// Room enough for every test that is not about a limit.
pub fn sandbox_settings() -> SandboxSettings {
    SandboxSettings {
        slots: 2,
        max_queued: 2,
        max_queue_wait_ms: 5_000,
        fuel: 1 << 60,
        max_output_bytes: 1 << 20,
        max_console_entries: 1_000,
        max_console_bytes: 256 * 1024,
        console_overflow_is_fatal: false,
        max_memory_bytes: 640 * MIB,
        memory_budget_bytes: None,
        cache_bytes: 16 * MIB,
        pooling: true,
        fetch: FetchSettings::default(),
        rules: Rules::default(),
        cluster: ClusterSettings::default(),
    }
}

pub fn sandbox() -> Sandbox {
    Sandbox::new(sandbox_settings()).unwrap()
}

pub fn app(sandbox: Sandbox, ceilings: Ceilings, max_body_bytes: usize) -> App {
    let local = SocketAddr::from(([127, 0, 0, 1], 0));
    let http = HttpSettings {
        listen: local,
        admin_listen: Some(local),
        authentication: AuthenticationSettings::default(),
        max_body_bytes,
        max_inflight_body_bytes: 1 << 30,
        max_connections: 64,
        drain_grace_ms: 1_000,
        idempotency: IdempotencySettings::default(),
    };
    App::new(sandbox, ceilings, Arc::new(Metrics::new().unwrap()), Readiness::default(), http)
}

/// Somebody who may do whatever the settings allow.
pub fn caller() -> Caller {
    Caller { name: "test".into(), capabilities: Capability::ALL.into_iter().collect() }
}

/// One call, from the request's bytes to the envelope's.
pub async fn execute(sandbox: &Sandbox, request: &[u8], ceilings: &Ceilings) -> Vec<u8> {
    let call = Call::decode(request, ceilings).unwrap_or_else(|rejection| panic!("{rejection:?}"));
    let snapshot = call.snapshot.clone();
    let run = sandbox.execute(call, &caller()).await.unwrap();
    serde_json::to_vec(&envelope(run, &snapshot)).unwrap()
}

/// [`execute`] for tests that look at single members of the envelope.
pub async fn envelope_of(sandbox: &Sandbox, request: &Value) -> Value {
    let ceilings = Ceilings { max_memory_mb: 1024, ..Ceilings::default() };
    serde_json::from_slice(&execute(sandbox, request.to_string().as_bytes(), &ceilings).await).unwrap()
}

/// A request that is only a script, with time enough for a busy machine.
pub fn request(script: &str) -> Value {
    json!({ "configuration": { "script": script, "timeoutMs": 60_000 } })
}

pub async fn run(sandbox: &Sandbox, script: &str) -> Value {
    envelope_of(sandbox, &request(script)).await
}

/// Whatever came before, the next plain script gives its value.
pub async fn assert_serves(sandbox: &Sandbox, after: &str) {
    let next = run(sandbox, "async function run() { return [1, 2].map((n) => n * 2); }").await;
    assert_eq!((&next["status"], &next["output"]), (&json!("SUCCESS"), &json!([2, 4])), "after {after}: {next}");
    assert_eq!(next["console"], json!([]), "after {after}");
}
