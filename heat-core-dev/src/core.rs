//! How a Core starts, and what its requests and its handle share.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::auth::Auth;
use crate::clock::{Clock, ClockStart};
use crate::faults::{Failure, Fault, Faults};
use crate::handle::CoreHandle;
use crate::http;
use crate::log::Log;
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::seed::Seed;
use crate::store::Store;
use crate::style::Style;
use crate::tasks::TaskRules;

/// Where an output's bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobAddress {
    /// The data source as it is kept, with its `type` and `connectionString`.
    pub data_source: Value,
    /// What the output says.
    pub data_path: String,
}

/// Reads an output's bytes from the store a runner put them into; `None` when there are none.
pub type BlobReader = Arc<dyn Fn(BlobAddress) -> BoxFuture<'static, Option<Bytes>> + Send + Sync>;

/// How a Core starts; the default is an open, empty one on a free port.
#[derive(Clone)]
pub struct CoreOptions {
    /// Port 0 takes a free one.
    pub listen: SocketAddr,
    /// What is there before the first request.
    pub seed: Seed,
    /// Who may do what.
    pub auth: Auth,
    /// How answers are written.
    pub style: Style,
    /// Leases and retries.
    pub tasks: TaskRules,
    /// Where time comes from.
    pub clock: ClockStart,
    /// The first id of each kind; 1 where it is left out. Sessions and scenario instances have GUIDs made of it.
    pub first_ids: BTreeMap<Resource, i64>,
    /// For outputs whose bytes are neither seeded nor given by [`CoreHandle::put_blob`].
    pub blob_reader: Option<BlobReader>,
    /// How many requests the log remembers.
    pub logged_requests: usize,
}

impl Default for CoreOptions {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: Seed::default(),
            auth: Auth::default(),
            style: Style::default(),
            tasks: TaskRules::default(),
            clock: ClockStart::default(),
            first_ids: BTreeMap::new(),
            blob_reader: None,
            logged_requests: 10_000,
        }
    }
}

impl fmt::Debug for CoreOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CoreOptions").field("listen", &self.listen).field("auth", &self.auth).finish_non_exhaustive()
    }
}

/// Why a Core did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or there is no such address.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address of the options.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// A row of the seed does not fit.
    #[error("the seed: {0}")]
    Seed(Refusal),
}

/// Everything requests and the handle share.
pub(crate) struct Shared {
    pub(crate) state: Mutex<State>,
    pub(crate) blob_reader: Option<BlobReader>,
}

/// What is behind the one lock.
pub(crate) struct State {
    pub(crate) store: Store,
    pub(crate) auth: Auth,
    pub(crate) style: Style,
    pub(crate) faults: Faults,
    pub(crate) log: Log,
}

impl Shared {
    /// The state, with the leases that are over taken back.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.store.expire_leases();
        state
    }

    pub(crate) fn add_faults(&self, faults: Vec<Fault>) -> Result<(), Refusal> {
        for fault in &faults {
            if let Failure::Status { status, .. } = fault.failure
                && !(400..=599).contains(&status)
            {
                return Err(Refusal::bad(format!("a fault's status is {status}; it has to be from 400 to 599")));
            }
        }
        self.lock().faults.0.extend(faults);
        Ok(())
    }
}

/// Starts Cores.
#[derive(Debug)]
pub struct Core;

impl Core {
    /// Starts a Core on a thread and a runtime of its own, so that it answers whatever the test's own runtime does.
    ///
    /// # Errors
    /// When it cannot listen, or the seed has a fault.
    pub fn start(options: CoreOptions) -> Result<CoreHandle, StartError> {
        let mut store = Store::new(Clock::new(options.clock), options.tasks, options.first_ids);
        store.seed(&options.seed).map_err(StartError::Seed)?;
        let state = State {
            store,
            auth: options.auth,
            style: options.style,
            faults: Faults::default(),
            log: Log::new(options.logged_requests),
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), blob_reader: options.blob_reader });

        let failed = |source| StartError::Listen { address: options.listen, source };
        let listener = std::net::TcpListener::bind(options.listen).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(failed)?
        };
        let (stop, stopped) = oneshot::channel();
        let router = http::router(Arc::clone(&shared));
        let thread = std::thread::Builder::new()
            .name("heat-core-dev".to_owned())
            .spawn(move || runtime.block_on(http::serve(listener, router, stopped)))
            .map_err(failed)?;
        Ok(CoreHandle { address, shared, stop: Some(stop), thread: Some(thread) })
    }
}
