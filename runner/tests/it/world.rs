//! A Core, a store, and a node that reads from another.

use std::time::Duration;

use arbex_runner::certificates::Certificates;
use arbex_runner::execute::{ExecuteClient, ExecuteSettings};
use arbex_runner::metrics::Metrics;
use arbex_runner::outputs::{InputRules, InputsBy};
use arbex_runner::processor::ArbexProcessor;
use heat_core_dev::{Core, CoreHandle, CoreOptions, NodeOutput, Seed};
use heat_runtime::{
    BlobStore, CancellationToken, Claim, ClaimObserver, ConnectionString, DataSource, DataSourceType, HeatRuntime,
    HeatRuntimeOptions, InitOptions, OnCompletionError,
};
use serde_json::{Value, json};

use crate::s3::S3;

/// How long what Core tells is kept, as by default.
const KEEP: Duration = Duration::from_secs(5);

/// A script that adds up the column `n` of its input.
pub const SUM: &str = "async function run(ctx) {
    const table = await ctx.inputs.latest.openTabularReader();
    let sum = 0;
    for await (const row of table) sum += Number(row.n);
    return sum;
}";
pub const SESSION: &str = "3f0c7c1e-1111-4222-8333-444455556666";
pub const STORE: &str = "HEAT Managed Object Store";
pub const EMPTY: i64 = 70;
pub const PARENT: i64 = 71;
pub const ARBEX: i64 = 72;

pub struct World {
    pub core: CoreHandle,
    pub s3: S3,
    pub store: BlobStore,
    pub inputs: InputRules,
    pub retry_budget: Duration,
    pub core_timeout: Duration,
    pub certificates: Certificates,
    pub metrics: Metrics,
}

impl World {
    /// `csv-input` and `empty` above `arbex`, which has this configuration.
    pub async fn new(configuration: &Value) -> Self {
        Self::with_text(&configuration.to_string()).await
    }

    pub async fn with_text(configuration: &str) -> Self {
        let s3 = S3::start().await;
        let connection = s3.connection_string();
        let seed = json!({
            "config": {
                "runner_config.default_store": STORE,
                "system.x": "1", "system.deep.y": 2, "system.api_secret": "hush", "other.z": "3"
            },
            "dataSources": [
                { "id": 1, "name": "Another", "type": 2, "connectionString": "Host=db;Password=hush" },
                { "id": 7, "name": STORE, "type": 4, "connectionString": connection }
            ],
            "runnerTypes": [{ "id": 3, "name": "arbex", "containerImage": "arbex", "enabled": true }],
            "nodeTemplates": [
                { "id": 8, "name": "input-node", "type": "Input" },
                { "id": 9, "name": "system-arbex-js", "type": "Transform", "supportedRunnerIds": [3] }
            ],
            "sessionTemplates": [{ "id": 2, "name": "demo-template", "configuration": "{\"retentionPolicy\":{\"mode\":\"KeepAll\"}}" }],
            "projects": [{ "id": 4, "title": "P", "ownerId": 1, "defaultSessionTemplateId": 2 }],
            "sessions": [{
                "id": SESSION, "name": "Display Name", "email": "person@example.org", "projectId": 4, "sessionTemplateId": 2,
                "simulationName": "sim-a"
            }],
            "nodes": [
                { "id": EMPTY, "sessionId": SESSION, "nodeTemplateId": 8, "name": "empty" },
                { "id": PARENT, "sessionId": SESSION, "nodeTemplateId": 8, "name": "csv-input" },
                { "id": ARBEX, "sessionId": SESSION, "nodeTemplateId": 9, "name": "arbex", "parentIds": [EMPTY, PARENT],
                  "configuration": configuration }
            ]
        });
        let seed: Seed = serde_json::from_value(seed).unwrap();
        let core = Core::start(CoreOptions { seed, ..CoreOptions::default() }).unwrap();
        let mut source = DataSource::default();
        source.name = STORE.to_owned();
        source.r#type = DataSourceType::S3 as i64;
        source.connection_string = ConnectionString(connection);
        Self {
            core,
            store: source.store().unwrap(),
            s3,
            inputs: InputRules { by: InputsBy::Url, max_inline_bytes: 1 << 20 },
            retry_budget: Duration::from_secs(20),
            core_timeout: Duration::from_secs(20),
            certificates: Certificates::default(),
            metrics: Metrics::new().unwrap(),
        }
    }

    /// An output of a parent, with its bytes in the store.
    pub async fn output(&self, node_id: i64, path: &str, bytes: &[u8], created_at: &str) {
        self.store.upload_blob(path, bytes.to_vec()).await.unwrap();
        self.seed_output(node_id, 7, path, created_at);
    }

    pub fn seed_output(&self, node_id: i64, data_source_id: i64, path: &str, created_at: &str) {
        let output = json!({
            "nodeInstanceId": node_id, "configuration": "{}", "dataSourceId": data_source_id, "dataPath": path,
            "outputIdentifier": path, "createdAt": created_at
        });
        self.core.seed(&serde_json::from_value(json!({ "outputs": [output] })).unwrap()).unwrap();
    }

    pub fn runtime(&self, service_url: &str) -> HeatRuntime {
        let settings = ExecuteSettings {
            url: service_url.to_owned(),
            token: Some("token-of-the-runner".to_owned()),
            certificates: self.certificates.clone(),
            margin: Duration::from_secs(20),
            retry_budget: self.retry_budget,
        };
        let service = ExecuteClient::new(&settings).unwrap();
        let mut options = HeatRuntimeOptions::new(self.core.base_url());
        options.request_timeout = self.core_timeout;
        let mut runtime = HeatRuntime::new(options).unwrap();
        let metrics = self.metrics.clone();
        runtime.register(ArbexProcessor::new(service, self.inputs, Duration::from_millis(100), KEEP, metrics));
        runtime
    }

    /// Works until there is no task any more.
    pub async fn work(&self, service_url: &str) {
        self.runtime(service_url).init("test", until_nothing(&self.metrics)).await.unwrap();
    }

    /// Queues a task for the node, works, and gives the task's id.
    pub async fn run(&self, service_url: &str) -> i64 {
        let task_id = self.core.queue_task(ARBEX).unwrap();
        self.work(service_url).await;
        assert_eq!(self.core.audit().unended, Vec::<i64>::new());
        task_id
    }

    /// Runs the node, which must succeed; gives the document it stored.
    pub async fn document(&self, service_url: &str) -> Value {
        let task_id = self.run(service_url).await;
        assert_eq!(self.status(), (3, "Processing succeeded; node is ready for more work.".to_owned()));
        self.stored(task_id).await
    }

    /// Runs the node, which must fail; gives its status.
    pub async fn failure(&self, service_url: &str) -> String {
        self.run(service_url).await;
        let (state, details) = self.status();
        assert_eq!(state, 2, "{details}");
        details
    }

    pub fn status(&self) -> (i64, String) {
        let node = self.core.node(ARBEX).unwrap();
        (node["lastState"].as_i64().unwrap(), node["statusDetails"].as_str().unwrap().to_owned())
    }

    pub fn outputs(&self) -> Vec<NodeOutput> {
        self.core.outputs(ARBEX)
    }

    /// What a task stored: exactly one output, where it has to be.
    pub async fn stored(&self, task_id: i64) -> Value {
        let name = format!("arbex-{task_id}");
        let outputs: Vec<_> = self.outputs().into_iter().filter(|output| output.output_identifier == name).collect();
        assert_eq!(outputs.len(), 1, "{outputs:?}");
        assert_eq!(outputs[0].data_path, format!("sessions/{SESSION}/nodes/{ARBEX}/tasks/{task_id}.json"));
        assert_eq!(outputs[0].data_source_id, 7);
        serde_json::from_slice(&self.store.get(&outputs[0].data_path).await.unwrap()).unwrap()
    }
}

pub fn until_nothing(metrics: &Metrics) -> InitOptions {
    let stop = CancellationToken::new();
    let mut options = InitOptions::default();
    // As the binary has it.
    options.on_completion_error = OnCompletionError::Leave;
    options.polling_interval = Duration::from_millis(10);
    options.shutdown = stop.clone();
    let metrics = metrics.clone();
    options.on_claim = ClaimObserver::new(move |claim| {
        metrics.claimed(claim);
        if claim == Claim::Nothing {
            stop.cancel();
        }
    });
    options
}

/// A configuration that reads the newest output of `csv-input`.
pub fn latest(script: &str) -> Value {
    json!({ "script": script, "parent": { "nodeInstanceName": "csv-input", "mode": "latest" } })
}
