//! A Kubernetes API server in one process, for tests: what it stores are the typed objects of `k8s-openapi`, what it answers
//! has the real one's forms (lists with `continue`, selectors, `Status` refusals, commands over WebSockets), and a test can
//! make it slow, busy, broken or forgetful.
//!
//! It knows the resources that were put into it, and `list`, `get` and `pods/exec` on them; nothing can be written.

mod exec;
mod fault;
mod refusal;
pub mod sample;
mod selector;
mod serve;
mod store;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::{Metadata, Resource};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

pub use exec::{Ending, Ran};
pub use fault::Fault;
pub use k8s_openapi;

use fault::Faults;
use store::Store;

/// The token that every kubeconfig of this server has.
const TOKEN: &str = "kube-dev";

type Runner = dyn Fn(&[String]) -> Ran + Send + Sync;
type Policy = dyn Fn(&Asked) -> bool + Send + Sync;

/// A request, as far as the server understood it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// `list`, `get`, or `create` for a command.
    pub verb: &'static str,
    /// The API group; empty for the core group.
    pub group: String,
    /// The resource in the plural; `pods/exec` for a command.
    pub resource: String,
    /// The namespace; none for all of them, or for what lives in none.
    pub namespace: Option<String>,
    /// The object's name, for one object.
    pub name: Option<String>,
    /// The query, decoded.
    pub query: Vec<(String, String)>,
}

impl Asked {
    /// The value of a parameter of the query.
    pub fn parameter(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// What the server knows and does; shared by its connections.
struct Shared {
    store: Mutex<Store>,
    faults: Mutex<Faults>,
    journal: Mutex<Vec<Asked>>,
    policy: Mutex<Arc<Policy>>,
    runner: Mutex<Arc<Runner>>,
}

/// A running server; gone when dropped.
pub struct ApiServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    serving: AbortHandle,
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl ApiServer {
    /// One on a port of its own, with nothing in it, that lets its token do everything.
    ///
    /// # Errors
    ///
    /// When there is no port to listen on.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            store: Mutex::default(),
            faults: Mutex::default(),
            journal: Mutex::default(),
            policy: Mutex::new(Arc::new(|_: &Asked| true)),
            runner: Mutex::new(Arc::new(|_: &[String]| Ran::default())),
        });
        let serving = tokio::spawn(serve::serve(listener, Arc::clone(&shared))).abort_handle();
        Ok(Self { address, shared, serving })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A kubeconfig for it, whose context `dev` has the namespace `namespace`.
    pub fn kubeconfig(&self, namespace: &str) -> String {
        kubeconfig(&format!("http://{}", self.address), TOKEN, namespace)
    }

    /// Put an object into it, or in the place of one with the same name.
    pub fn put<K: Resource + Metadata<Ty = ObjectMeta> + Serialize>(&self, object: &K) {
        lock(&self.shared.store).put(object);
    }

    /// What `metrics.k8s.io` says of the pods of `namespace`: the list's JSON.
    pub fn put_pod_metrics(&self, namespace: &str, json: &str) {
        lock(&self.shared.store).pod_metrics.insert(namespace.to_owned(), json.to_owned());
    }

    /// Forget old versions: `continue` tokens handed out so far are answered with 410 from now on.
    pub fn compact(&self) {
        lock(&self.shared.store).compact();
    }

    /// What the account may do. What it may not is answered with 403.
    pub fn allow(&self, policy: impl Fn(&Asked) -> bool + Send + Sync + 'static) {
        *lock(&self.shared.policy) = Arc::new(policy);
    }

    /// What commands do.
    pub fn run_commands(&self, runner: impl Fn(&[String]) -> Ran + Send + Sync + 'static) {
        *lock(&self.shared.runner) = Arc::new(runner);
    }

    /// Let the next request for `resource` meet a fault; of several for one resource each meets one request.
    pub fn fault(&self, resource: &str, fault: Fault) {
        lock(&self.shared.faults).push(resource, fault);
    }

    /// Answer nothing until so many requests wait at once.
    pub fn hold_until(&self, requests: usize) {
        lock(&self.shared.faults).hold_until(requests);
    }

    /// All requests so far that had the token.
    pub fn journal(&self) -> Vec<Asked> {
        lock(&self.shared.journal).clone()
    }
}

/// A kubeconfig of one context, `dev`.
pub fn kubeconfig(server: &str, token: &str, namespace: &str) -> String {
    serde_json::json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "dev",
        "clusters": [{ "name": "dev", "cluster": { "server": server } }],
        "users": [{ "name": "dev", "user": { "token": token } }],
        "contexts": [{ "name": "dev", "context": { "cluster": "dev", "user": "dev", "namespace": namespace } }],
    })
    .to_string()
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
