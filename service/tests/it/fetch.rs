//! Inputs by URL, against stores that answer well, badly, late or not at all. No envelope may hold anything of an address, a
//! header or an answer that failed.

pub(crate) mod store;

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arbex::bridge::FetchSettings;
use arbex::call::{Call, Ceilings, Origin};
use arbex::run::{Fetched, Outcome};
use arbex::sandbox::{Sandbox, SandboxSettings};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::{Barrier, mpsc};

use crate::support::{caller, envelope_of, sandbox_settings};
use store::{Asked, Identity, Store, gzip, ok};

/// Stands in every path, header and failed answer, and must never be seen.
const SECRET: &str = "canary-5eCreT";

/// Bound of one input in these tests.
const MAX_BYTES: usize = 4096;

/// Opens each input as text, one after the other, and says what came of it.
const EACH: &str = r#"
async function run(ctx) {
  const all = ctx.inputs.history ?? [ctx.inputs.latest];
  const seen = [];
  for (const input of all) {
    try {
      const reader = await input.openBinaryReader();
      seen.push(new TextDecoder().decode(reader.bytes()));
      reader.dispose();
    } catch (error) {
      console.error(error);
      const { name, message, stack, ...rest } = error;
      console.log(JSON.stringify(rest), stack);
      seen.push(`${error instanceof Error} ${error.name}: ${error.message}`);
    }
  }
  console.log(ctx, JSON.stringify(ctx.inputs));
  return seen;
}"#;

fn fetching(origins: &[&Store]) -> FetchSettings {
    let origins = origins.iter().map(|store| store.origin()).collect();
    FetchSettings { origins, max_bytes: MAX_BYTES, timeout_ms: 60_000, ..FetchSettings::default() }
}

fn sandbox(fetch: FetchSettings) -> Sandbox {
    Sandbox::new(SandboxSettings { fetch, ..sandbox_settings() }).unwrap()
}

/// A run of `script` over the inputs at `urls`, whose outputIds count from 1.
fn request(script: &str, urls: &[String]) -> Value {
    let input = |(index, url): (usize, &String)| {
        json!({
            "descriptor": { "outputId": index + 1 },
            "content": { "url": url, "headers": { "x-token": SECRET } },
        })
    };
    json!({
        "configuration": {
            "script": script,
            "timeoutMs": 60_000,
            "parent": { "mode": "history", "historyOrder": "oldestFirst" },
        },
        "inputs": urls.iter().enumerate().map(input).collect::<Vec<_>>(),
    })
}

async fn run(sandbox: &Sandbox, script: &str, urls: &[String]) -> Value {
    let envelope = envelope_of(sandbox, &request(script, urls)).await;
    assert_tells_nothing(&envelope, urls);
    envelope
}

/// Neither what the caller sent along nor what the store answered is anywhere in the envelope. The snapshot holds the
/// configuration alone.
fn assert_tells_nothing(envelope: &Value, urls: &[String]) {
    let text = envelope.to_string().to_lowercase();
    let host = |url: &String| url.split('/').nth(2).unwrap_or_default().to_owned();
    let secrets = urls.iter().map(host).chain([SECRET.to_lowercase(), "x-token".to_owned(), "127.0.0.1".to_owned()]);
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret} is in {text}");
    }
}

/// What [`EACH`] says of each input.
async fn each(sandbox: &Sandbox, urls: &[String]) -> Vec<String> {
    let envelope = run(sandbox, EACH, urls).await;
    assert_eq!(envelope["status"], "SUCCESS", "{envelope}");
    serde_json::from_value(envelope["output"].clone()).unwrap()
}

fn failed(index: usize, cause: &str) -> String {
    format!("true FetchError: input {index} could not be fetched: {cause}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_become_bytes_or_a_failure_with_its_cause() {
    let text = |text: &str| Ok(text.to_owned());
    let fails = |cause: &str| Err(cause.to_owned());
    let status = |status: &str| {
        let headers = format!("connection: close\r\nlocation: /{SECRET}\r\nx-echo: {SECRET}\r\n");
        format!("HTTP/1.1 {status} {SECRET}\r\n{headers}content-length: {}\r\n\r\n{SECRET}", SECRET.len()).into_bytes()
    };
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\n";
    let raw = |rest: String| [head.as_bytes(), rest.as_bytes()].concat();
    let packed = gzip(b"a,b\n1,2\n").await;
    let exactly = "x".repeat(MAX_BYTES);
    let one_more = "x".repeat(MAX_BYTES + 1);
    let noise: Vec<u8> =
        (0u32..).flat_map(|n| (n.wrapping_mul(2_654_435_761) >> 24).to_le_bytes()).take(MAX_BYTES).collect();
    let bomb = gzip(&vec![0; 64 << 20]).await;
    let empty_parts = gzip(b"").await.repeat(1000);
    let too_large = "more than 4096 bytes";
    let damaged = "its gzip is damaged, or something else comes behind it";
    let broken = "the connection ended before the answer did";
    let not_http = "the answer is not HTTP, or its head is too long";
    let unknown = "its content encoding is not gzip";

    let rows: Vec<(&str, Vec<u8>, Result<String, String>)> = vec![
        ("with a length", ok("", b"hello"), text("hello")),
        ("empty", ok("", b""), text("")),
        ("one byte", ok("", b"\x1f"), text("\x1f")),
        ("in chunks", raw("transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n".into()), text("hello")),
        ("until the end", raw("\r\nhello".into()), text("hello")),
        ("more than announced", raw("content-length: 2\r\n\r\nhello".into()), text("he")),
        ("after a hint", [b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec(), ok("", b"hello")].concat(), text("hello")),
        // gzip
        ("said to be gzip", ok("content-encoding: gzip\r\n", &packed), text("a,b\n1,2\n")),
        ("said in its old name", ok("Content-Encoding: X-GZIP\r\n", &packed), text("a,b\n1,2\n")),
        ("gzip by its first bytes", ok("", &packed), text("a,b\n1,2\n")),
        ("identity, but gzip", ok("content-encoding: identity\r\n", &packed), text("a,b\n1,2\n")),
        ("gzip in parts", ok("", &[packed.clone(), packed.clone()].concat()), text("a,b\n1,2\na,b\n1,2\n")),
        ("gzip of nothing", ok("content-encoding: gzip\r\n", &gzip(b"").await), text("")),
        ("nothing, said to be gzip", ok("content-encoding: gzip\r\n", b""), text("")),
        (
            "no gzip, though said",
            ok("content-encoding: gzip\r\n", SECRET.as_bytes()),
            fails("it is not gzip, as its content encoding says"),
        ),
        ("half a gzip", ok("", &packed[..packed.len() - 9]), fails("its gzip ends too early")),
        ("a gzip without its last byte", ok("", &packed[..packed.len() - 1]), fails("its gzip ends too early")),
        ("a gzip's first bytes", ok("", &packed[..2]), fails("its gzip ends too early")),
        ("garbage behind a gzip", ok("", &[&packed[..], b"canary-5eCreT"].concat()), fails(damaged)),
        ("a wrong sum in a gzip", ok("", &[&packed[..packed.len() - 8], &[0; 8]].concat()), fails(damaged)),
        ("garbage in a gzip", ok("", &[&packed[..10], &[0xff; 40]].concat()), fails(damaged)),
        ("another encoding", ok("content-encoding: br\r\n", SECRET.as_bytes()), fails(unknown)),
        ("two encodings", ok("content-encoding: gzip, gzip\r\n", &packed), fails(unknown)),
        ("two encoding headers", ok("content-encoding: gzip\r\ncontent-encoding: gzip\r\n", &packed), fails(unknown)),
        // Sizes.
        ("as long as allowed", ok("", exactly.as_bytes()), text(&exactly)),
        ("one byte longer", ok("", one_more.as_bytes()), fails(too_large)),
        ("as long as allowed, unpacked", ok("", &gzip(exactly.as_bytes()).await), text(&exactly)),
        ("one byte longer, unpacked", ok("", &gzip(one_more.as_bytes()).await), fails(too_large)),
        ("longer packed than unpacked", ok("", &gzip(&noise).await), Ok(String::from_utf8_lossy(&noise).into_owned())),
        ("64 MiB of zeros", ok("", &bomb), fails(too_large)),
        ("very many empty parts", ok("", &empty_parts), fails(too_large)),
        // Statuses.
        ("no content", status("204"), fails("the store answered 204")),
        ("a part", status("206"), fails("the store answered 206")),
        ("a redirect", status("302"), fails("the store answered 302, and redirects are not followed")),
        ("not modified", status("304"), fails("the store answered 304, and redirects are not followed")),
        ("forbidden", status("403"), fails("the store answered 403")),
        ("not found", status("404"), fails("the store answered 404")),
        ("its own fault", status("500"), fails("the store answered 500")),
        ("no such status", status("999"), fails("the store answered 999")),
        // Broken.
        ("no answer", Vec::new(), fails(broken)),
        ("half a head", head.as_bytes().to_vec(), fails(broken)),
        ("less than announced", raw(format!("content-length: 99\r\n\r\n{SECRET}")), fails(broken)),
        ("half a chunk", raw(format!("transfer-encoding: chunked\r\n\r\n99\r\n{SECRET}")), fails(broken)),
        ("no chunk", raw(format!("transfer-encoding: chunked\r\n\r\n{SECRET}\r\n")), fails(broken)),
        ("not HTTP", format!("SSH-2.0-{SECRET}\r\n\r\n").into_bytes(), fails(not_http)),
        ("two lengths", raw(format!("content-length: 1\r\ncontent-length: 2\r\n\r\n{SECRET}")), fails(not_http)),
        ("a header line of 200 KB", raw(format!("x: {}\r\n\r\n", SECRET.repeat(16_000))), fails(not_http)),
        ("100 headers", ok(&"x: y\r\n".repeat(98), b"hello"), text("hello")),
        ("101 headers", ok(&"x: y\r\n".repeat(99), b"hello"), fails(not_http)),
    ];

    let answers: Arc<Vec<Vec<u8>>> = Arc::new(rows.iter().map(|(_, answer, _)| answer.clone()).collect());
    let store = Store::start(move |asked: Asked| {
        let answers = Arc::clone(&answers);
        async move {
            let row: usize = asked.target.rsplit('=').next().unwrap().parse().unwrap();
            asked.answer(&answers[row]).await;
        }
    })
    .await;
    let sandbox = sandbox(fetching(&[&store]));
    let urls: Vec<String> =
        (0..rows.len()).map(|row| store.url(&format!("/{SECRET}?sig={SECRET}&row={row}"))).collect();
    let seen = each(&sandbox, &urls).await;
    for (index, ((what, _, expected), seen)) in rows.iter().zip(&seen).enumerate() {
        let expected = expected.clone().unwrap_or_else(|cause| failed(index + 1, &cause));
        assert_eq!(*seen, expected, "{what}");
    }
    assert_eq!(seen.len(), rows.len());
    assert_eq!(sandbox.fetched_bytes_in_use(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_that_do_not_answer() {
    let gone = Store::start(async |_| ()).await;
    let (origin, refused) = (gone.origin(), gone.url("/a"));
    drop(gone);
    // The listener's task is aborted in its own time.
    while std::net::TcpStream::connect(refused.split('/').nth(2).unwrap()).is_ok() {
        tokio::task::yield_now().await;
    }
    // A label of 64 letters cannot be asked for, so no resolver is needed to say so.
    let unknown = format!("http://{}.invalid", "a".repeat(64));
    let there = Store::start(async |asked: Asked| asked.answer(&ok("", b"hello")).await).await;
    let named = format!("http://localhost:{}", there.port);
    let origins = [unknown.as_str(), named.as_str()].map(|text| Origin::parse(text).unwrap());
    let origins = [vec![origin], origins.to_vec()].concat();
    let sandbox = sandbox(FetchSettings { origins, ..fetching(&[]) });
    let seen = each(&sandbox, &[refused, unknown, named]).await;
    let expected =
        [failed(1, "connection refused"), failed(2, "the name of its host does not resolve"), "hello".into()];
    assert_eq!(seen, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_has_a_cause_and_a_status() {
    let store =
        Store::start(async |asked: Asked| asked.answer(b"HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n").await).await;
    let elsewhere = Store::start(async |_| ()).await;
    let script = "async function run(ctx) {
        const told = ({ name, status, cause }) => ({ name, status, cause });
        return Promise.all(ctx.inputs.history.map((input) => input.openJsonReader().catch(told)));
    }";
    let request = request(script, &[store.url("/a"), elsewhere.url("/a")]);
    let envelope = envelope_of(&sandbox(fetching(&[&store])), &request).await;
    let expected = json!([
        { "name": "FetchError", "status": 403, "cause": "status" },
        { "name": "PermissionError", "cause": "not_listed" },
    ]);
    assert_eq!(envelope["output"], expected, "{envelope}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_listed_origins_are_connected_to() {
    let listed = Store::start(async |asked: Asked| asked.answer(&ok("", b"hello")).await).await;
    let other = Store::start(async |asked: Asked| asked.answer(&ok("", b"hello")).await).await;
    let sandbox = sandbox(fetching(&[&listed]));
    let on = |url: &str| format!("{url}:{}/{SECRET}", listed.port);
    let urls = [
        listed.url("/a"),
        // The same address in another spelling.
        on("HTTP://0x7f.0.0.1"),
        other.url(&format!("/{SECRET}")),
        on("https://127.0.0.1"),
        on("http://localhost"),
        on("http://127.0.0.2"),
        on("http://[::ffff:127.0.0.1]"),
        "http://127.0.0.1/a".to_owned(),
        format!("http://127.0.0.1.evil.example:{}/a", listed.port),
        format!("http://evil.example:{}/a?http://127.0.0.1:{}", other.port, listed.port),
        format!("http://evil.example\\@127.0.0.1:{}/a", listed.port),
    ];
    let seen = each(&sandbox, &urls).await;
    assert_eq!(seen[..2], ["hello", "hello"]);
    for (index, seen) in seen.iter().enumerate().skip(2) {
        let expected = "could not be fetched: the operator does not allow its origin (--input-origins, ARBEX_INPUT_ORIGINS \
                        lists what is allowed)";
        assert_eq!(*seen, format!("true PermissionError: input {} {expected}", index + 1));
    }
    assert_eq!((listed.connections(), other.connections()), (2, 0));

    let none = self::sandbox(fetching(&[]));
    assert!(each(&none, &urls[..1]).await[0].starts_with("true PermissionError"), "nothing is allowed by itself");
    assert_eq!(listed.connections(), 2);
}

struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Write::write(&mut *self.0.lock().unwrap(), bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

// On one thread, so that the subscriber hears all of it.
#[tokio::test]
async fn logs_tell_no_more_than_an_origin_at_any_level() {
    let store = Store::start(async |asked: Asked| {
        let status = &asked.target[1..4];
        let answer = format!("HTTP/1.1 {status} {SECRET}\r\nx: {SECRET}\r\ncontent-length: 13\r\n\r\n{SECRET}");
        asked.answer(answer.as_bytes()).await;
    })
    .await;
    let text = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&text);
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
    let subscriber = subscriber.with_writer(move || Log(Arc::clone(&lines))).finish();
    let _listening = tracing::subscriber::set_default(subscriber);

    let urls = [
        store.url(&format!("/200/{SECRET}")),
        store.url(&format!("/403?{SECRET}")),
        format!("http://not.listed/{SECRET}"),
    ];
    let mut request = request(EACH, &urls);
    request["inputs"][0]["content"]["headers"] = json!({ "authorization": SECRET });
    let envelope = envelope_of(&sandbox(fetching(&[&store])), &request).await;
    assert_eq!(envelope["output"][0], SECRET, "{envelope}");
    assert_eq!(envelope["output"][1], failed(2, "the store answered 403"));

    let text = String::from_utf8(text.lock().unwrap().clone()).unwrap();
    assert!(text.contains("an input's origin is not listed origin=http://not.listed\n"), "{text}");
    for secret in [SECRET, "x-token", "authorization"] {
        assert!(!text.to_lowercase().contains(&secret.to_lowercase()), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_is_not_followed_to_a_listed_origin_either() {
    let target = Store::start(async |asked: Asked| asked.answer(&ok("", b"hello")).await).await;
    let location = target.url("/a");
    let from = Store::start(move |asked: Asked| {
        let location = location.clone();
        async move {
            let status = asked.target.trim_start_matches('/');
            let answer = format!(
                "HTTP/1.1 {status} R\r\nconnection: close\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
            );
            asked.answer(answer.as_bytes()).await;
        }
    })
    .await;
    let statuses = [301, 302, 303, 307, 308];
    let seen =
        each(&sandbox(fetching(&[&from, &target])), &statuses.map(|status| from.url(&format!("/{status}")))).await;
    for (index, status) in statuses.iter().enumerate() {
        let cause = format!("the store answered {status}, and redirects are not followed");
        assert_eq!(seen[index], failed(index + 1, &cause));
    }
    assert_eq!(target.connections(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_has_the_callers_headers_and_no_others_of_the_process() {
    let (heads, mut seen) = mpsc::unbounded_channel();
    let store = Store::start(move |asked: Asked| {
        let heads = heads.clone();
        async move {
            heads.send(asked.head.clone()).unwrap();
            asked.answer(&ok("set-cookie: a=b\r\n", b"hello")).await;
        }
    })
    .await;
    let sandbox = sandbox(fetching(&[&store]));
    let mut request = request(EACH, &[store.url("/a%20b?sig=%2F#fragment"), store.url("/b")]);
    request["inputs"][1]["content"]["headers"] =
        json!({ "Accept-Encoding": "identity", "User-Agent": "runner", "Authorization": "Bearer ü" });
    let envelope = envelope_of(&sandbox, &request).await;
    assert_eq!(envelope["output"], json!(["hello", "hello"]), "{envelope}");

    let version = env!("CARGO_PKG_VERSION");
    let port = store.port;
    for expected in [
        format!(
            "GET /a%20b?sig=%2F HTTP/1.1\r\nx-token: {SECRET}\r\naccept-encoding: gzip\r\nuser-agent: arbex/{version}\r\n\
             host: 127.0.0.1:{port}\r\n\r\n"
        ),
        format!(
            "GET /b HTTP/1.1\r\naccept-encoding: identity\r\nuser-agent: runner\r\nauthorization: Bearer ü\r\n\
             host: 127.0.0.1:{port}\r\n\r\n"
        ),
    ] {
        let lines = |head: &str| {
            let mut lines: Vec<String> = head.lines().map(str::to_owned).collect();
            lines[1..].sort();
            lines
        };
        assert_eq!(lines(&seen.recv().await.unwrap()), lines(&expected));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_with_an_authority_of_ones_own() {
    let identity = Identity::of("127.0.0.1");
    let other_name = Identity::of("other.example");
    let hello = async |asked: Asked| asked.answer(&ok("", b"hello")).await;
    let store = Store::start_tls(&identity, hello).await;
    let misnamed = Store::start_tls(&other_name, hello).await;
    let plain = Store::start(hello).await;
    let no_tls = plain.url("/a").replace("http:", "https:");
    let urls = [store.url("/a"), misnamed.url("/a"), no_tls.clone()];
    let mut origins = fetching(&[&store, &misnamed]).origins;
    origins.push(Origin::parse(no_tls.trim_end_matches("/a")).unwrap());

    let trusting = sandbox(FetchSettings { ca: identity.ca(), origins: origins.clone(), ..fetching(&[]) });
    let unknown =
        "TLS: no authority that is trusted signed the certificate (--input-ca-file, ARBEX_INPUT_CA_FILE adds one)";
    let no_agreement = "TLS: no agreement with the host; it may not speak TLS there";
    let seen = each(&trusting, &urls).await;
    assert_eq!(seen, ["hello".to_owned(), failed(2, unknown), failed(3, no_agreement)]);

    let other = sandbox(FetchSettings { ca: other_name.ca(), origins, ..fetching(&[]) });
    let seen = each(&other, &urls[..2]).await;
    assert_eq!(seen, [failed(1, unknown), failed(2, "TLS: the certificate is for another host")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_takes_connections_and_is_silent_keeps_none() {
    let identity = Identity::of("127.0.0.1");
    let acceptor = identity.acceptor();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (events, mut seen) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        // The first connection serves both requests, the first of them only when the other has a connection of its own: the
        // second request leaves that one behind. No other connection ever hears a word.
        let (first, _) = listener.accept().await.unwrap();
        let both = Arc::new(Barrier::new(2));
        let second = Arc::clone(&both);
        tokio::spawn(async move {
            let mut stream = acceptor.accept(first).await.unwrap();
            second.wait().await;
            for _ in 0..2 {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1").await.unwrap();
                stream.flush().await.unwrap();
            }
        });
        let (mut silent, _) = listener.accept().await.unwrap();
        both.wait().await;
        loop {
            let events = events.clone();
            tokio::spawn(async move {
                let mut hello = [0; 1024];
                while let Ok(1..) = silent.read(&mut hello).await {}
                events.send("gone").unwrap();
            });
            silent = listener.accept().await.unwrap().0;
        }
    });
    let url = |target: &str| format!("https://127.0.0.1:{port}{target}");
    let origins = vec![Origin::parse(&url("")).unwrap()];
    let fetch = FetchSettings { origins, ca: identity.ca(), connect_timeout_ms: 500, ..fetching(&[]) };
    let sandbox = sandbox(fetch);
    let envelope = run(&sandbox, AT_ONCE, &[url("/a"), url("/b")]).await;
    assert_eq!(envelope["output"], json!([1, 1]), "{envelope}");
    let gone = tokio::time::timeout(Duration::from_secs(30), seen.recv()).await;
    assert_eq!(gone.expect("the connection that nobody waits for stays open"), Some("gone"));

    // The first connection has ended meanwhile, or ends at the next request: there are only silent ones now.
    let script = "async function run(ctx) { return await ctx.inputs.history[0].openJsonReader().catch(String); }";
    let envelope = run(&sandbox, script, &[url("/a")]).await;
    assert_eq!(envelope["output"], "FetchError: input 1 could not be fetched: no connection in time", "{envelope}");
    assert_eq!(seen.recv().await, Some("gone"));
}

/// Opens all inputs at once.
const AT_ONCE: &str = r#"
async function run(ctx) {
  const readers = await Promise.all([...ctx.inputs.history].map((input) => input.openJsonReader()));
  return readers.map((reader) => reader.root);
}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_readers_are_fetched_at_once() {
    // Nobody is answered before all ten have asked: it would never end were they fetched one after the other.
    let all = Arc::new(Barrier::new(10));
    let store = Store::start(move |asked: Asked| {
        let all = Arc::clone(&all);
        async move {
            all.wait().await;
            let body = asked.target[1..].to_owned();
            asked.answer(&ok("", body.as_bytes())).await;
        }
    })
    .await;
    let urls: Vec<String> = (0..10).map(|index| store.url(&format!("/{index}"))).collect();
    let envelope = run(&sandbox(fetching(&[&store])), AT_ONCE, &urls).await;
    assert_eq!(envelope["output"], json!([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), "{envelope}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_fetches_at_once_than_a_run_may_have() {
    let (together, under_way, most) =
        (Arc::new(Barrier::new(3)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&most);
    let store = Store::start(move |asked: Asked| {
        let (together, under_way, most) = (Arc::clone(&together), Arc::clone(&under_way), Arc::clone(&counted));
        async move {
            most.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            together.wait().await;
            under_way.fetch_sub(1, Ordering::SeqCst);
            asked.answer(&ok("", b"1")).await;
        }
    })
    .await;
    let urls: Vec<String> = (0..9).map(|index| store.url(&format!("/{index}"))).collect();
    let sandbox = sandbox(FetchSettings { max_fetches: 3, ..fetching(&[&store]) });
    let envelope = run(&sandbox, AT_ONCE, &urls).await;
    assert_eq!(envelope["output"], json!([1, 1, 1, 1, 1, 1, 1, 1, 1]), "{envelope}");
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fetch_that_takes_too_long_fails_alone() {
    let store = Store::start(async |mut asked: Asked| {
        match asked.target.as_str() {
            "/head" => asked.send(b"HTTP/1.1 200 OK\r\n").await,
            "/body" => asked.send(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhell").await,
            _ => {}
        }
        asked.gone().await;
    })
    .await;
    let urls = ["/answer", "/head", "/body"].map(|target| store.url(target));
    let sandbox = sandbox(FetchSettings { timeout_ms: 50, ..fetching(&[&store]) });
    let seen = each(&sandbox, &urls).await;
    assert_eq!(seen, [1, 2, 3].map(|index| failed(index, "not complete after 50 ms")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_a_run_ends_its_fetches() {
    let (events, mut seen) = mpsc::unbounded_channel();
    let store = Store::start(move |mut asked: Asked| {
        let events = events.clone();
        async move {
            asked.send(b"HTTP/1.1 200 OK\r\ncontent-length: 4000\r\n\r\nhello").await;
            events.send("asked").unwrap();
            asked.gone().await;
            events.send("gone").unwrap();
        }
    })
    .await;
    let sandbox = sandbox(fetching(&[&store]));
    let urls = [store.url(&format!("/{SECRET}"))];

    // By its deadline.
    let mut request = request("async function run(ctx) { await ctx.inputs.history[0].openJsonReader(); }", &urls);
    request["configuration"]["timeoutMs"] = json!(300);
    let call = Call::decode(request.to_string().as_bytes(), &Ceilings::default()).unwrap();
    let ended = sandbox.execute(call, &caller()).await.unwrap();
    assert!(matches!(ended.outcome, Outcome::Exceeded(_)), "{:?}", ended.outcome);
    assert_eq!(ended.usage.fetches.count_of(Fetched::Cancelled), 1);
    assert_eq!([seen.recv().await, seen.recv().await], [Some("asked"), Some("gone")]);

    // By a script that does not wait for what it opened.
    let script = "async function run(ctx) { ctx.inputs.history[0].openJsonReader(); await new Promise((go) => setTimeout(go, 200)); return 1; }";
    let envelope = run(&sandbox, script, &urls).await;
    assert_eq!(envelope["output"], 1, "{envelope}");
    assert_eq!([seen.recv().await, seen.recv().await], [Some("asked"), Some("gone")]);

    // By a caller that hangs up.
    request["configuration"]["timeoutMs"] = json!(60_000);
    let call = Call::decode(request.to_string().as_bytes(), &Ceilings::default()).unwrap();
    let caller = caller();
    tokio::select! {
        ended = sandbox.execute(call, &caller) => panic!("{ended:?}"),
        event = seen.recv() => assert_eq!(event, Some("asked")),
    }
    assert_eq!(seen.recv().await, Some("gone"));

    // What was held is given back when the aborted task is dropped.
    while sandbox.fetched_bytes_in_use() != 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fetched_only_when_a_reader_opens_and_again_for_the_next() {
    let asked_for = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked_for);
    let store = Store::start(move |asked: Asked| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        async move {
            let unavailable = b"HTTP/1.1 503 S\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".to_vec();
            asked.answer(&if number == 0 { unavailable } else { ok("", b"a;b\n1;2\n") }).await;
        }
    })
    .await;
    let sandbox = sandbox(fetching(&[&store]));
    let script = r#"
async function run(ctx) {
  const [input, unopened] = ctx.inputs.history;
  const seen = [input.detectedKind, input.descriptor.sizeBytes, unopened.detectedKind];
  // A failure frees the handle, and so does dispose.
  await input.openTabularReader().catch((error) => seen.push(error.message));
  const table = await input.openTabularReader();
  await input.openJsonReader().catch((error) => seen.push(error.message));
  seen.push(table.headers, await table.readRows(5));
  const binary = await input.openBinaryReader();
  seen.push(binary.byteLength);
  binary.dispose();
  await input.openJsonReader().catch((error) => seen.push(error.name));
  return seen;
}"#;
    let urls = [store.url("/a"), store.url("/never")];
    let call = Call::decode(request(script, &urls).to_string().as_bytes(), &Ceilings::default()).unwrap();
    let ended = sandbox.execute(call, &caller()).await.unwrap();
    let Outcome::Returned(output) = &ended.outcome else { panic!("{ended:?}") };
    assert_eq!(
        serde_json::from_str::<Value>(output.get()).unwrap(),
        json!([
            "binary",
            null,
            "binary",
            "input 1 could not be fetched: the store answered 503",
            "input 1 already has an open reader; dispose() it first",
            ["a", "b"],
            [{ "a": "1", "b": "2" }],
            8,
            "SyntaxError",
        ])
    );
    assert_eq!(asked_for.load(Ordering::SeqCst), 4);
    let fetches = &ended.usage.fetches;
    let counts = [Fetched::Ok, Fetched::Status, Fetched::Cancelled].map(|result| fetches.count_of(result));
    assert_eq!((counts, fetches.bytes, fetches.durations_ms.len()), ([3, 1, 0], 3 * 8, 4));
}

const KIB: usize = 1024;

/// Keeps tables of all inputs open and says of each how that went, then closes the first and opens it again.
const KEEP: &str = r#"
async function run(ctx) {
  const seen = [];
  const kept = [];
  for (const input of ctx.inputs.history) {
    try {
      kept.push(await input.openTabularReader());
      seen.push("ok");
    } catch (error) {
      seen.push(error.message);
    }
  }
  kept[0]?.dispose();
  try {
    seen.push((await ctx.inputs.history[0].openTabularReader()).headers);
  } catch (error) {
    seen.push(error.message);
  }
  return seen;
}"#;

fn run_full(index: usize, max_bytes: usize) -> String {
    format!(
        "input {index} could not be fetched: this run holds too much of fetched inputs (at most {max_bytes} bytes); dispose() of \
         readers first"
    )
}

fn no_room(index: usize) -> String {
    format!(
        "input {index} could not be fetched: no room beside the inputs of other runs now (--input-budget-mb, \
         ARBEX_INPUT_BUDGET_MB)"
    )
}

async fn store_of(bytes: Vec<u8>) -> Store {
    let bytes = Arc::new(bytes);
    Store::start(move |asked: Asked| {
        let bytes = Arc::clone(&bytes);
        async move { asked.answer(&ok("", &bytes)).await }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_holds_no_more_than_half_of_the_room() {
    let store = store_of(b"a\n".repeat(48 * KIB)).await;
    let urls = ["/a", "/b", "/c"].map(|target| store.url(target));
    // Tables of 96 KiB: two fit into half of the room, or not quite.
    for (budget_bytes, is_enough) in [(383 * KIB, false), (384 * KIB, true)] {
        let sandbox = sandbox(FetchSettings { budget_bytes, max_bytes: 96 * KIB, ..fetching(&[&store]) });
        let envelope = run(&sandbox, KEEP, &urls).await;
        let full = |index| run_full(index, budget_bytes / 2);
        let second = if is_enough { "ok".to_owned() } else { full(2) };
        assert_eq!(envelope["output"], json!(["ok", second, full(3), ["a"]]), "{envelope}");
        assert_eq!(sandbox.fetched_bytes_in_use(), 0);
    }
    // The longest input fits even where it is all of the room.
    let sandbox = sandbox(FetchSettings { budget_bytes: 96 * KIB, max_bytes: 96 * KIB, ..fetching(&[&store]) });
    let envelope = run(&sandbox, KEEP, &urls[..2]).await;
    assert_eq!(envelope["output"], json!(["ok", run_full(2, 96 * KIB), ["a"]]), "{envelope}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_text_takes_room_beside_it_before_it_is_made() {
    // What does not decode becomes three times as long, UTF-16 at most one and a half times and a little.
    let odd = b"a\n".iter().copied().chain([0x80; 64 * KIB - 2]).collect::<Vec<u8>>();
    let utf_16 = "a\n".repeat(16 * KIB - 1).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let utf_16 = [b"\xff\xfe".to_vec(), utf_16].concat();
    for (bytes, enough) in [(odd, 256 * KIB), (utf_16, 160 * KIB)] {
        let store = store_of(bytes).await;
        let urls = [store.url("/a"), store.url("/b")];
        for (max_run_bytes, is_enough) in [(enough - KIB, false), (enough, true)] {
            let fetch = FetchSettings { budget_bytes: 2 * max_run_bytes, max_bytes: 64 * KIB, ..fetching(&[&store]) };
            let sandbox = sandbox(fetch);
            let envelope = run(&sandbox, KEEP, &urls[..1]).await;
            let full = run_full(1, max_run_bytes);
            let expected = if is_enough { json!(["ok", ["a"]]) } else { json!([full, full]) };
            assert_eq!(envelope["output"], expected, "{envelope}");
            assert_eq!(sandbox.fetched_bytes_in_use(), 0);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fetched_inputs_of_all_runs_share_a_bounded_room() {
    let (held, tried) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let waits = (Arc::clone(&held), Arc::clone(&tried));
    let store = Store::start(move |asked: Asked| {
        let (held, tried) = waits.clone();
        async move {
            if asked.target == "/wait" {
                held.wait().await;
                tried.wait().await;
            }
            asked.answer(&ok("", &b"a\n".repeat(48 * KIB))).await;
        }
    })
    .await;
    let holder = [store.url("/a"), store.url("/wait")];
    let script = r#"
async function run(ctx) {
  const [table, waiting] = ctx.inputs.history;
  const kept = await table.openTabularReader();
  await waiting.openBinaryReader().catch(() => {});
  return kept.headers;
}"#;
    // One run has a table of 96 KiB; another has one of its own beside it, or not quite.
    for (budget_bytes, is_enough) in [(191 * KIB, false), (192 * KIB, true)] {
        let sandbox = Arc::new(sandbox(FetchSettings { budget_bytes, max_bytes: 96 * KIB, ..fetching(&[&store]) }));
        let (same, urls) = (Arc::clone(&sandbox), holder.clone());
        let holding = tokio::spawn(async move { run(&same, script, &urls).await });
        held.wait().await;
        let envelope = run(&sandbox, KEEP, &[store.url("/b")]).await;
        let expected = if is_enough { json!(["ok", ["a"]]) } else { json!([no_room(1), no_room(1)]) };
        assert_eq!(envelope["output"], expected, "{envelope}");
        tried.wait().await;
        assert_eq!(holding.await.unwrap()["output"], json!(["a"]));
        assert_eq!(sandbox.fetched_bytes_in_use(), 0);
    }
}
