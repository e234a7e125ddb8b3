//! Who is let in, and to do what: through the routers, over a socket while the file of tokens changes, and with the binary.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arbex::caller::{Capabilities, Capability, TokensFile};
use arbex::http::{App, admin_router, public_router};
use arbex::settings::{AuthenticationSettings, HttpSettings};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::http::{
    Answer, JSON, Log, OK_SCRIPT, app_with, eventually, get, http_settings, is_success, request, script_body, send,
    start_with,
};
use crate::support::sandbox_settings;

const TOKEN: &str = "SECRET-token-of-ci";
const OTHER: &str = "SECRET-token-of-ops";

fn sha256(token: &str) -> String {
    Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn line(name: &str, token: &str, capabilities: &str) -> String {
    format!("{name}:{}:{capabilities}\n", sha256(token))
}

/// A folder with a file `tokens`.
fn folder(tokens: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    write(&folder, tokens);
    folder
}

/// As operators are told to: a look finds the old file or the new one, and nothing between.
fn write(folder: &TempDir, tokens: &str) {
    let new = folder.path().join("tokens.new");
    std::fs::write(&new, tokens).unwrap();
    std::fs::rename(new, folder.path().join("tokens")).unwrap();
}

fn settings(folder: &TempDir, anonymous: Option<Capabilities>) -> HttpSettings {
    let tokens = Some(TokensFile::open(&folder.path().join("tokens")).unwrap());
    HttpSettings { authentication: AuthenticationSettings { tokens, anonymous }, ..http_settings() }
}

/// An app that knows these tokens, and nobody else.
fn app(tokens: &str) -> App {
    app_with(sandbox_settings(), settings(&folder(tokens), None))
}

/// A body that never comes: whoever waits for it hangs.
fn never() -> Body {
    Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>())
}

fn with_token(token: &str, target: &str) -> Request<Body> {
    let bearer = format!("Bearer {token}");
    let headers = [JSON, ("authorization", bearer.as_str())];
    match target {
        "/execute" | "/validate" => request(Method::POST, target, &headers, script_body(OK_SCRIPT)),
        _ => request(Method::GET, target, &headers, ""),
    }
}

fn assert_refused(answer: &Answer, status: u16, challenge: &str) {
    let kind = if status == 401 { "unauthorized" } else { "forbidden" };
    let problem = answer.json();
    assert_eq!((answer.status.as_u16(), &problem["type"]), (status, &json!(format!("/problems/{kind}"))), "{problem}");
    assert_eq!(answer.header("www-authenticate"), format!("Bearer realm=\"arbex\"{challenge}"));
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert!(!problem.to_string().contains("SECRET"), "{problem}");
}

async fn metric(app: &App, name: &str) -> u64 {
    let text = send(&admin_router(app.clone()), get("/metrics")).await.body;
    let text = String::from_utf8(text.to_vec()).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name} is not in\n{text}")).parse().unwrap()
}

async fn admissions(app: &App, result: &str) -> u64 {
    metric(app, &format!("arbex_authentications_total{{result=\"{result}\"}}")).await
}

#[tokio::test]
async fn who_is_not_recognised_is_told_before_the_body_is_read() {
    let app = app(&line("ci", TOKEN, "execute"));
    let router = public_router(app.clone());
    let right = format!("Bearer {TOKEN}");
    let (missing, malformed, wrong) = ("", ", error=\"invalid_request\"", ", error=\"invalid_token\"");
    let cases: &[(&[&str], &str)] = &[
        (&[], missing),
        (&[""], malformed),
        (&["Bearer"], malformed),
        (&["Bearer "], malformed),
        (&[TOKEN], malformed),
        (&["Basic Y2k6U0VDUkVU"], malformed),
        (&["Bearer SECRET token"], malformed),
        (&[&right, &right], malformed),
        (&["Bearer SECRET"], wrong),
        (&[&format!("{right}x")], wrong),
        (&[&right[..right.len() - 1]], wrong),
        (&[&right.to_uppercase()], wrong),
        // The digest is no token.
        (&[&format!("Bearer {}", sha256(TOKEN))], wrong),
    ];
    for (lines, challenge) in cases {
        for path in ["/execute", "/validate"] {
            let headers: Vec<_> = lines.iter().map(|line| ("authorization", *line)).chain([JSON]).collect();
            let answer = send(&router, request(Method::POST, path, &headers, never())).await;
            assert_refused(&answer, 401, challenge);
        }
    }
    for (result, count) in [("missing", 2), ("malformed", 14), ("wrong", 10), ("token", 0)] {
        assert_eq!(admissions(&app, result).await, count, "{result}");
    }
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let authorization = format!("{scheme} {TOKEN}");
        let headers = [JSON, ("authorization", authorization.as_str())];
        let answer = send(&router, request(Method::POST, "/execute", &headers, script_body(OK_SCRIPT))).await;
        assert!(is_success(&answer), "{scheme}: {:?}", answer.body);
    }
    assert_eq!(admissions(&app, "token").await, 3);
}

#[tokio::test]
async fn each_capability_opens_its_own_routes_and_no_other() {
    let subsets: Vec<Vec<Capability>> = (0..1 << Capability::ALL.len())
        .map(|bits| {
            Capability::ALL.into_iter().enumerate().filter(|(at, _)| bits & 1 << at != 0).map(|(_, it)| it).collect()
        })
        .filter(|subset: &Vec<_>| !subset.is_empty())
        .collect();
    assert_eq!(subsets.len(), 15);
    let name = |subset: &[Capability]| subset.iter().map(|it| it.as_str()).collect::<Vec<_>>();
    let tokens: String = subsets
        .iter()
        .map(|subset| line(&name(subset).join("-"), &name(subset).join("_"), &name(subset).join(",")))
        .collect();
    let http = HttpSettings { admin_listen: None, ..settings(&folder(&tokens), None) };
    let router = public_router(app_with(sandbox_settings(), http));
    for (target, capability) in
        [("/execute", Capability::Execute), ("/validate", Capability::Execute), ("/metrics", Capability::Admin)]
    {
        for subset in &subsets {
            let answer = send(&router, with_token(&name(subset).join("_"), target)).await;
            if subset.contains(&capability) {
                assert_eq!(answer.status, StatusCode::OK, "{target} {subset:?}");
            } else {
                assert_refused(&answer, 403, ", error=\"insufficient_scope\"");
                let detail = answer.json()["detail"].as_str().unwrap().to_owned();
                assert!(detail.contains(&format!("`{}`", capability.as_str())), "{detail}");
            }
        }
        assert_refused(&send(&router, with_token("unknown", target)).await, 401, ", error=\"invalid_token\"");
    }
}

#[tokio::test]
async fn what_everybody_may_know_needs_no_token() {
    let app = app(&line("ci", TOKEN, "execute"));
    app.readiness.set_ready();
    let (public, admin) = (public_router(app.clone()), admin_router(app));
    for path in ["/livez", "/readyz", "/version", "/openapi.json", "/docs/", "/sdk/heat-arbex.d.ts", "/sdk/examples"] {
        for request in [get(path), with_token("wrong", path)] {
            assert_eq!(send(&public, request).await.status, StatusCode::OK, "{path}");
        }
    }
    for path in ["/livez", "/readyz", "/version", "/metrics"] {
        assert_eq!(send(&admin, get(path)).await.status, StatusCode::OK, "{path}");
    }
    assert_eq!(send(&public, get("/nothing")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(send(&public, get("/execute")).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn callers_without_a_token_may_do_what_the_operator_says() {
    let tokens = folder(&line("ci", TOKEN, "execute"));
    let plain = || request(Method::POST, "/execute", &[JSON], script_body(OK_SCRIPT));
    for (capabilities, may_execute) in [("execute", true), ("system,exec,admin", false)] {
        let anonymous = Some(Capabilities::parse(capabilities).unwrap());
        let app = app_with(sandbox_settings(), settings(&tokens, anonymous));
        let router = public_router(app.clone());
        let answer = send(&router, plain()).await;
        if may_execute {
            assert!(is_success(&answer))
        } else {
            assert_refused(&answer, 403, ", error=\"insufficient_scope\"")
        }
        assert_eq!(admissions(&app, "anonymous").await, u64::from(may_execute));
        assert_eq!(admissions(&app, "not_allowed").await, u64::from(!may_execute));
        // A wrong token is not as good as none.
        assert_refused(&send(&router, with_token("wrong", "/execute")).await, 401, ", error=\"invalid_token\"");
        assert!(is_success(&send(&router, with_token(TOKEN, "/execute")).await));
    }

    // Where there are no tokens, none is wrong, and the metrics are for whoever reaches them.
    let app = app_with(sandbox_settings(), HttpSettings { admin_listen: None, ..http_settings() });
    let router = public_router(app);
    for request in [plain(), with_token("any", "/execute")] {
        assert!(is_success(&send(&router, request).await));
    }
    assert_eq!(send(&router, get("/metrics")).await.status, StatusCode::OK);
}

/// A page that a developer has open can have the browser post to loopback, where nobody needs a token.
#[tokio::test]
async fn pages_of_other_sites_need_a_token() {
    let app = app_with(sandbox_settings(), http_settings());
    let router = public_router(app.clone());
    let (mut let_in, mut turned_away) = (0, 0);
    for (site, is_foreign) in [
        (None, false),
        (Some("same-origin"), false),
        (Some("none"), false),
        (Some("same-site"), true),
        (Some("cross-site"), true),
    ] {
        for path in ["/execute", "/validate"] {
            // What a page can send without asking first: no type, or that of text.
            let headers: Vec<_> = site.map(|site| ("sec-fetch-site", site)).into_iter().collect();
            if is_foreign {
                let answer = send(&router, request(Method::POST, path, &headers, never())).await;
                let problem = answer.json();
                assert_eq!((answer.status.as_u16(), &problem["type"]), (403, &json!("/problems/foreign-page")));
                assert!(problem["detail"].as_str().unwrap().contains("docs/callers.md"), "{problem}");
                assert_eq!(answer.header("www-authenticate"), "", "no token of the page's own would help");
                turned_away += 1;
            } else {
                let answer = send(&router, request(Method::POST, path, &headers, script_body(OK_SCRIPT))).await;
                assert_eq!(answer.status, StatusCode::OK, "{site:?}");
                let_in += 1;
            }
        }
    }
    assert_eq!((admissions(&app, "anonymous").await, admissions(&app, "not_allowed").await), (let_in, turned_away));
    assert_eq!(metric(&app, "arbex_executions_total{reason=\"none\",status=\"SUCCESS\"}").await, let_in / 2);

    // Who has a token was given it for a purpose; who has none where there are tokens, is anybody.
    let tokens = folder(&line("ci", TOKEN, "execute"));
    let anonymous = Some(Capabilities::parse("execute").unwrap());
    let router = public_router(app_with(sandbox_settings(), settings(&tokens, anonymous)));
    let bearer = format!("Bearer {TOKEN}");
    let foreign = ("sec-fetch-site", "cross-site");
    for (headers, status) in [(&[JSON, foreign, ("authorization", &bearer)][..], 200), (&[JSON, foreign], 403)] {
        let answer = send(&router, request(Method::POST, "/execute", headers, script_body(OK_SCRIPT))).await;
        assert_eq!(answer.status.as_u16(), status);
    }
    for path in ["/livez", "/version", "/openapi.json", "/docs/", "/sdk/examples"] {
        assert_eq!(send(&router, request(Method::GET, path, &[foreign], "")).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn callers_do_not_see_each_other_s_answers() {
    let app = app(&(line("ci", TOKEN, "execute") + &line("ops", OTHER, "execute")));
    let router = public_router(app);
    let call = async |token: &str, script: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [JSON, ("authorization", bearer.as_str()), ("idempotency-key", "1")];
        send(&router, request(Method::POST, "/execute", &headers, script_body(script))).await
    };
    let random = "function run() { return Math.random(); }";
    let first = call(TOKEN, random).await;
    let others = call(OTHER, random).await;
    assert!(is_success(&first) && is_success(&others));
    assert_ne!(first.body, others.body);
    for (token, own) in [(TOKEN, &first), (OTHER, &others)] {
        let again = call(token, random).await;
        assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &own.body));
        assert_eq!(call(token, OK_SCRIPT).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_refused(&call("wrong", random).await, 401, ", error=\"invalid_token\"");
}

/// Which of the two tokens are let in.
async fn let_in(router: &Router) -> [bool; 2] {
    let mut found = [false; 2];
    for (found, token) in found.iter_mut().zip([TOKEN, OTHER]) {
        *found = send(router, with_token(token, "/validate")).await.status == StatusCode::OK;
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_is_followed() {
    let both = line("ci", TOKEN, "execute") + &line("ops", OTHER, "execute");
    let tokens = folder(&both);
    let service = start_with(Duration::from_secs(1), settings(&tokens, None)).await;
    let (app, router) = (service.app.clone(), public_router(service.app.clone()));
    let state = async || {
        [
            metric(&app, "arbex_tokens").await,
            metric(&app, "arbex_tokens_file_faulty").await,
            metric(&app, "arbex_tokens_file_reloads_total{result=\"loaded\"}").await,
            metric(&app, "arbex_tokens_file_reloads_total{result=\"faulty\"}").await,
        ]
    };
    let until = async |expected: [u64; 4]| {
        let began = std::time::Instant::now();
        while state().await != expected {
            assert!(began.elapsed() < Duration::from_secs(20), "{:?} and not {expected:?}", state().await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    until([2, 0, 0, 0]).await;
    assert_eq!(let_in(&router).await, [true, true]);

    // A connection that was let in before is asked again with each request.
    let client = reqwest::Client::new();
    let url = format!("http://{}/execute", service.address);
    let call = async || {
        let body = json!({ "configuration": { "script": OK_SCRIPT } });
        client.post(&url).bearer_auth(TOKEN).json(&body).send().await.unwrap().status().as_u16()
    };
    assert_eq!(call().await, 200);
    write(&tokens, &line("ops", OTHER, "execute"));
    until([1, 0, 1, 0]).await;
    assert_eq!((let_in(&router).await, call().await), ([false, true], 401));

    // A bad line, or no file: nothing changes but what is told.
    write(&tokens, &(both.clone() + "SECRET\n"));
    until([1, 1, 1, 1]).await;
    assert_eq!(let_in(&router).await, [false, true]);
    std::fs::remove_file(tokens.path().join("tokens")).unwrap();
    until([1, 1, 1, 2]).await;
    assert_eq!(let_in(&router).await, [false, true]);

    write(&tokens, &both);
    until([2, 0, 2, 2]).await;
    assert_eq!((let_in(&router).await, call().await), ([true, true], 200));

    // An empty list turns everybody away.
    write(&tokens, "# nobody\n");
    until([0, 0, 3, 2]).await;
    assert_eq!((let_in(&router).await, call().await), ([false, false], 401));
    assert_refused(&send(&router, request(Method::POST, "/execute", &[JSON], never())).await, 401, "");
    service.stop.request();
    service.served.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_caller_s_name_is_on_the_line_and_nothing_of_its_token() {
    let (log, subscriber) = Log::of_everything();
    let router = public_router(app(&(line("ci", TOKEN, "execute") + &line("ops", OTHER, "admin"))));
    let _guard = tracing::subscriber::set_default(subscriber);
    for token in [TOKEN, OTHER, "SECRET-wrong"] {
        send(&router, with_token(token, "/execute")).await;
    }
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("SECRET") && !text.contains(&sha256(TOKEN)[..16]), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> = lines
        .iter()
        .filter(|line| line["fields"]["message"] == "request")
        .map(|line| (line["fields"]["status"].as_u64().unwrap(), line["span"]["caller"].as_str()))
        .collect();
    assert_eq!(told, [(200, Some("ci")), (403, Some("ops")), (401, None)], "{text}");
}

/// `arbex serve`, as a process of its own.
struct Served {
    /// Ended with this.
    process: Child,
    public: String,
    admin: String,
    log: Arc<Mutex<String>>,
}

async fn serve(directory: &Path, args: &[&str]) -> Served {
    let mut process = Command::new(env!("CARGO_BIN_EXE_arbex"))
        .args(["serve", "--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0", "--log-format=json"])
        .args(args)
        .current_dir(directory)
        .env_clear()
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let log = Arc::new(Mutex::new(String::new()));
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    tokio::spawn({
        let log = Arc::clone(&log);
        async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let mut log = log.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        }
    });
    let address = |flag: &str| {
        let log = log.lock().unwrap();
        let mut lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.find(|line| line["flag"] == flag).map(|line| line["address"].as_str().unwrap().to_owned())
    };
    eventually("both addresses", Duration::from_secs(20), || address("--admin-listen").is_some()).await;
    let [public, admin] = ["--listen", "--admin-listen"].map(|flag| address(flag).unwrap());
    Served { process, public, admin, log }
}

impl Served {
    async fn call(&self, client: &reqwest::Client, token: &str) -> u16 {
        let body = json!({ "configuration": { "script": OK_SCRIPT } });
        let call = client.post(format!("http://{}/execute", self.public)).bearer_auth(token).json(&body);
        call.send().await.unwrap().status().as_u16()
    }

    async fn metric(&self, client: &reqwest::Client, name: &str) -> u64 {
        let text = client.get(format!("http://{}/metrics", self.admin)).send().await.unwrap().text().await.unwrap();
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap().parse().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_wrong_tokens_change_nothing() {
    let tokens = folder(&line("ci", TOKEN, "execute"));
    let served = Arc::new(serve(tokens.path(), &["--tokens-file=tokens"]).await);
    let client = reqwest::Client::new();
    let attempts = async |count: usize| {
        let tasks: Vec<_> = (0..4)
            .map(|task| {
                let (served, client) = (Arc::clone(&served), client.clone());
                tokio::spawn(async move {
                    for attempt in 0..count / 4 {
                        // Some are nearly right.
                        let wrong = match attempt % 4 {
                            0 => format!("{TOKEN}{task}"),
                            1 => TOKEN[..TOKEN.len() - 1 - attempt % 8].to_owned(),
                            2 => sha256(&format!("{task}-{attempt}")),
                            _ => "x".repeat(1 + attempt % 4096),
                        };
                        assert_eq!(served.call(&client, &wrong).await, 401, "{wrong}");
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    };
    attempts(2_000).await;
    let before = served.metric(&client, "arbex_resident_memory_bytes").await;
    attempts(8_000).await;
    let after = served.metric(&client, "arbex_resident_memory_bytes").await;
    assert!(after < before + (8 << 20), "{before} bytes before, {after} after");
    assert_eq!(served.metric(&client, "arbex_authentications_total{result=\"wrong\"}").await, 10_000);
    assert_eq!(served.metric(&client, "arbex_executions_total{reason=\"none\",status=\"SUCCESS\"}").await, 0);
    assert_eq!(served.call(&client, TOKEN).await, 200);
}

/// Whoever opens a pipe waits for its writer: a service that did would follow nothing any more, and could not be stopped.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pipe_in_place_of_the_file_holds_up_nothing() {
    let tokens = folder(&line("ci", TOKEN, "execute"));
    let mut served = serve(tokens.path(), &["--tokens-file=tokens"]).await;
    let client = reqwest::Client::new();
    let pipe = tokens.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().await.unwrap().success());
    std::fs::rename(pipe, tokens.path().join("tokens")).unwrap();
    let is_told = || served.log.lock().unwrap().contains("must be a regular file");
    eventually("a fault of the file", Duration::from_secs(20), is_told).await;
    assert_eq!(served.metric(&client, "arbex_tokens_file_faulty").await, 1);
    assert_eq!(served.call(&client, TOKEN).await, 200);

    // A file again, it is followed again.
    write(&tokens, &line("ops", OTHER, "execute"));
    let is_told = || served.log.lock().unwrap().contains("other tokens are in force");
    eventually("other tokens", Duration::from_secs(20), is_told).await;
    assert_eq!((served.call(&client, TOKEN).await, served.call(&client, OTHER).await), (401, 200));

    assert!(Command::new("mkfifo").arg(tokens.path().join("pipe")).status().await.unwrap().success());
    std::fs::rename(tokens.path().join("pipe"), tokens.path().join("tokens")).unwrap();
    let faults = || served.log.lock().unwrap().matches("must be a regular file").count();
    eventually("a fault of the file", Duration::from_secs(20), || faults() == 2).await;
    // Its connections are idle: nothing is to be waited for.
    let process = served.process.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &process]).status().await.unwrap().success());
    let ended = tokio::time::timeout(Duration::from_secs(20), served.process.wait()).await.unwrap().unwrap();
    assert_eq!(ended.code(), Some(0));
}

/// With everything logged that any library says, over both protocols, and through a reload that fails.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_token_and_no_digest_is_ever_logged() {
    let tokens = folder(&line("ci", TOKEN, "execute"));
    let served = serve(tokens.path(), &["--tokens-file=tokens", "--log=trace"]).await;
    let client = reqwest::Client::new();
    for token in [TOKEN, "SECRET-wrong"] {
        let plain = served.call(&client, token).await;
        let stream = TcpStream::connect(&served.public).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let call = Request::post(format!("http://{}/execute", served.public))
            .header("authorization", format!("Bearer {token}"))
            .header("idempotency-key", "SECRET-key")
            .body(Full::new(Bytes::from(script_body(OK_SCRIPT))))
            .unwrap();
        let answer = sender.send_request(call).await.unwrap();
        assert_eq!(answer.status().as_u16(), plain);
        assert_eq!(plain, if token == TOKEN { 200 } else { 401 });
        answer.into_body().collect().await.unwrap();
    }
    write(&tokens, &(line("ops", OTHER, "execute") + "SECRET-line"));
    let log = || served.log.lock().unwrap().clone();
    eventually("a fault of the file", Duration::from_secs(20), || log().contains("line 2: must be name")).await;
    let log = log();
    for secret in ["SECRET", &sha256(TOKEN)[..16], &sha256(OTHER)[..16], &sha256("SECRET-wrong")[..16]] {
        assert!(!log.contains(secret), "{secret} is in {log}");
    }
    assert!(log.contains("\"TRACE\"") && log.contains("\"caller\":\"ci\""), "{log}");
}
