//! The queue. A task waits until a runner claims it; then the runner has it for the time of a lease, which each signal begins
//! anew. A runner that is silent for longer loses it: it waits again, until it has been retried often enough and fails. Only
//! a leased task can be signalled or ended, so each ends once; who comes too late gets [`TaskRules::late_status`].

use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::iso;
use crate::graph::{PROCESSING, PROCESSING_FAILED};
use crate::journal::{Event, EventKind};
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::store::Store;
use crate::view;

/// How tasks are kept.
#[derive(Clone, Copy, Debug)]
pub struct TaskRules {
    /// How long a silent runner keeps a task.
    pub lease: Duration,
    /// How often a task comes back after its first lease.
    pub max_retries: u32,
    /// The status for a signal or an ending of a task that has ended, or is not leased any more: 409, or 404 as for a task
    /// there never was.
    pub late_status: u16,
}

impl Default for TaskRules {
    fn default() -> Self {
        Self { lease: Duration::from_secs(60), max_retries: 3, late_status: 409 }
    }
}

/// Where a task is. Of the numbers only 1 (claimed) was seen on a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskState {
    Queued,
    Claimed,
    Processing,
    Completed,
    Failed,
    Cancelled,
}

impl TaskState {
    fn wire(self) -> (i64, &'static str) {
        match self {
            Self::Queued => (0, "QUEUED"),
            Self::Claimed => (1, "CLAIMED"),
            Self::Processing => (2, "PROCESSING"),
            Self::Completed => (3, "COMPLETED"),
            Self::Failed => (4, "FAILED"),
            Self::Cancelled => (5, "CANCELLED"),
        }
    }

    fn leased(self) -> bool {
        matches!(self, Self::Claimed | Self::Processing)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Task {
    id: i64,
    pub(crate) node_id: i64,
    runner_tag: Option<String>,
    state: TaskState,
    retry_count: u32,
    created_ms: i64,
    updated_ms: i64,
    /// Meaningful while leased.
    lease_until_ms: i64,
}

impl Store {
    pub(crate) fn queue_task(&mut self, node_id: i64) -> i64 {
        let id = self.new_id(Resource::RunnerTask);
        let now_ms = self.clock.now_ms();
        let task = Task {
            id,
            node_id,
            runner_tag: None,
            state: TaskState::Queued,
            retry_count: 0,
            created_ms: now_ms,
            updated_ms: now_ms,
            lease_until_ms: 0,
        };
        self.tasks.insert(id, task);
        if let Some(node) = self.nodes.get_mut(&node_id) {
            node.open_tasks.push(id);
        }
        self.queue.push_back(id);
        self.note(id, EventKind::Queued, None);
        id
    }

    pub(crate) fn has_open_task(&self, node_id: i64) -> bool {
        self.nodes.get(&node_id).is_some_and(|node| !node.open_tasks.is_empty())
    }

    pub(crate) fn has_queued_task(&self, node_id: i64) -> bool {
        let queued = |id| self.tasks.get(id).is_some_and(|task| task.state == TaskState::Queued);
        self.nodes.get(&node_id).is_some_and(|node| node.open_tasks.iter().any(queued))
    }

    /// The oldest task whose node template is supported, leased to the runner; none is a 404, as on the wire.
    pub(crate) fn claim(&mut self, runner_tag: &str, supported: &[&str]) -> Result<Value, Refusal> {
        let position = self.queue.iter().position(|id| {
            let node = self.tasks.get(id).and_then(|task| self.nodes.get(&task.node_id));
            node.is_some_and(|node| supported.contains(&self.template_name(node)))
        });
        let id = position.and_then(|position| self.queue.remove(position));
        let id = id.ok_or_else(|| Refusal::absent("no task waits for these node templates"))?;
        if let Some(task) = self.tasks.get_mut(&id) {
            task.runner_tag = Some(runner_tag.to_owned());
        }
        self.lease(id, TaskState::Claimed);
        self.note(id, EventKind::Claimed, None);
        self.task_json(id)
    }

    pub(crate) fn signal(&mut self, id: i64) -> Result<Value, Refusal> {
        let node_id = self.leased(id, "signal")?;
        self.lease(id, TaskState::Processing);
        self.note(id, EventKind::Signalled, None);
        if let Some(node) = self.nodes.get_mut(&node_id) {
            node.last_state = PROCESSING;
        }
        self.task_json(id)
    }

    pub(crate) fn complete(&mut self, id: i64) -> Result<Value, Refusal> {
        let node_id = self.leased(id, "complete")?;
        self.end(id, TaskState::Completed, EventKind::Completed, None);
        self.settle(node_id);
        self.task_json(id)
    }

    pub(crate) fn fail(&mut self, id: i64) -> Result<Value, Refusal> {
        let node_id = self.leased(id, "fail")?;
        self.end(id, TaskState::Failed, EventKind::Failed, Some("its runner"));
        self.unsettle(node_id);
        self.task_json(id)
    }

    /// Takes the tasks of silent runners back. Every request begins with this, so nothing sees a lease that is over.
    pub(crate) fn expire_leases(&mut self) {
        let now_ms = self.clock.now_ms();
        let leased = self.leased.iter().filter_map(|id| self.tasks.get(id));
        let over = leased.filter(|task| task.lease_until_ms <= now_ms);
        let mut silent: Vec<_> = over.map(|task| (task.lease_until_ms, task.id)).collect();
        silent.sort_unstable();
        for (_, id) in silent {
            self.note(id, EventKind::LeaseExpired, None);
            let Some(task) = self.tasks.get_mut(&id) else { continue };
            let node_id = task.node_id;
            if task.retry_count < self.rules.max_retries {
                task.retry_count += 1;
                task.state = TaskState::Queued;
                task.updated_ms = now_ms;
                task.runner_tag = None;
                self.leased.remove(&id);
                self.queue.push_back(id);
                self.note(id, EventKind::Queued, None);
                continue;
            }
            self.end(id, TaskState::Failed, EventKind::Failed, Some("the Core: its last retry was silent too"));
            self.unsettle(node_id);
            if let Some(node) = self.nodes.get_mut(&node_id) {
                node.last_state = PROCESSING_FAILED;
                node.status_details = "no runner ended the task within its lease".to_owned();
            }
        }
    }

    /// Ends what is open of a node that goes away.
    pub(crate) fn cancel_tasks(&mut self, node_id: i64) {
        let open = self.nodes.get(&node_id).map(|node| node.open_tasks.clone()).unwrap_or_default();
        for id in open {
            self.queue.retain(|queued| *queued != id);
            self.end(id, TaskState::Cancelled, EventKind::Cancelled, None);
        }
    }

    /// The node of a task that is leased; whoever asks anything of another task is too late.
    fn leased(&mut self, id: i64, asked: &str) -> Result<i64, Refusal> {
        let task = self.tasks.get(&id).ok_or_else(|| Refusal::absent(format!("there is no task {id}")))?;
        if task.state.leased() {
            return Ok(task.node_id);
        }
        let (_, state) = task.state.wire();
        self.note(id, EventKind::Refused, Some(asked));
        let message = format!("task {id} is {state}; only a claimed one can be asked to {asked}");
        Err(Refusal { status: self.rules.late_status, message })
    }

    fn lease(&mut self, id: i64, state: TaskState) {
        let now_ms = self.clock.now_ms();
        let lease_ms = i64::try_from(self.rules.lease.as_millis()).unwrap_or(i64::MAX);
        if let Some(task) = self.tasks.get_mut(&id) {
            task.state = state;
            task.updated_ms = now_ms;
            task.lease_until_ms = now_ms.saturating_add(lease_ms);
            self.leased.insert(id);
        }
    }

    fn end(&mut self, id: i64, state: TaskState, kind: EventKind, detail: Option<&str>) {
        let now_ms = self.clock.now_ms();
        if let Some(task) = self.tasks.get_mut(&id) {
            task.state = state;
            task.updated_ms = now_ms;
            self.leased.remove(&id);
            if let Some(node) = self.nodes.get_mut(&task.node_id) {
                node.open_tasks.retain(|open| *open != id);
            }
        }
        self.note(id, kind, detail);
    }

    fn note(&mut self, id: i64, kind: EventKind, detail: Option<&str>) {
        let at = self.now();
        if let Some(task) = self.tasks.get(&id) {
            self.journal.push(Event {
                at,
                task_id: id,
                node_instance_id: task.node_id,
                kind,
                runner_tag: task.runner_tag.clone(),
                detail: detail.map(str::to_owned),
            });
        }
    }

    /// A `RunnerTask`. The outputs are those its parents have now.
    fn task_json(&self, id: i64) -> Result<Value, Refusal> {
        let absent = || Refusal::absent(format!("there is no task {id}"));
        let task = self.tasks.get(&id).ok_or_else(absent)?;
        let node = self.nodes.get(&task.node_id).ok_or_else(absent)?;
        let (state, verbose_state) = task.state.wire();
        let outputs: Vec<_> = node.parents.iter().filter_map(|parent| self.current_output(*parent)).collect();
        Ok(json!({
            "id": id,
            "nodeInstanceId": task.node_id,
            "nodeInstance": view::node(self, node, view::Outputs::Current),
            "runnerTag": task.runner_tag,
            "runnerTypeId": self.runner_type_id(node),
            "nodeInstanceConfiguration": node.configuration,
            "sessionTemplateConfiguration": self.session_template_configuration(node),
            "parentNodeOutputs": outputs,
            "state": state,
            "verboseState": verbose_state,
            "lastRunnerOutput": null,
            "retryCount": task.retry_count,
            "maxRetries": self.rules.max_retries,
            "createdAt": iso(task.created_ms),
            "referenceTime": iso(task.created_ms),
            "updatedAt": iso(task.updated_ms),
        }))
    }
}
