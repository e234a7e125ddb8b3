//! One connection, from its first byte to its last, with a bound on every wait for the other side.
//!
//! hyper speaks the protocols. Its own timeout for the head of a request also ends a connection that is merely idle, and does
//! not count before the protocol is known or in HTTP/2; so the waits are counted here, for all protocols alike.

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_util::io::InspectReader;
use tower::ServiceExt;

/// The most of a request's head that is kept: request line and headers. It is also what HTTP/1 reads at once.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// Requests at once in one HTTP/2 connection.
const MAX_STREAMS: u32 = 100;

/// An HTTP/2 client that answers no ping is gone, whatever its requests wait for.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection may keep the service waiting.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// For the whole head of a request, from its first byte, or of the first request, from the start of the connection.
    pub(super) head: Duration,
    /// Between two requests. Reading the last answer counts into it. Longer than the idle bounds of common clients and
    /// proxies (nginx: 60 s), so that it is them who close, and not a request that meets a closing connection.
    pub(super) idle: Duration,
    /// Until no more requests are taken. It bounds what no other bound sees, such as an HTTP/2 answer that is never read beside
    /// ones that are, and lets balancers spread long-lived clients anew.
    pub(super) age: Duration,
    /// For parting once one of the others has passed.
    pub(super) parting: Duration,
    /// How often all that is looked at.
    pub(super) tick: Duration,
}

impl Bounds {
    /// What holds for every listener.
    pub(super) const STANDING: Self = Self {
        head: Duration::from_secs(10),
        idle: Duration::from_secs(75),
        age: Duration::from_secs(600),
        parting: Duration::from_secs(1),
        tick: Duration::from_secs(1),
    };
}

/// Makes connections of one listener.
#[derive(Clone)]
pub(super) struct Server {
    router: Router,
    stopped: watch::Receiver<()>,
    bounds: Bounds,
    protocols: auto::Builder<TokioExecutor>,
}

impl Server {
    /// Connections finish what is under way and end when the sender of `stopped` is gone.
    pub(super) fn new(router: Router, stopped: watch::Receiver<()>, bounds: Bounds) -> Self {
        let mut protocols = auto::Builder::new(TokioExecutor::new());
        protocols.http1().header_read_timeout(None).max_buf_size(MAX_HEAD_BYTES);
        protocols
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(MAX_STREAMS)
            .max_header_list_size(MAX_HEAD_BYTES as u32)
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_TIMEOUT);
        Self { router, stopped, bounds, protocols }
    }

    /// Serves one connection to its end.
    pub(super) fn connection(&self, stream: TcpStream) -> impl Future<Output = ()> + Send + use<> {
        let Self { router, mut stopped, bounds, protocols } = self.clone();
        async move {
            // Answers are written in one piece; waiting to fill a packet would only delay them.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY");
            }
            let began = Instant::now();
            let activity = Activity::new(began);
            let io = TokioIo::new(InspectReader::new(stream, {
                let activity = activity.clone();
                move |_: &[u8]| activity.heard()
            }));
            let service = service_fn(|request: Request<Incoming>| {
                let under_way = activity.begin(request.version());
                let answer = router.clone().oneshot(request.map(Body::new));
                async move {
                    let answer = answer.await;
                    drop(under_way);
                    answer
                }
            });
            let mut connection = pin!(protocols.serve_connection(io, service));
            let mut parting_since = None;
            loop {
                let mut is_stopped = false;
                tokio::select! {
                    ended = connection.as_mut() => {
                        if let Err(error) = ended {
                            tracing::debug!(%error, "a connection broke");
                        }
                        return;
                    }
                    // Nothing is ever sent: the sender's end is the signal.
                    _ = stopped.changed(), if parting_since.is_none() => is_stopped = true,
                    () = tokio::time::sleep(bounds.tick) => {}
                }
                let is_overdue = activity.is_overdue(&bounds);
                match parting_since {
                    None if is_stopped || is_overdue || bounds.age <= began.elapsed() => {
                        parting_since = Some(Instant::now());
                        connection.as_mut().graceful_shutdown();
                    }
                    // The other side had its time. What it did not read is lost.
                    Some(since) if is_overdue && bounds.parting <= Instant::elapsed(&since) => return,
                    _ => {}
                }
            }
        }
    }
}

/// What a connection has been doing, as far as its bounds go.
#[derive(Clone)]
struct Activity(Arc<Mutex<Doing>>);

struct Doing {
    under_way: usize,
    quiet_since: Instant,
    /// When the first byte of a head came that is not complete.
    head_since: Option<Instant>,
    /// Whether bytes between two requests belong to a head. In HTTP/2 they may say anything.
    bytes_are_heads: bool,
}

impl Activity {
    fn new(began: Instant) -> Self {
        let doing = Doing { under_way: 0, quiet_since: began, head_since: Some(began), bytes_are_heads: true };
        Self(Arc::new(Mutex::new(doing)))
    }

    fn heard(&self) {
        let mut doing = self.lock();
        if doing.under_way == 0 && doing.bytes_are_heads && doing.head_since.is_none() {
            doing.head_since = Some(Instant::now());
        }
    }

    fn begin(&self, version: Version) -> UnderWay {
        let mut doing = self.lock();
        doing.under_way += 1;
        doing.head_since = None;
        doing.bytes_are_heads = version < Version::HTTP_2;
        UnderWay(self.clone())
    }

    fn is_overdue(&self, bounds: &Bounds) -> bool {
        let doing = self.lock();
        let head_is = doing.head_since.is_some_and(|since| bounds.head <= since.elapsed());
        doing.under_way == 0 && (head_is || bounds.idle <= doing.quiet_since.elapsed())
    }

    fn lock(&self) -> MutexGuard<'_, Doing> {
        // Nothing in here panics half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request under way, until it is dropped.
struct UnderWay(Activity);

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut doing = self.0.lock();
        doing.under_way = doing.under_way.saturating_sub(1);
        doing.quiet_since = Instant::now();
    }
}
