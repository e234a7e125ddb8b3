//! Broken connections, refusals, silence: what is repeated, what is not, and what the caller gets.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use heat_runtime::{Error, HeatRuntime, HeatRuntimeOptions, NewNodeOutput, Repeat, RetryPolicy, SetConfigOptions};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::calls;
use crate::fake::{Fake, Reply};

/// Repeats three times, at once.
fn eager() -> RetryPolicy {
    let mut policy = RetryPolicy::default();
    policy.max_retries = 3;
    policy.min_delay = Duration::ZERO;
    policy.max_delay = Duration::from_millis(1);
    policy
}

fn runtime(url: &str) -> HeatRuntime {
    HeatRuntime::new(HeatRuntimeOptions::new(url).with_retry(eager())).unwrap()
}

/// Makes a call of a Core that refuses `refusals` times; gives how often it was sent, and how it ended.
async fn refused(call: &str, args: Value, status: u16, refusals: usize) -> (usize, Result<Value, Error>) {
    let fake = Fake::start(move |number, _| {
        let reply = Reply::status(if number < refusals { status } else { 200 });
        reply.with_header("retry-after", "0")
    })
    .await;
    let result = calls::call(&runtime(&fake.url), call, args.as_array().unwrap()).await;
    (fake.lines().len(), result)
}

#[tokio::test]
async fn what_core_refuses_is_repeated_by_the_kind_of_the_call() {
    let output = json!([72, { "nodeInstanceId": 72, "configuration": "", "dataSourceId": 1, "dataPath": "", "outputIdentifier": "" }]);
    let reads_and_sets = [
        ("getNodeById", json!([72])),
        ("signalTaskExecution", json!([900])),
        ("completeTask", json!([900])),
        ("failTask", json!([900])),
        ("updateNodeStatus", json!([72, { "lastState": 3, "statusDetails": "" }])),
        ("updateSession", json!(["s", {}])),
        ("deleteSession", json!(["s"])),
    ];
    let makes = [
        ("claimTask", json!(["r", ["t"]])),
        ("createNodeOutput", output),
        ("createSession", json!([4, {}])),
        // A GET that makes a task.
        ("reprocessNode", json!([72])),
    ];
    for (call, args) in &reads_and_sets {
        for status in [429, 500, 502, 503, 504] {
            let (sent, result) = refused(call, args.clone(), status, 3).await;
            assert!(sent == 4 && result.is_ok(), "{call} {status}: {sent} {result:?}");
            let (sent, result) = refused(call, args.clone(), status, 4).await;
            assert!(sent == 4 && result.unwrap_err().status() == Some(status), "{call} {status}: {sent}");
        }
    }
    for (call, args) in &makes {
        let (sent, result) = refused(call, args.clone(), 429, 3).await;
        assert!(sent == 4 && result.is_ok(), "{call}: {sent} {result:?}");
        for status in [500, 503] {
            let (sent, result) = refused(call, args.clone(), status, 1).await;
            assert!(sent == 1 && result.unwrap_err().status() == Some(status), "{call} {status}: {sent}");
        }
    }
    for (call, args) in reads_and_sets.iter().chain(&makes) {
        for status in [400, 401, 409, 422] {
            let (sent, result) = refused(call, args.clone(), status, 1).await;
            assert!(sent == 1 && result.unwrap_err().status() == Some(status), "{call} {status}: {sent}");
        }
    }
}

#[tokio::test]
async fn the_caller_may_say_that_an_output_can_be_created_again() {
    let fake =
        Fake::start(|number, _| if number == 0 { Reply::status(502) } else { Reply::json(200, &json!({ "id": 7 })) })
            .await;
    let runtime = runtime(&fake.url);
    let created = runtime.create_node_output_with(72, &NewNodeOutput::default(), Repeat::Always).await.unwrap();
    assert_eq!((created.id, fake.lines().len()), (Some(7), 2));
}

#[tokio::test]
async fn an_error_keeps_what_core_asked_for_and_said() {
    let fake =
        Fake::start(|_, _| Reply::json(429, &json!({ "message": "slow down" })).with_header("retry-after", "3600"))
            .await;
    let error = runtime(&fake.url).list_sessions(None).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert_eq!(error.to_string(), "list_sessions: GET /api/sessions answered 429: slow down");
    assert_eq!(fake.lines().len(), 1, "an hour is too long to wait for");
}

/// What a server does with a connection, after it has read the head of a request.
#[derive(Clone, Copy)]
enum Conduct {
    Close,
    Silence,
    HalfAnAnswer,
    Answer,
}

/// Serves connections one by one, the last conduct for all that come after; counts them.
async fn server(conduct: &'static [Conduct]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let count = connections.clone();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let number = count.fetch_add(1, Ordering::SeqCst);
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let text = match conduct[number.min(conduct.len() - 1)] {
                Conduct::Close => continue,
                Conduct::Silence => "",
                Conduct::HalfAnAnswer => {
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").await;
                    continue;
                }
                Conduct::Answer => "HTTP/1.1 200 OK\r\ncontent-length: 8\r\nconnection: close\r\n\r\n{\"id\":1}",
            };
            let _ = stream.write_all(text.as_bytes()).await;
            kept.push(stream);
        }
    });
    (url, connections)
}

#[tokio::test]
async fn broken_connections_are_repeated_where_twice_is_harmless() {
    for conduct in
        [&[Conduct::Close, Conduct::Answer] as &[_], &[Conduct::HalfAnAnswer, Conduct::Close, Conduct::Answer]]
    {
        let (url, connections) = server(conduct).await;
        assert_eq!(runtime(&url).get_node_by_id(1).await.unwrap().id, 1);
        assert_eq!(connections.load(Ordering::SeqCst), conduct.len());

        let (url, connections) = server(conduct).await;
        let error = runtime(&url).claim_task("r", &["t"]).await.unwrap_err();
        assert!(matches!(error, Error::Connection { attempts: 1, .. }), "{error:?}");
        assert_eq!(connections.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn where_nobody_listens_everything_is_repeated() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let runtime = runtime(&url);
    let errors = [runtime.get_node_by_id(1).await.unwrap_err(), runtime.claim_task("r", &["t"]).await.unwrap_err()];
    for error in errors {
        assert!(matches!(error, Error::Connection { attempts: 4, .. }), "{error:?}");
    }
}

#[tokio::test]
async fn silence_ends_in_a_timeout() {
    let (url, connections) = server(&[Conduct::Silence]).await;
    let mut options = HeatRuntimeOptions::new(&url).with_retry(eager());
    options.request_timeout = Duration::from_millis(50);
    let runtime = HeatRuntime::new(options).unwrap();
    let error = runtime.get_node_by_id(1).await.unwrap_err();
    assert!(matches!(error, Error::Timeout { attempts: 4, .. }), "{error:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 4);
    let error = runtime.claim_task("r", &["t"]).await.unwrap_err();
    assert!(matches!(error, Error::Timeout { attempts: 1, .. }), "{error:?}");
}

#[tokio::test]
async fn answers_are_bounded() {
    let body = json!("x".repeat(1000));
    let length = body.to_string().len();
    let fake = Fake::start(move |_, _| Reply::json(200, &body)).await;
    for (max_response_bytes, fits) in [(length, true), (length - 1, false)] {
        let mut options = HeatRuntimeOptions::new(&fake.url);
        options.max_response_bytes = max_response_bytes;
        let result = HeatRuntime::new(options).unwrap().get_node_output_data(1).await;
        match result {
            Ok(data) => {
                assert!(fits && data.bytes.len() == length && data.content_type.as_deref() == Some("application/json"))
            }
            Err(error) => assert!(!fits && matches!(error, Error::TooLarge { .. }), "{error:?}"),
        }
    }
}

/// Makes a call of a Core that answers with these statuses.
async fn statuses(call: &str, args: Value, statuses: &'static [u16]) -> Result<Value, Error> {
    let fake = Fake::start(move |number, _| Reply::status(statuses[number])).await;
    let result = calls::call(&runtime(&fake.url), call, args.as_array().unwrap()).await;
    assert_eq!(fake.lines().len(), statuses.len());
    result
}

#[tokio::test]
async fn a_repetition_that_finds_the_work_done_is_content() {
    for call in ["completeTask", "failTask"] {
        for refusal in [404, 409] {
            let (alone, after): (&[u16], &[u16]) =
                if refusal == 404 { (&[404], &[502, 404]) } else { (&[409], &[500, 409]) };
            assert_eq!(statuses(call, json!([900]), alone).await.unwrap_err().status(), Some(refusal));
            assert!(statuses(call, json!([900]), after).await.is_ok(), "{call} {refusal}");
        }
        // A 429 says that nothing was done.
        assert_eq!(statuses(call, json!([900]), &[429, 409]).await.unwrap_err().status(), Some(409));
    }
    assert_eq!(statuses("deleteSession", json!(["s"]), &[404]).await.unwrap_err().status(), Some(404));
    assert!(statuses("deleteSession", json!(["s"]), &[503, 404]).await.is_ok());
    assert!(statuses("signalTaskExecution", json!([900]), &[503, 404]).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn no_argument_leads_to_another_resource() {
    let fake = Fake::start(|_, _| Reply::status(200)).await;
    let runtime = fake.runtime();
    for id in ["", ".", ".."] {
        assert!(matches!(runtime.delete_session(id).await.unwrap_err(), Error::Argument { argument: "id", .. }));
        assert!(matches!(runtime.get_config(id).await.unwrap_err(), Error::Argument { argument: "prefix", .. }));
    }
    assert!(fake.lines().is_empty());
    runtime.delete_session("a/../b?c#d").await.unwrap();
    assert_eq!(fake.lines(), ["DELETE /api/sessions/a%2F..%2Fb%3Fc%23d"]);
}

#[tokio::test]
async fn requests_carry_what_servers_want() {
    let fake = Fake::start(|_, _| Reply::status(200)).await;
    let mut options = HeatRuntimeOptions::new(format!("{}/base/", fake.url));
    options.session_token = Some(String::new());
    let runtime = HeatRuntime::new(options).unwrap();
    runtime.signal_task_execution(5).await.unwrap();
    runtime.list_sessions(Some(0)).await.unwrap_err();
    let received = fake.received();
    assert_eq!(fake.lines(), ["PUT /base/api/tasks/5/signal", "GET /base/api/sessions"]);
    assert_eq!((received[0].authorization.clone(), received[0].content_length.as_deref()), (None, Some("0")));
}

#[tokio::test]
async fn no_error_and_no_debug_text_shows_the_token() {
    let fake = Fake::start(|_, _| Reply::status(401)).await;
    let options = HeatRuntimeOptions::new(&fake.url).with_session_token("hush-hush");
    let runtime = HeatRuntime::new(options.clone()).unwrap();
    let error = runtime.list_projects().await.unwrap_err();
    assert_eq!(fake.received()[0].authorization.as_deref(), Some("Bearer hush-hush"));
    let bad = HeatRuntime::new(HeatRuntimeOptions::new(&fake.url).with_session_token("hush\nhush")).unwrap_err();
    for text in [format!("{error:?} {error}"), format!("{runtime:?} {options:?}"), format!("{bad:?} {bad}")] {
        assert!(!text.contains("hush"), "{text}");
    }
}

#[tokio::test]
async fn what_core_says_of_itself() {
    let fake =
        Fake::start(|_, _| Reply::json(200, &json!({ "status": true, "message": "m", "template": { "a": 1 } }))).await;
    let runtime = fake.runtime();
    let answers = [
        runtime.get_version().await,
        runtime.get_discovery().await,
        runtime.get_discovery_node_templates().await,
        runtime.get_discovery_dashboard_components().await,
        runtime.get_discovery_platform_configuration_keys().await,
        runtime.get_discovery_docs("guides/a b").await,
    ];
    for answer in answers {
        assert_eq!(answer.unwrap(), json!({ "a": 1 }));
    }
    assert_eq!(
        fake.lines(),
        [
            "GET /version",
            "GET /api/discovery",
            "GET /api/discovery/node-templates",
            "GET /api/discovery/dashboard-components",
            "GET /api/discovery/platform-configuration-keys",
            "GET /api/discovery/docs/guides%2Fa%20b",
        ]
    );
}

#[tokio::test]
async fn a_configuration_entry_in_pascal_case_keeps_its_members() {
    let fake = Fake::start(|_, _| Reply::json(200, &json!({ "Name": "a.b", "ValueType": 2, "Value": "old" }))).await;
    fake.runtime().set_config_value("a.b", 1.5, &SetConfigOptions::default()).await.unwrap();
    assert_eq!(fake.received()[1].body, json!({ "name": "a.b", "valueType": 2, "value": "1.5" }));
}

/// A TLS server with a certificate of its own making.
async fn tls_server() -> String {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let _ = acceptor.accept(stream).await;
        }
    });
    url
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let url = tls_server().await;
    let runtime = HeatRuntime::new(HeatRuntimeOptions::new(&url).with_retry(RetryPolicy::none())).unwrap();
    let error = runtime.list_sessions(None).await.unwrap_err();
    let mut text = String::new();
    let mut next: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = next {
        text.push_str(&format!("{error}; "));
        next = error.source();
    }
    assert!(text.contains("invalid peer certificate"), "{text}");
}
