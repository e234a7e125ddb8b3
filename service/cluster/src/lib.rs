//! The cluster behind `ctx.system.k8s`, for all runs: lists of its objects and commands in its pods. `kube` and `k8s_openapi` are
//! named in this crate and nowhere else, and their code is made here, not where it is used: what is public is no generic, and a
//! future is boxed.
//!
//! Whether a run may ask is decided before (`policy.rs` of the service). What answers hold is bounded in one room for all runs
//! together, so that neither a cluster of 100,000 pods nor a hundred scripts at once take the process's memory.

mod client;
mod exec;
mod failure;
mod list;
mod names;
pub mod rbac;
mod source;
mod summary;

use std::time::{Duration, Instant};

use arbex_abi::ListKind;
use arbex_room::{Reserved, Room};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::Request;
use serde_json::value::RawValue;
use tokio::sync::Semaphore;

pub use exec::Command;
pub use failure::{ApiRefusal, Failure};
pub use list::Listed;
pub use names::is_label;
pub use source::ClusterSource;

use client::Api;
use list::{Wanted, list};
use summary::{
    ClaimSummary, DeploymentSummary, IngressSummary, NamespaceSummary, NodeSummary, PodSummary, ServiceSummary,
    StatefulSetSummary,
};

const MIB: usize = 1024 * 1024;

/// Which cluster, and how it is asked.
#[derive(Debug, Clone)]
pub struct ClusterSettings {
    /// Which cluster.
    pub source: ClusterSource,
    /// Longest wait for one answer of the API server, in milliseconds.
    pub timeout_ms: u64,
    /// Longest wait for a connection, in milliseconds.
    pub connect_timeout_ms: u64,
    /// Longest answer, in bytes.
    pub max_answer_bytes: usize,
    /// Room for the answers to all runs together, in bytes.
    pub budget_bytes: usize,
    /// Calls of one run at once.
    pub max_calls: usize,
}

impl Default for ClusterSettings {
    fn default() -> Self {
        Self {
            source: ClusterSource::default(),
            timeout_ms: 10_000,
            connect_timeout_ms: 3_000,
            max_answer_bytes: 32 * MIB,
            budget_bytes: 256 * MIB,
            max_calls: 16,
        }
    }
}

/// One for the process. Nothing is connected to before a script asks.
pub struct Cluster {
    api: Api,
    room: Room,
    /// Who reads a large answer now.
    reading: Semaphore,
    settings: ClusterSettings,
}

impl Cluster {
    /// For all runs.
    pub fn new(settings: ClusterSettings) -> Self {
        let timeout = Duration::from_millis(settings.timeout_ms);
        let connect_timeout = Duration::from_millis(settings.connect_timeout_ms);
        let api = Api::new(settings.source.clone(), timeout, connect_timeout, settings.max_answer_bytes);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { api, room: Room::new(settings.budget_bytes), reading: Semaphore::new(cores), settings }
    }

    /// Calls of one run at once.
    pub fn max_calls(&self) -> usize {
        self.settings.max_calls
    }

    /// Memory that answers hold now, in bytes.
    pub fn in_use_bytes(&self) -> u64 {
        self.settings.budget_bytes.saturating_sub(self.room.left_bytes()) as u64
    }

    /// Summaries of the objects of `kind`, in `namespace` when they live in one. At most `max_items`; no request is repeated after
    /// `deadline`.
    ///
    /// # Errors
    ///
    /// Why the cluster gave none.
    pub fn list<'a>(
        &'a self,
        kind: ListKind,
        namespace: Option<&'a str>,
        label_selector: Option<&'a str>,
        max_items: usize,
        deadline: Instant,
    ) -> BoxFuture<'a, Result<Listed, Failure>> {
        let wanted = |access| Wanted { access, namespace, label_selector, max_items, deadline };
        match kind {
            ListKind::Pods => list::<PodSummary>(self, wanted(&rbac::PODS)).boxed(),
            ListKind::Deployments => list::<DeploymentSummary>(self, wanted(&rbac::DEPLOYMENTS)).boxed(),
            ListKind::StatefulSets => list::<StatefulSetSummary>(self, wanted(&rbac::STATEFUL_SETS)).boxed(),
            ListKind::PersistentVolumeClaims => list::<ClaimSummary>(self, wanted(&rbac::CLAIMS)).boxed(),
            ListKind::Ingresses => list::<IngressSummary>(self, wanted(&rbac::INGRESSES)).boxed(),
            ListKind::Services => list::<ServiceSummary>(self, wanted(&rbac::SERVICES)).boxed(),
            ListKind::Namespaces => list::<NamespaceSummary>(self, wanted(&rbac::NAMESPACES)).boxed(),
            ListKind::Nodes => list::<NodeSummary>(self, wanted(&rbac::NODES)).boxed(),
        }
    }

    /// What the metrics API says of the pods of `namespace`, as it says it, and the room it takes.
    ///
    /// # Errors
    ///
    /// Why the cluster gave nothing.
    pub fn pod_metrics<'a>(
        &'a self,
        namespace: &'a str,
        deadline: Instant,
    ) -> BoxFuture<'a, Result<(String, Reserved), Failure>> {
        self.metrics_of(namespace, deadline).boxed()
    }

    async fn metrics_of(&self, namespace: &str, deadline: Instant) -> Result<(String, Reserved), Failure> {
        let request = Request::get(rbac::POD_METRICS.path(Some(namespace))).body(Vec::new());
        let request = request.map_err(|_| Failure::NotUnderstood)?;
        let answer = self.api.get(&rbac::POD_METRICS, Some(namespace), &request, deadline, &self.room).await?;
        let json = String::from_utf8(answer.bytes).map_err(|_| Failure::NotUnderstood)?;
        // The guest would say that "the input" is no JSON.
        let is_object = serde_json::from_str::<&RawValue>(&json).is_ok_and(|raw| raw.get().starts_with('{'));
        if is_object { Ok((json, answer.reserved)) } else { Err(Failure::NotUnderstood) }
    }

    /// Run a command in a pod; gives what came of it, as JSON, and the room it takes.
    ///
    /// # Errors
    ///
    /// Why it did not run, or why nobody knows what came of it.
    pub fn exec<'a>(&'a self, command: Command<'a>) -> BoxFuture<'a, Result<(String, Reserved), Failure>> {
        exec::exec(self, command).boxed()
    }
}
