//! What cannot be reached from outside: our own defects.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::routing::get;
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower::ServiceExt;

use super::connection::{Bounds, Server};
use super::execute::{INLINE_DECODE_BYTES, decode};
use super::problem::{Cause, Problem};
use super::request::JsonBody;
use super::*;
use crate::bridge::FetchSettings;
use crate::sandbox::SandboxSettings;
use crate::settings::{AuthenticationSettings, IdempotencySettings};

fn app() -> App {
    app_taking(1024)
}

fn app_taking(max_body_bytes: usize) -> App {
    let sandbox = SandboxSettings {
        slots: 2,
        max_queued: 0,
        max_queue_wait_ms: 1,
        fuel: 1_000_000,
        max_output_bytes: 1024,
        max_console_entries: 1,
        max_console_bytes: 1024,
        console_overflow_is_fatal: false,
        max_memory_bytes: 64 << 20,
        memory_budget_bytes: None,
        cache_bytes: 1 << 20,
        pooling: false,
        fetch: FetchSettings::default(),
        rules: crate::policy::Rules::default(),
        cluster: arbex_cluster::ClusterSettings::default(),
    };
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let http = HttpSettings {
        listen,
        admin_listen: None,
        authentication: AuthenticationSettings::default(),
        max_body_bytes,
        max_inflight_body_bytes: max_body_bytes,
        max_connections: 1,
        drain_grace_ms: 0,
        idempotency: IdempotencySettings::default(),
    };
    let metrics = Arc::new(Metrics::new().unwrap());
    App::new(Sandbox::new(sandbox).unwrap(), Ceilings::default(), metrics, Readiness::default(), http)
}

async fn failing() -> Result<(), Problem> {
    Err(Problem::Internal { cause: "SECRET".to_owned() })
}

async fn panicking() {
    panic!("SECRET");
}

#[tokio::test]
async fn a_defect_is_a_problem_that_keeps_its_cause() {
    let router = Router::new().route("/failing", get(failing)).route("/panicking", get(panicking));
    let router = around(router, app());
    for (path, cause) in [("/failing", "SECRET"), ("/panicking", "a handler panicked")] {
        let request = Request::get(path).header("x-request-id", "r1").body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()["content-type"], problem::MEDIA_TYPE);
        assert_eq!(response.headers()["x-request-id"], "r1");
        assert_eq!(response.extensions().get::<Cause>().map(|Cause(cause)| cause.as_str()), Some(cause));
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["type"], "/problems/internal");
        assert!(!body.to_string().contains("SECRET"), "{body}");
        assert!(body["detail"].as_str().unwrap().contains("X-Request-Id"));
    }
}

/// Else one caller's long body would hold up everybody else's requests on that worker.
#[tokio::test]
async fn a_long_body_is_decoded_beside_the_workers() {
    let app = app();
    let worker = thread::current().id();
    for (length, aside) in [(INLINE_DECODE_BYTES, false), (INLINE_DECODE_BYTES + 1, true)] {
        let room = Arc::new(app.room.reserve(0).unwrap());
        let body = JsonBody { bytes: vec![b' '; length].into(), room };
        let thread = decode(&app, body, |_, _| Ok(thread::current().id())).await.unwrap();
        assert_eq!(thread != worker, aside, "{length} bytes");
    }
}

/// While the only thread for such work is taken, the short body is answered, and the long one waits; it keeps its room, given up or not.
#[test]
fn long_bodies_of_all_calls_are_decoded_beside_the_workers() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap();
    let (release, released) = std::sync::mpsc::channel::<()>();
    runtime.spawn_blocking(move || released.recv());
    runtime.block_on(async {
        let router = public_router(app_taking(4 * INLINE_DECODE_BYTES));
        for length in [INLINE_DECODE_BYTES, INLINE_DECODE_BYTES + 1] {
            for path in ["/execute", "/validate"] {
                let request = Request::post(path).body(Body::from(vec![b'x'; length])).unwrap();
                let answer = router.clone().oneshot(request).now_or_never().map(|answer| answer.unwrap().status());
                let expected = (length <= INLINE_DECODE_BYTES).then_some(StatusCode::BAD_REQUEST);
                assert_eq!(answer, expected, "{path}: {length} bytes");
            }
        }
    });
    drop(release);
}

/// Nobody waits for the answers any more, and still the bodies are there: so is what they take of the room.
#[test]
fn a_body_that_is_worked_on_keeps_its_room() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap();
    let (release, released) = std::sync::mpsc::channel::<()>();
    runtime.spawn_blocking(move || released.recv());
    runtime.block_on(async {
        let app = app_taking(4 * INLINE_DECODE_BYTES);
        let router = public_router(app.clone());
        let free = app.room.left_bytes();
        let body = vec![b'x'; INLINE_DECODE_BYTES + 1024];
        let plain = Request::post("/execute").body(Body::from(body.clone())).unwrap();
        let keyed = Request::post("/execute").header("idempotency-key", "1").body(Body::from(body.clone())).unwrap();
        for (request, held) in [(plain, 1), (keyed, 2)] {
            assert!(router.clone().oneshot(request).now_or_never().is_none());
            assert_eq!(app.room.left_bytes(), free - held * body.len());
        }
        drop(release);
        let all_free = async {
            while app.room.left_bytes() < free {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), all_free).await.unwrap();
    });
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let body = Body::from_stream(futures_util::stream::pending::<Result<axum::body::Bytes, std::io::Error>>());
    let response = public_router(app()).oneshot(Request::post("/execute").body(body).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["type"], json!("/problems/body-too-slow"));
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

/// Bounds that none of these tests waits for.
const NEVER: Duration = Duration::from_secs(3600);
const TICK: Duration = Duration::from_millis(20);
const UNBOUNDED: Bounds = Bounds { head: NEVER, idle: NEVER, age: NEVER, parting: TICK, tick: TICK };

/// A service of one path on a socket of its own; it stops with the sender.
async fn bounded(router: Router, bounds: Bounds) -> (SocketAddr, watch::Sender<()>) {
    let (stop, stopped) = watch::channel(());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::new(router, stopped.clone(), bounds);
    tokio::spawn(serve::listen(listener, server, stopped, 8));
    (address, stop)
}

fn hello() -> Router {
    Router::new().route("/", get(async || "hello"))
}

async fn answer(connection: &mut TcpStream) {
    connection.write_all(GET).await.unwrap();
    let mut text = Vec::new();
    while !text.ends_with(b"hello") {
        assert_ne!(connection.read_buf(&mut text).await.unwrap(), 0, "{}", String::from_utf8_lossy(&text));
    }
}

/// What else came until the connection was closed, which must happen.
async fn until_closed(mut connection: TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    // A reset is an end too.
    let _ = connection.read_to_end(&mut rest).await;
    rest
}

#[tokio::test]
async fn a_slow_head_is_cut() {
    let head = Duration::from_millis(200);
    let (address, _stop) = bounded(hello(), Bounds { head, ..UNBOUNDED }).await;
    for begin in ["", "G", "GET / HTTP/1.1\r\nhost: x\r\n", "PRI * HTTP/2.0\r\n"] {
        let began = Instant::now();
        let mut connection = TcpStream::connect(address).await.unwrap();
        connection.write_all(begin.as_bytes()).await.unwrap();
        assert_eq!(until_closed(connection).await, b"");
        assert!(head <= began.elapsed(), "{begin:?}: {:?}", began.elapsed());
    }

    // The same after a request, with bytes that keep coming.
    let mut connection = TcpStream::connect(address).await.unwrap();
    answer(&mut connection).await;
    let mut letters = (b'a'..=b'z').cycle();
    while connection.write_all(&[letters.next().unwrap()]).await.is_ok() {
        tokio::time::sleep(TICK).await;
    }
}

#[tokio::test]
async fn an_idle_connection_is_kept_and_then_closed() {
    let (head, idle) = (Duration::from_millis(100), Duration::from_secs(2));
    let (address, _stop) = bounded(hello(), Bounds { head, idle, ..UNBOUNDED }).await;
    let mut connection = TcpStream::connect(address).await.unwrap();
    answer(&mut connection).await;
    // Longer than a head may take.
    tokio::time::sleep(3 * head).await;
    answer(&mut connection).await;
    let began = Instant::now();
    assert_eq!(until_closed(connection).await, b"");
    assert!(idle <= began.elapsed() + 3 * TICK, "{:?}", began.elapsed());
}

#[tokio::test]
async fn an_http_2_connection_is_told_its_bounds_and_closed_like_others() {
    let (address, _stop) = bounded(hello(), Bounds { head: Duration::from_millis(200), ..UNBOUNDED }).await;
    let mut connection = TcpStream::connect(address).await.unwrap();
    // The preface and an empty SETTINGS frame.
    connection.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let sent = until_closed(connection).await;
    let has = |bytes: &[u8]| sent.windows(bytes.len()).any(|window| window == bytes);
    assert!(has(&[0, 3, 0, 0, 0, 100]), "MAX_CONCURRENT_STREAMS: {sent:?}");
    assert!(has(&[7, 0, 0, 0, 0, 0]), "GOAWAY: {sent:?}");
}

#[tokio::test]
async fn a_request_under_way_is_bounded_by_none_of_this() {
    let soon = Duration::from_millis(50);
    let slow = Router::new().route(
        "/",
        get(async || {
            tokio::time::sleep(Duration::from_millis(500)).await;
            "hello"
        }),
    );
    let (address, _stop) = bounded(slow, Bounds { idle: soon, age: soon, ..UNBOUNDED }).await;
    let mut connection = TcpStream::connect(address).await.unwrap();
    answer(&mut connection).await;
    until_closed(connection).await;
}

#[tokio::test]
async fn an_old_connection_takes_no_more_requests() {
    let (address, _stop) = bounded(hello(), Bounds { age: Duration::from_millis(200), ..UNBOUNDED }).await;
    let mut connection = TcpStream::connect(address).await.unwrap();
    answer(&mut connection).await;
    assert_eq!(until_closed(connection).await, b"");
}

#[tokio::test]
async fn an_answer_that_is_not_read_is_not_kept() {
    const LENGTH: usize = 64 << 20;
    let large = Router::new().route("/", get(async || vec![0_u8; LENGTH]));
    let (stop, stopped) = watch::channel(());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::new(large, stopped.clone(), Bounds { idle: Duration::from_millis(200), ..UNBOUNDED });
    let served = tokio::spawn(serve::listen(listener, server, stopped, 8));

    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(GET).await.unwrap();
    connection.readable().await.unwrap();
    // Ends only when the connection is gone on that side.
    drop(stop);
    served.await.unwrap();
    assert!(until_closed(connection).await.len() < LENGTH);
}
