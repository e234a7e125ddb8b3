//! The node configuration: the script, what it may use up, and what it reads.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// The configuration of a `system-arbex-js` node. Keys of other features are kept in `other` and ignored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "script": "async function run(ctx) { return { seen: ctx.parents.length }; }",
    "parent": { "nodeInstanceName": "csv-input", "mode": "history", "historyLimit": 10 },
    "timeoutMs": 8000,
    "maxMemoryMb": 256
}))]
pub struct Configuration {
    /// JavaScript source text that defines `run(ctx)`; not blank, at most `maxScriptChars` long.
    #[schema(example = "async function run(ctx) { return { ok: true }; }")]
    pub script: String,

    /// Which parent to read and how; without it the script sees the inputs of the request as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ParentConfig>,

    /// Wall-clock limit of the run in milliseconds, waiting on host calls included. Default 5000, at most 60000
    /// unless the operator says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, default = 5000, example = 5000)]
    pub timeout_ms: Option<u64>,

    /// Longest accepted script in UTF-16 code units (what `script.length` is in JavaScript). Default 131072, at most
    /// 1048576 unless the operator says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, default = 131072, example = 131072)]
    pub max_script_chars: Option<u64>,

    /// Most memory of the sandbox in MiB. Default 512, from 16 to 640 unless the operator says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 16, maximum = 640, default = 512, example = 512)]
    pub max_memory_mb: Option<u64>,

    /// Sampling profiler.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profiler: Option<ProfilerConfig>,

    /// `ctx.system`: platform version, cluster reads, platform configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemConfig>,

    /// Validation of dataservice returns and the form in which a runner stores them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataservice_output: Option<DataserviceOutputConfig>,

    /// Platform retention; not used by the run itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<RetentionConfig>,

    /// Keys of other features, kept as they are.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// The read block: which parent output the script sees.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "nodeInstanceName": "csv-input", "mode": "history", "historyLimit": 10, "historyOrder": "oldestFirst" }))]
pub struct ParentConfig {
    /// Graph name of the parent to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "csv-input")]
    pub node_instance_name: Option<String>,

    /// `latest` gives `ctx.inputs.latest`, `history` gives `ctx.inputs.history`. Without it, zero or one input behaves
    /// as `latest`, several as `history`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<ParentMode>,

    /// Most outputs that `history` lists, 1 to 1000. Default 60.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1000, default = 60, example = 60)]
    pub history_limit: Option<u64>,

    /// Order of `history` by `createdAtUtc`. Default `newestFirst`. The limit is applied after ordering.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history_order: Option<HistoryOrder>,

    /// What the bytes are, when it is known better than detection does. Default `auto`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader_hint: Option<ReaderHint>,

    /// How tabular readers parse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tabular_options: Option<TabularOptionsConfig>,
}

named_values! {
    /// Which member of `ctx.inputs` the script gets.
    ParentMode {
        /// One handle, the newest by `createdAtUtc`, or `null` when there is none.
        Latest = "latest",
        /// All of them, ordered and limited as configured.
        History = "history",
    }
}

named_values! {
    /// Order of `ctx.inputs.history` by `createdAtUtc`.
    #[derive(Default)]
    HistoryOrder {
        /// The newest output first.
        #[default]
        NewestFirst = "newestFirst",
        /// The oldest output first.
        OldestFirst = "oldestFirst",
    }
}

named_values! {
    /// What the configuration says about the bytes of an input.
    #[derive(Default)]
    ReaderHint {
        /// Detect by content type, then extension, then content.
        #[default]
        Auto = "auto",
        /// They are JSON.
        Json = "json",
        /// They are rows and columns.
        Tabular = "tabular",
        /// They are neither.
        Binary = "binary",
    }
}

named_values! {
    /// The form of tabular bytes.
    InputFormat {
        /// Detect it from the bytes.
        Auto = "auto",
        /// Comma-separated unless `delimiter` says otherwise.
        Csv = "csv",
        /// Tab-separated unless `delimiter` says otherwise.
        Tsv = "tsv",
        /// A JSON array of flat objects, or the `tables` form of tabular-query.
        Json = "json",
    }
}

/// How tabular readers parse.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "delimiter": ";", "inputFormat": "csv" }))]
pub struct TabularOptionsConfig {
    /// One ASCII character, or `\t` or `tab` for a tab. Without it: by `inputFormat`, else detected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = ";")]
    pub delimiter: Option<String>,

    /// The form of the bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_format: Option<InputFormat>,
}

/// The sampling profiler.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "enabled": true, "sampleIntervalMs": 50, "maxSamples": 600 }))]
pub struct ProfilerConfig {
    /// Default `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,

    /// Milliseconds between two samples, 1 to 10000. Default 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 10000, default = 50)]
    pub sample_interval_ms: Option<u64>,

    /// Most samples kept, 1 to 10000. Default 600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 10000, default = 600)]
    pub max_samples: Option<u64>,
}

/// `ctx.system`. What is asked for here is granted only where the operator's settings and the caller's capabilities
/// allow it too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "enabled": true, "k8s": { "namespaces": ["heat"], "maxItems": 200 }, "configPrefixes": ["system."] }))]
pub struct SystemConfig {
    /// `false` removes `ctx.system`. Default `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,

    /// Cluster reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k8s: Option<KubernetesConfig>,

    /// Allowed prefixes of `ctx.system.config.getPrefix`; without any, `ctx.system.config` does not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_prefixes: Option<Vec<String>>,
}

/// Cluster reads of `ctx.system.k8s`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KubernetesConfig {
    /// Allowed namespaces. Default: the service's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<Vec<String>>,

    /// Most items of one list, 1 to 2000. Default 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 2000, default = 200)]
    pub max_items: Option<u64>,

    /// Commands in pods. Off by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exec: Option<ExecConfig>,
}

/// Commands in pods.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecConfig {
    /// Default `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,

    /// Whether `execClusterManager` is allowed. Default `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_cluster_manager: Option<bool>,

    /// `exec` reaches only pods whose name begins with one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_name_prefixes: Option<Vec<String>>,

    /// Milliseconds that one command may take, 1 to 60000. Default 30000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 60000, default = 30000)]
    pub timeout_ms: Option<u64>,

    /// Most characters kept of each of stdout and stderr, 1 to 1048576. Default 65536.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1048576, default = 65536)]
    pub max_output_chars: Option<u64>,
}

/// Validation of dataservice returns and the form in which a runner stores them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "enabled": true, "persistence": "dataservice-root" }))]
pub struct DataserviceOutputConfig {
    /// Whether returns with `$heat-dataservice` are validated and normalised. Default `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,

    /// What a runner stores. Default `arbex-envelope`; anything else needs `enabled: true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persistence: Option<Persistence>,

    /// GUIDs of the external users that may see the dashboard when the script names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dashboard_users: Option<Vec<String>>,

    /// Validation of a suggested layout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout_output: Option<LayoutOutputConfig>,
}

named_values! {
    /// What a runner stores of a run.
    #[derive(Default)]
    Persistence {
        /// The whole envelope.
        #[default]
        ArbexEnvelope = "arbex-envelope",
        /// The validated dataservice root, with the run under `$heat-arbex-run`; `run` must return one. Of a failed run the
        /// envelope.
        DataserviceRoot = "dataservice-root",
        /// The envelope, its `output` replaced by the validated root, without what else `run` returned.
        DataserviceInEnvelope = "dataservice-in-envelope",
    }
}

/// Validation of a suggested layout.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LayoutOutputConfig {
    /// Whether `suggestedLayoutConfiguration` is validated. Default `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,

    /// Whether a missing layout fails the run, when `enabled`. Default `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require: Option<bool>,
}

/// Platform retention of this node's outputs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RetentionConfig {
    /// Opts the node out of archiving by age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_archive: Option<bool>,
}
