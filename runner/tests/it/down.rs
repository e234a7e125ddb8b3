//! The service is not there, goes away in the middle of a run, or has a certificate of a private authority.

use std::sync::Arc;
use std::time::Duration;

use arbex_runner::certificates::Certificates;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};

use crate::fake::{Fake, success};
use crate::service::Service;
use crate::world::{ARBEX, PARENT, World, latest};

fn free_address() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_comes_later_is_waited_for() {
    let world = World::new(&latest("async function run(ctx) { return 5; }")).await;
    let address = free_address();
    let task_id = world.core.queue_task(ARBEX).unwrap();
    let url = format!("http://{address}");
    let working = world.work(&url);
    let starting = async {
        while world.metrics.render().contains(r#"arbex_runner_execute_retries_total{reason="unreachable"} 0"#) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Service::start_with(&address, &[]).await
    };
    let ((), _service) = tokio::join!(working, starting);
    assert_eq!(world.stored(task_id).await["output"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_killed_in_the_middle_of_a_run_is_asked_again() {
    let script = "async function run(ctx) {
        const until = Date.now() + 400;
        while (Date.now() < until);
        return ctx.node.taskId;
    }";
    let world = World::new(&latest(script)).await;
    world.output(PARENT, "a.csv", b"n\n", "2026-01-01T00:00:00Z").await;
    let address = free_address();
    let flags = ["--input-origins", &world.s3.origin()];
    let mut first = Service::start_with(&address, &flags).await;
    let task_id = world.core.queue_task(ARBEX).unwrap();
    let url = format!("http://{address}");
    let working = world.work(&url);
    let killing = async {
        while !running(&address).await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        first.process.kill().await.unwrap();
        Service::start_with(&address, &flags).await
    };
    let ((), _second) = tokio::join!(working, killing);
    assert_eq!(world.stored(task_id).await["output"], task_id);
    let metrics = world.metrics.render();
    assert!(!metrics.contains(r#"arbex_runner_execute_retries_total{reason="lost"} 0"#), "{metrics}");
    assert_eq!(world.outputs().len(), 1);
}

/// Whether the service at this address says that a script runs.
async fn running(address: &str) -> bool {
    let (_, metrics) = crate::process::get(address, "/metrics").await;
    metrics.lines().any(|line| line.starts_with("arbex_slots_busy") && !line.ends_with(" 0"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_a_private_authority_is_trusted_when_it_is_named() {
    let mut world = World::new(&latest("async function run(ctx) {}")).await;
    world.retry_budget = Duration::from_millis(300);
    let fake = Fake::start([success(json!(5))]).await;
    let (port, authority) = tls_before(fake.url.strip_prefix("http://").unwrap().to_owned()).await;
    let url = format!("https://localhost:{port}");
    let said = world.failure(&url).await;
    assert!(said.contains("cannot be reached") && said.to_lowercase().contains("certificate"), "{said}");

    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, authority).unwrap();
    world.certificates = Certificates::read(file.to_str().unwrap()).unwrap();
    assert_eq!(world.document(&url).await["output"], 5);
    // And as a flag of the process.
    world.core.queue_task(ARBEX).unwrap();
    let mut process = crate::process::runner(&world, &url);
    let process = process.arg("--once").env("ARBEX_RUNNER_SERVICE_CA_FILE", &file).output().await.unwrap();
    assert!(process.status.success(), "{}", String::from_utf8_lossy(&process.stderr));
    assert_eq!(fake.asked().len(), 2);
}

/// A TLS terminator before that address, as `localhost`; its port, and the authority that made its certificate.
async fn tls_before(address: String) -> (u16, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let pem = authority.self_signed(&key).unwrap().pem();
    let issuer = rcgen::Issuer::new(authority, key);
    let server_key = rcgen::KeyPair::generate().unwrap();
    let server = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let server = server.signed_by(&server_key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let server_key = rustls::pki_types::PrivateKeyDer::try_from(server_key.serialize_der()).unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![server.der().clone()], server_key).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (acceptor, address) = (acceptor.clone(), address.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut behind = TcpStream::connect(address).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut behind).await;
            });
        }
    });
    (port, pem)
}
