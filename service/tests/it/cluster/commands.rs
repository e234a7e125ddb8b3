//! Commands in pods.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arbex::caller::Caller;
use kube_dev::sample::pod;
use kube_dev::{ApiServer, Ending, Fault, Ran};
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use super::{CALLS, assert_rejects, calls, envelope_for, request, sandbox, soon};
use crate::support::caller;

/// A cluster manager of which one pod is gone and one runs, a web pod of two containers, and one that does not run.
async fn server() -> ApiServer {
    let server = ApiServer::start().await.unwrap();
    let manager = [("app", "cluster-manager")];
    server.put(&pod("heat", "cluster-manager-0", "Failed", &manager, &["manager"]));
    server.put(&pod("heat", "cluster-manager-1", "Running", &manager, &["manager"]));
    let mut web = pod("heat", "web-0", "Running", &[], &["proxy", "web"]);
    web.metadata.annotations = Some([("kubectl.kubernetes.io/default-container".to_owned(), "web".to_owned())].into());
    server.put(&web);
    server.put(&pod("heat", "web-1", "Pending", &[], &["web"]));
    server.run_commands(|argv| {
        let (stdout, stderr) = (b"out".to_vec(), b"err".to_vec());
        let ending = match argv[0].as_str() {
            "exit" => Ending::Exit(argv[1].parse().unwrap()),
            "missing" => Ending::NotStarted("no such file".to_owned()),
            "break" => Ending::Break,
            "hang" => Ending::Never(Duration::from_millis(5)),
            "long" => {
                return Ran {
                    stdout: vec![b'a'; argv[1].parse().unwrap()],
                    stderr: vec![b'b'; 100_000],
                    ..Ran::default()
                };
            }
            "/bin/sh" => return Ran { stdout: argv.join("|").into_bytes(), ..Ran::default() },
            _ => Ending::default(),
        };
        Ran { stdout, stderr, ending }
    });
    server
}

fn exec(command: Value) -> Value {
    json!(["exec", { "podName": "web-0", "command": command }])
}

/// The seed's two methods with the seed's argv.
#[tokio::test]
async fn the_seed_s_commands_run() {
    let server = server().await;
    let command = json!(["/bin/sh", "-c", "curl -s localhost:3000/health"]);
    let made = calls(
        &sandbox(&server),
        json!([["execClusterManager", { "command": command }], ["exec", { "namespace": "heat", "podName": "web-0", "container": "proxy", "command": command }]]),
    )
    .await;
    let done = |pod: &str, container: &str| json!({ "podName": pod, "namespace": "heat", "container": container, "stdout": "/bin/sh|-c|curl -s localhost:3000/health", "stderr": "", "exitCode": 0 });
    assert_eq!(made, [done("cluster-manager-1", "manager"), done("web-0", "proxy")]);
    let asked = server.journal();
    let of = |index: usize| (asked[index].verb, asked[index].resource.as_str(), asked[index].name.as_deref());
    assert_eq!((of(0), of(1)), (("list", "pods", None), ("create", "pods/exec", Some("cluster-manager-1"))));
    assert_eq!((of(2), of(3)), (("get", "pods", Some("web-0")), ("create", "pods/exec", Some("web-0"))));
    assert_eq!(asked[1].parameter("stdin"), None, "{:?}", asked[1]);
}

/// A command, and what comes of it: its streams and its exit code apart.
#[tokio::test]
async fn output_errors_and_exit_code_come_apart() {
    let server = server().await;
    let done = |code: u8| json!({ "podName": "web-0", "namespace": "heat", "container": "web", "stdout": "out", "stderr": "err", "exitCode": code });
    let failed = |cause: &str, message: &str| json!({ "name": "ClusterError", "cause": cause, "message": message });
    let made = calls(
        &sandbox(&server),
        json!([
            exec(json!(["exit", "0"])), exec(json!(["exit", "3"])), exec(json!(["exit", "255"])),
            exec(json!(["missing"])), exec(json!(["break"])),
            ["exec", { "podName": "web-1", "command": ["true"] }],
            ["exec", { "podName": "web-9", "command": ["true"] }],
            ["exec", { "podName": "web-0", "container": "db", "command": ["true"] }],
            ["execClusterManager", { "namespace": "other", "command": ["true"] }],
        ]),
    )
    .await;
    assert_eq!(made[..3], [done(0), done(3), done(255)]);
    let not_found =
        json!({ "name": "ClusterError", "status": 404, "reason": "NotFound", "message": "pods \"web-9\" not found" });
    let expected = [
        failed(
            "not_started",
            "the command could not be run: Internal error occurred: error executing command in container: no such file",
        ),
        failed("broken", "ended before the answer did"),
        failed("no_pod", "the pod \"web-1\" is Pending, not Running"),
        not_found,
        failed("no_pod", "the pod \"web-0\" has no container \"db\"; it has proxy, web"),
        failed("no_pod", "no pod labelled app=cluster-manager is running in the namespace \"other\""),
    ];
    for (made, expected) in made[3..].iter().zip(expected) {
        assert_rejects(made, &expected);
    }
}

#[tokio::test]
async fn outputs_are_cut_each_at_its_bound_and_marked() {
    let server = server().await;
    let sandbox = sandbox(&server);
    for (chars, is_cut) in [(999, false), (1000, false), (1001, true), (5_000_000, true)] {
        let mut request = request(CALLS, &json!([exec(json!(["long", chars.to_string()]))]));
        request["configuration"]["system"]["k8s"]["exec"]["maxOutputChars"] = json!(1000);
        let envelope = envelope_for(&sandbox, &request, &caller()).await;
        let made = &envelope["output"][0];
        let mark = "\n[cut at 1000 characters: system.k8s.exec.maxOutputChars]";
        let expected = "a".repeat(chars.min(1000)) + if is_cut { mark } else { "" };
        assert_eq!(made["stdout"], expected, "{chars}");
        assert_eq!(made["stderr"], "b".repeat(1000) + mark);
        assert_eq!(made["exitCode"], 0);
    }
    assert_eq!(sandbox.cluster_bytes_in_use(), 0);
}

/// By its own bound, and by the run's.
#[tokio::test]
async fn a_command_that_does_not_end_is_left() {
    let server = server().await;
    let sandbox = sandbox(&server);
    let mut own = request(CALLS, &json!([exec(json!(["hang"]))]));
    own["configuration"]["system"]["k8s"]["exec"]["timeoutMs"] = json!(200);
    let envelope = soon(envelope_for(&sandbox, &own, &caller())).await;
    assert_rejects(
        &envelope["output"][0],
        &json!({ "name": "ClusterError", "cause": "timeout", "message": "the command did not end in 200 ms (system.k8s.exec.timeoutMs)" }),
    );
    let mut runs = request(CALLS, &json!([exec(json!(["hang"]))]));
    runs["configuration"]["timeoutMs"] = json!(200);
    let envelope = soon(envelope_for(&sandbox, &runs, &caller())).await;
    assert_eq!(envelope["output"]["reason"], "timeout", "{envelope}");
}

#[tokio::test]
async fn what_the_account_may_not_run_is_named() {
    let server = server().await;
    server.allow(|asked| asked.resource != "pods/exec");
    let made = calls(&sandbox(&server), json!([exec(json!(["true"]))])).await;
    let message = "403 Forbidden: this service's account may not create pods/exec in the namespace \"heat\"";
    assert_rejects(
        &made[0],
        &json!({ "name": "ClusterError", "status": 403, "reason": "Forbidden", "message": message }),
    );
}

/// Whatever stands between may answer the handshake with a page of its own, which is nobody's to see.
#[tokio::test]
async fn a_page_in_the_place_of_a_command_stays_outside() {
    let server = server().await;
    let canary = "canary-5eCreT";
    server.fault("pods/exec", Fault::Page(502, format!("<html>{canary}</html>")));
    let made = calls(&sandbox(&server), json!([exec(json!(["true"]))])).await;
    let message = "the API server answered 502 to create pods/exec in the namespace \"heat\"";
    let expected =
        json!({ "name": "ClusterError", "cause": "status", "status": 502, "reason": null, "message": message });
    assert_rejects(&made[0], &expected);
    assert!(!made[0].to_string().contains(canary), "{made:?}");
}

/// What is 16,384 characters for a script may be more than a URL takes.
#[tokio::test]
async fn a_command_too_long_for_a_url_is_told_apart() {
    let server = server().await;
    let of = |count: usize| exec(json!(["true", "é".repeat(count)]));
    let made = calls(&sandbox(&server), json!([of(10_000), of(11_000)])).await;
    assert_eq!(made[0]["exitCode"], 0, "{made:?}");
    assert_rejects(&made[1], &json!({ "name": "TypeError", "message": "exec: command must be shorter" }));
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Who ran what where is in the log, refused or not; what it wrote is not, and no argument makes a line of its own. The log is
/// the whole process's, as it has to be: one of this thread alone would miss what other tests made the library cache.
#[tokio::test]
async fn commands_are_in_the_log_without_their_output() {
    let log = Log::default();
    let level = tracing::Level::INFO;
    let subscriber = tracing_subscriber::fmt().json().with_max_level(level).with_writer(log.clone()).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let server = server().await;
    let mut asked = vec![exec(json!(["exit", "3", "a\nb"])), json!(["exec", { "podName": "db-0", "command": ["rm"] }])];
    // However often it tries, and however much it says.
    asked.extend(vec![json!(["exec", { "podName": "db-0", "command": ["x".repeat(2_000)] }]); 20]);
    let asked = json!(asked);
    let auditor = Caller { name: "auditor".into(), ..caller() };
    envelope_for(&sandbox(&server), &request(CALLS, &asked), &auditor).await;
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let fields: Vec<_> =
        lines.iter().map(|line| &line["fields"]).filter(|fields| fields["caller"] == "auditor").collect();
    assert_eq!(fields.len(), 2 + 10, "two of the one that ran, the first ten that were refused");
    assert_eq!((&fields[0]["pod"], &fields[0]["namespace"]), (&json!("web-0"), &json!("heat")));
    assert_eq!((&fields[0]["container"], &fields[0]["argv"]), (&json!("web"), &json!(r#"["exit", "3", "a\nb"]"#)));
    assert_eq!((&fields[1]["pod"], &fields[1]["exit_code"]), (&json!("web-0"), &json!(3)));
    assert_eq!((&fields[2]["pod"], &fields[2]["argv"]), (&json!("db-0"), &json!(r#"["rm"]"#)));
    assert!(fields[2]["reason"].as_str().unwrap().contains("podNamePrefixes"), "{log}");
    assert_eq!(fields[11]["argv"].as_str().unwrap().len(), 1024);
    let told = serde_json::to_string(&fields).unwrap();
    assert!(!told.contains("\"out\"") && !told.contains("\"err\""), "{told}");
}
