//! Operations of `ctx.system`. Each is first asked of the run's grant: what is refused goes nowhere.

mod tally;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use arbex_abi::{ListKind, Op, Payload};
use arbex_cluster::{Cluster, Command, Failure, Listed};
use arbex_room::Reserved;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

pub use tally::{SystemResult, SystemTally};

use super::spans::CallSpans;
use super::{Ended, Failed, encode};
use crate::call::{Exec, PlatformConfig};
use crate::policy::{Grant, Operation, Refusal};

/// Arguments of a run's calls that wait at once, in bytes. They are copied out of the sandbox, so no other limit counts them; one
/// call has 50 KiB at most.
const MAX_WAITING_BYTES: usize = 1024 * 1024;

/// Refused commands of one run that are logged, and how much of each: a script may try as often as it likes, and the log is not
/// its to fill. All are counted.
const MAX_TOLD_REFUSALS: u64 = 10;
const MAX_TOLD_CHARS: usize = 1024;

/// `ctx.system` of one run.
pub struct System {
    grant: Grant,
    config: PlatformConfig,
    cluster: Arc<Cluster>,
    /// When the run ends.
    deadline: Instant,
    /// Made for the first operation: most scripts ask for nothing.
    bounds: OnceLock<Bounds>,
    tally: Mutex<SystemTally>,
    spans: CallSpans,
}

/// What the calls of one run share.
struct Bounds {
    at_once: Arc<Semaphore>,
    /// Room for arguments, in bytes.
    waiting: Arc<Semaphore>,
}

/// What the answer to a call takes until the script has it: a place among the run's calls, and room for its bytes.
pub(super) struct Held {
    _permit: OwnedSemaphorePermit,
    _reserved: Reserved,
}

/// What a script asks for.
enum Asked {
    Config { prefix: String },
    List { kind: ListKind, namespace: Option<String>, label_selector: Option<String> },
    PodMetrics { namespace: Option<String> },
    Exec { pod: Option<String>, namespace: Option<String>, container: Option<String>, argv: Vec<String> },
}

/// What of the cluster the grant allows: made of an [`Asked`] by [`System::allow`] alone.
enum Allowed {
    List { kind: ListKind, namespace: Option<String>, label_selector: Option<String> },
    PodMetrics { namespace: String },
    Exec { pod: Option<String>, namespace: String, container: Option<String>, argv: Vec<String>, bounds: Exec },
}

/// What the cluster gave.
struct Answer {
    json: String,
    /// For the console.
    warning: Option<String>,
    reserved: Reserved,
}

impl System {
    /// For a run with this grant, which ends at `deadline`.
    pub fn new(grant: Grant, config: PlatformConfig, cluster: Arc<Cluster>, deadline: Instant) -> Self {
        Self {
            grant,
            config,
            cluster,
            deadline,
            bounds: OnceLock::new(),
            tally: Mutex::default(),
            spans: CallSpans::default(),
        }
    }

    fn bounds(&self) -> &Bounds {
        self.bounds.get_or_init(|| Bounds {
            at_once: Arc::new(Semaphore::new(self.cluster.max_calls())),
            waiting: Arc::new(Semaphore::new(MAX_WAITING_BYTES)),
        })
    }

    /// What was asked for so far; what is under way counts as cancelled.
    pub(super) fn tally(&self) -> SystemTally {
        self.with_tally(|tally| tally.clone())
    }

    /// The completion of `asked`.
    async fn complete(self: Arc<Self>, id: u32, operation: Operation, asked: Asked) -> Ended {
        let span = self.spans.call(operation.as_str());
        let (result, ended) = self.answer(id, operation, asked).instrument(span.clone()).await;
        if result != SystemResult::Ok {
            arbex_traces::fail(&span, result.as_str());
        }
        ended
    }

    async fn answer(self: Arc<Self>, id: u32, operation: Operation, asked: Asked) -> (SystemResult, Ended) {
        if let Asked::Config { prefix } = &asked {
            let entries = match self.grant.config(prefix) {
                Ok(()) => self.entries(prefix),
                Err(refusal) => return self.refuse(id, operation, &refusal),
            };
            self.with_tally(|tally| tally.begin(operation));
            return self.end(id, operation, entries.map(Payload::Json));
        }
        match self.allow(operation, asked) {
            Ok(allowed) => self.perform(id, operation, allowed).await,
            Err(refusal) => self.refuse(id, operation, &refusal),
        }
    }

    fn entries(&self, prefix: &str) -> Result<&str, Failed> {
        let missing = || format!("getPrefix: the request brought nothing for {prefix:?} (context.system.config)");
        self.config.below(prefix).ok_or_else(|| Failed::error(missing()))
    }

    /// The one question to the policy about the cluster.
    fn allow(&self, operation: Operation, asked: Asked) -> Result<Allowed, Refusal> {
        let read = |namespace: Option<String>| {
            self.grant.read(operation, namespace.as_deref()).map(|namespace| namespace.map(str::to_owned))
        };
        match asked {
            Asked::Config { prefix } => Err(Refusal::PrefixNotListed { prefix }),
            Asked::List { kind, namespace, label_selector } => {
                Ok(Allowed::List { kind, namespace: read(namespace)?, label_selector })
            }
            Asked::PodMetrics { namespace } => {
                Ok(Allowed::PodMetrics { namespace: read(namespace)?.ok_or(Refusal::NoNamespace)? })
            }
            Asked::Exec { pod, namespace, container, argv } => {
                let allowed = self.grant.exec(pod.as_deref(), namespace.as_deref());
                let (namespace, bounds) = allowed
                    .inspect_err(|refusal| self.tell_refused(pod.as_deref(), namespace.as_deref(), &argv, refusal))?;
                Ok(Allowed::Exec { namespace: namespace.to_owned(), bounds: bounds.clone(), pod, container, argv })
            }
        }
    }

    fn tell_refused(&self, pod: Option<&str>, namespace: Option<&str>, argv: &[String], refusal: &Refusal) {
        if MAX_TOLD_REFUSALS <= self.with_tally(|tally| tally.refused_commands()) {
            return;
        }
        let argv: String = format!("{argv:?}").chars().take(MAX_TOLD_CHARS).collect();
        let caller = &**self.grant.caller();
        tracing::info!(caller, pod, namespace, argv, reason = %refusal, "a command in a pod was refused");
    }

    fn refuse(&self, id: u32, operation: Operation, refusal: &Refusal) -> (SystemResult, Ended) {
        self.with_tally(|tally| tally.refuse(operation));
        let message = format!("{}: {refusal}", operation.as_str());
        let failed = Failed { name: "PermissionError", ..Failed::error(message) };
        (SystemResult::Refused, encode(id, Err(failed)).into())
    }

    /// Ask the cluster, in a task of its own: it goes on while the script computes, and ends with the run.
    async fn perform(self: Arc<Self>, id: u32, operation: Operation, allowed: Allowed) -> (SystemResult, Ended) {
        self.with_tally(|tally| tally.begin(operation));
        // It is never closed.
        let Ok(permit) = Arc::clone(&self.bounds().at_once).acquire_owned().await else {
            return (SystemResult::Cancelled, Ended::default());
        };
        let system = Arc::clone(&self);
        let work = async move { system.ask(operation, allowed).await }.in_current_span();
        let answered = AbortOnDropHandle::new(tokio::spawn(work)).await;
        // A task that was not aborted fails to be joined only when it panicked; the panic hook has told where.
        let answered = answered.unwrap_or_else(|_| Err(Failed::error(format!("{}: it broke off", operation.as_str()))));
        let outcome = answered.as_ref().map(|answer| match &answer.warning {
            Some(warning) => Payload::Listed { warning: Some(warning), json: &answer.json },
            None => Payload::Json(&answer.json),
        });
        let (result, mut ended) = self.end(id, operation, outcome.map_err(Failed::clone));
        ended.answer = answered.ok().map(|answer| Held { _permit: permit, _reserved: answer.reserved });
        (result, ended)
    }

    async fn ask(&self, operation: Operation, allowed: Allowed) -> Result<Answer, Failed> {
        let plain = |(json, reserved)| Answer { json, warning: None, reserved };
        let answered = match allowed {
            Allowed::List { kind, namespace, label_selector } => {
                let max_items = self.grant.max_items();
                let (namespace, selector) = (namespace.as_deref(), label_selector.as_deref());
                let listed = self.cluster.list(kind, namespace, selector, max_items, self.deadline).await;
                listed.map(|listed| Answer::of_list(operation, listed))
            }
            Allowed::PodMetrics { namespace } => self.cluster.pod_metrics(&namespace, self.deadline).await.map(plain),
            Allowed::Exec { pod, namespace, container, argv, bounds } => {
                let command = Command {
                    pod: pod.as_deref(),
                    namespace: &namespace,
                    container: container.as_deref(),
                    argv: &argv,
                    timeout: Duration::from_millis(bounds.timeout_ms),
                    max_output_chars: usize::try_from(bounds.max_output_chars).unwrap_or(usize::MAX),
                    caller: self.grant.caller(),
                    deadline: self.deadline,
                };
                self.cluster.exec(command).await.map(plain)
            }
        };
        answered.map_err(|failure| failed(operation, &failure))
    }

    fn end(&self, id: u32, operation: Operation, outcome: Result<Payload<'_>, Failed>) -> (SystemResult, Ended) {
        self.with_tally(|tally| tally.end(operation, outcome.is_ok()));
        let result = if outcome.is_ok() { SystemResult::Ok } else { SystemResult::Failed };
        (result, encode(id, outcome).into())
    }

    fn with_tally<R>(&self, work: impl FnOnce(&mut SystemTally) -> R) -> R {
        work(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Answer {
    fn of_list(operation: Operation, listed: Listed) -> Self {
        let Listed { json, count, is_cut, reserved } = listed;
        let warning = is_cut.then(|| {
            let operation = operation.as_str();
            format!("{operation}: these are the first {count}; there are more (system.k8s.maxItems, at most 2000)")
        });
        Self { json, warning, reserved }
    }
}

/// What the promise of `operation` rejects with when the cluster gives nothing.
fn failed(operation: Operation, failure: &Failure) -> Failed {
    let message = format!("{}: {failure}", operation.as_str());
    if let Failure::Argument { .. } = failure {
        return Failed::type_error(message);
    }
    let (status, reason) = (failure.status(), failure.reason().map(str::to_owned));
    Failed { name: "ClusterError", message, status, reason, cause: Some(failure.cause()) }
}

/// The future of one operation of `ctx.system`, which does nothing before it is polled. None: it is no such operation, or the
/// arguments of those that wait leave no room for its own.
pub(super) fn operation(system: &Arc<System>, id: u32, op: &Op<'_>) -> Option<BoxFuture<'static, Ended>> {
    let operation = operation_of(op)?;
    let bytes = u32::try_from(text_bytes(op)).ok()?;
    let text = Arc::clone(&system.bounds().waiting).try_acquire_many_owned(bytes).ok()?;
    let complete = Arc::clone(system).complete(id, operation, asked(op)?);
    let complete = async move {
        let ended = complete.await;
        drop(text);
        ended
    };
    Some(complete.boxed())
}

/// Which operation of `ctx.system` it is, if it is one.
pub(super) fn operation_of(op: &Op<'_>) -> Option<Operation> {
    Some(match op {
        Op::ReadConfig { .. } => Operation::GetPrefix,
        Op::List { kind, .. } => match kind {
            ListKind::Pods => Operation::ListPods,
            ListKind::Deployments => Operation::ListDeployments,
            ListKind::StatefulSets => Operation::ListStatefulSets,
            ListKind::PersistentVolumeClaims => Operation::ListPersistentVolumeClaims,
            ListKind::Ingresses => Operation::ListIngresses,
            ListKind::Services => Operation::ListServices,
            ListKind::Namespaces => Operation::ListNamespaces,
            ListKind::Nodes => Operation::ListNodes,
        },
        Op::PodMetrics { .. } => Operation::GetPodMetrics,
        Op::Exec { pod: Some(_), .. } => Operation::Exec,
        Op::Exec { pod: None, .. } => Operation::ExecClusterManager,
        Op::OpenJson { .. }
        | Op::OpenBinary { .. }
        | Op::OpenTabular { .. }
        | Op::ReadRows { .. }
        | Op::CloseTable { .. } => return None,
    })
}

/// What a copy of its arguments takes.
fn text_bytes(op: &Op<'_>) -> usize {
    let len = |text: &Option<&str>| text.map_or(0, str::len);
    match op {
        Op::ReadConfig { prefix } => prefix.len(),
        Op::List { namespace, label_selector, .. } => len(namespace) + len(label_selector),
        Op::PodMetrics { namespace } => len(namespace),
        Op::Exec { pod, namespace, container, command } => {
            let argv: usize = command.iter().map(|argument| size_of::<String>() + argument.len()).sum();
            len(pod) + len(namespace) + len(container) + argv
        }
        Op::OpenJson { .. }
        | Op::OpenBinary { .. }
        | Op::OpenTabular { .. }
        | Op::ReadRows { .. }
        | Op::CloseTable { .. } => 0,
    }
}

fn asked(op: &Op<'_>) -> Option<Asked> {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Some(match op {
        Op::ReadConfig { prefix } => Asked::Config { prefix: (*prefix).to_owned() },
        Op::List { kind, namespace, label_selector } => {
            Asked::List { kind: *kind, namespace: owned(*namespace), label_selector: owned(*label_selector) }
        }
        Op::PodMetrics { namespace } => Asked::PodMetrics { namespace: owned(*namespace) },
        Op::Exec { pod, namespace, container, command } => Asked::Exec {
            pod: owned(*pod),
            namespace: owned(*namespace),
            container: owned(*container),
            argv: command.iter().map(|&argument| argument.to_owned()).collect(),
        },
        Op::OpenJson { .. }
        | Op::OpenBinary { .. }
        | Op::OpenTabular { .. }
        | Op::ReadRows { .. }
        | Op::CloseTable { .. } => {
            return None;
        }
    })
}
