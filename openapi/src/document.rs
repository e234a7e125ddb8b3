//! What a runner stores of a run, in the form that the configuration's `persistence` asks for.

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{ConsoleEntry, Envelope, Metrics, Persistence, Profile, Status};

/// The member of a stored dataservice root that tells of the run. A script's own member of that name is never stored there.
pub const ARBEX_RUN: &str = "$heat-arbex-run";

/// What a runner stores of a run.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Document<'a> {
    /// The envelope: with every persistence but `dataservice-root`, and whenever the run failed.
    Envelope(&'a Envelope),
    /// The dataservice root, and beside it the run under `$heat-arbex-run`.
    #[schema(value_type = DataserviceRoot)]
    Root(Box<RawValue>),
}

/// What `persistence: "dataservice-root"` stores of a run that succeeded.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "$heat-dataservice": {
        "version": "1.0",
        "groups": [ { "id": "g", "name": "G" } ],
        "realms": [ { "name": "default", "channels": [
            { "id": "k", "name": "K", "groupId": "g", "shape": "value", "data": { "value": { "n": 3 } } }
        ] } ]
    },
    "dashboard_users": [],
    "$heat-arbex-run": {
        "configurationSnapshotBase64": "e30=", "status": "SUCCESS", "console": [],
        "metrics": {
            "executionTimeMs": 2.4, "compileTimeMs": 0.0, "queueTimeMs": 0.0, "fuelConsumed": 182034,
            "peakMemoryBytes": 1507328, "bridgeCalls": 1, "scriptCacheHit": true
        },
        "profiler": null
    }
}))]
pub struct DataserviceRoot {
    /// `{ version, groups, realms: [ { name, channels } ] }`
    #[schema(rename = "$heat-dataservice", value_type = Object)]
    pub dataservice: (),

    /// GUIDs of the external users that may see the dashboard.
    #[schema(rename = "dashboard_users")]
    pub dashboard_users: Vec<String>,

    /// A v2 layout, when the script suggests one.
    #[schema(rename = "suggestedLayoutConfiguration", value_type = Option<Object>)]
    pub layout: (),

    /// What the envelope has and the root has not.
    #[schema(rename = "$heat-arbex-run", value_type = ArbexRun)]
    pub run: (),
}

/// The envelope of a stored dataservice root, but for its output.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArbexRun {
    /// Base64 of the UTF-8 JSON of `configuration`, exactly as received.
    pub configuration_snapshot_base64: String,
    /// How the run ended.
    pub status: Status,
    /// What the script printed, in order.
    pub console: Vec<ConsoleEntry>,
    /// What the run took.
    pub metrics: Metrics,
    /// What the profiler saw; `null` when it is off.
    pub profiler: Option<Profile>,
}

/// What a runner stores of `envelope` with that `persistence`. Total: an output that is no object has no root, and the envelope
/// is stored.
pub fn document(envelope: &Envelope, persistence: Persistence) -> Document<'_> {
    let root = match (persistence, envelope.status) {
        (Persistence::DataserviceRoot, Status::Success) => root(envelope),
        _ => None,
    };
    root.map_or(Document::Envelope(envelope), Document::Root)
}

/// The output's members as they are spelt, and the run as the last of them. A member of its name that the output has already is
/// left out, however its name is spelt: readers differ in which of two they take, so there is only ours.
fn root(envelope: &Envelope) -> Option<Box<RawValue>> {
    let mut text = String::with_capacity(envelope.output.get().len() + 1024);
    text.push('{');
    let mut output = serde_json::Deserializer::from_str(envelope.output.get());
    output.deserialize_map(Members(&mut text)).ok()?;
    if text.len() > 1 {
        text.push(',');
    }
    let Envelope { console, status, metrics, configuration_snapshot_base64, profiler, .. } = envelope;
    let run = ArbexRun {
        configuration_snapshot_base64: configuration_snapshot_base64.clone(),
        status: *status,
        console: console.clone(),
        metrics: metrics.clone(),
        profiler: profiler.clone(),
    };
    text.extend(["\"", ARBEX_RUN, "\":", &serde_json::to_string(&run).ok()?, "}"]);
    RawValue::from_string(text).ok()
}

/// Copies an object's members, all but the run.
struct Members<'t>(&'t mut String);

impl<'de> Visitor<'de> for Members<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<&RawValue>()? {
            if serde_json::from_str::<String>(key.get()).is_ok_and(|key| key == ARBEX_RUN) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = map.next_value::<&RawValue>()?;
            if self.0.len() > 1 {
                self.0.push(',');
            }
            self.0.extend([key.get(), ":", value.get()]);
        }
        Ok(())
    }
}
