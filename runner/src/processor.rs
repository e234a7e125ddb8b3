//! A task's way from Core to the service and back.

use std::time::Duration;

use arbex_api::{Context, Status};
use arbex_traces::{fail, note, span};
use heat_runtime::{HeatRuntime, NodeInstance, ProcessError, Processor, RunnerTask, TaskLost, async_trait};
use tracing::{Instrument, Span};

use crate::configuration::NodeConfiguration;
use crate::execute::{ExecuteClient, Retry};
use crate::failure::{Failure, Stage};
use crate::known::Known;
use crate::lease::Lease;
use crate::metrics::{Metrics, Phase};
use crate::outputs::{self, InputRules};
use crate::stores::Stores;
use crate::surroundings::{GraphParent, Surroundings, node_of};
use crate::{parent, platform, stored};

/// The node template this runs.
pub const TEMPLATE_NAME: &str = "system-arbex-js";

/// A store's clock may differ from ours.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// Runs `system-arbex-js` nodes.
#[derive(Debug)]
pub struct ArbexProcessor {
    service: ExecuteClient,
    inputs: InputRules,
    /// How often Core hears that a task is still worked on.
    signal_every: Duration,
    stores: Stores,
    known: Known,
    metrics: Metrics,
}

#[async_trait]
impl Processor for ArbexProcessor {
    fn template_name(&self) -> &str {
        TEMPLATE_NAME
    }

    async fn process(&self, task: &RunnerTask, core: &HeatRuntime) -> Result<(), ProcessError> {
        let _in_flight = self.metrics.task_begins(&task.created_at);
        let lease = Lease::new(task, self.signal_every, core);
        let walk = async {
            let walked = self.walk(task, core, &lease).await;
            // To fail the node is a word on the task too.
            if walked.is_err() {
                lease.check().await?;
            }
            walked
        };
        let ended = tokio::select! {
            ended = walk => ended,
            lost = lease.keep() => Err(lost),
        };
        self.metrics.task_ended(ended.as_ref().err().map(|failure| failure.stage));
        if let Err(failure) = &ended {
            // `heat-runtime`'s, of the whole task.
            fail(&Span::current(), failure.stage.as_str());
        }
        match ended {
            Err(lost) if lost.stage == Stage::Lost => Err(TaskLost(lost.to_string()).into()),
            ended => Ok(ended?),
        }
    }
}

impl ArbexProcessor {
    /// Ready for tasks.
    pub fn new(
        service: ExecuteClient,
        inputs: InputRules,
        signal_every: Duration,
        keep: Duration,
        metrics: Metrics,
    ) -> Self {
        Self { service, inputs, signal_every, stores: Stores::default(), known: Known::new(keep), metrics }
    }

    async fn walk(&self, task: &RunnerTask, core: &HeatRuntime, lease: &Lease<'_>) -> Result<(), Failure> {
        let phase = self.metrics.phase(Phase::Surroundings);
        let (node, configuration, context, parents) =
            staged(span!("surroundings"), self.surroundings(task, core)).await?;
        phase.observe_duration();

        let phase = self.metrics.phase(Phase::Inputs);
        let inputs = async {
            let parent = parent::named(&parents, &configuration.parent_name)?;
            let outputs = parent::outputs(parent, configuration.reading, task, core).await?;
            let url_ttl = self.service.longest(configuration.timeout_ms) + CLOCK_SKEW;
            outputs::inputs(outputs, url_ttl, self.inputs, &self.stores, &self.known, core).await
        };
        let inputs = staged(span!("inputs"), inputs).await?;
        phase.observe_duration();

        let phase = self.metrics.phase(Phase::Execute);
        // One for each time a task is worked on, not for each task: the next time has other signed URLs, and the same key with
        // another body would be refused.
        let key = format!("arbex-{}-{:016x}", task.id, fastrand::u64(..));
        let on_retry = |why: Retry| self.metrics.retried(why);
        let (text, timeout_ms) = (&configuration.text, configuration.timeout_ms);
        let logged = tracing::info_span!("execute", request_id = key);
        let traced = span!("execute", arbex.request_id = key);
        let executed = self.service.execute(text, &context, &inputs, timeout_ms, &key, on_retry).instrument(logged);
        let envelope = staged(traced.clone(), executed).await?;
        note(&traced, "arbex.run.status", envelope.status.as_str());
        phase.observe_duration();

        let phase = self.metrics.phase(Phase::Store);
        // Of a run that failed too: what comes after may look at it, and so may people.
        let (stores, known) = (&self.stores, &self.known);
        let stored = stored::store(&envelope, &configuration, task, &node, stores, known, lease);
        let stored = staged(span!("store"), stored).await;
        if stored.is_ok() {
            phase.observe_duration();
        }
        match (envelope.status, stored) {
            (Status::Success, stored) => stored,
            (Status::Error, Err(lost)) if lost.stage == Stage::Lost => Err(lost),
            (Status::Error, Ok(())) => Err(Failure::of_run(&envelope)),
            (Status::Error, Err(unstored)) => Err(Failure::of_run(&envelope).and(&unstored)),
        }
    }

    async fn surroundings(
        &self,
        task: &RunnerTask,
        core: &HeatRuntime,
    ) -> Result<(NodeInstance, NodeConfiguration, Context, Vec<GraphParent>), Failure> {
        let node = node_of(task, core).await?;
        let configuration = NodeConfiguration::of(task, &node)?;
        let around = Surroundings::of(task, &node, &self.known, core);
        let system = async {
            match &configuration.system {
                Some(prefixes) => platform::system(prefixes, &self.known, core).await.map(Some),
                None => Ok(None),
            }
        };
        let (Surroundings { mut context, parents }, system) = tokio::try_join!(around, system)?;
        context.system = system;
        Ok((node, configuration, context, parents))
    }
}

/// A stage of the way, with its span.
async fn staged<T>(span: Span, stage: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    stage.instrument(span.clone()).await.inspect_err(|failure| fail(&span, failure.stage.as_str()))
}
