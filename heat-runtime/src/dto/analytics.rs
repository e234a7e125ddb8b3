use bytes::Bytes;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// A node output's stored data, as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeOutputData {
    /// The `Content-Type` Core named.
    pub content_type: Option<String>,
    /// The data, untouched.
    pub bytes: Bytes,
}

/// A node output's stored data as a dashboard sees it: the members it knows, with the official client's defaults where the data has
/// none, over the data itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnalyticsData {
    /// The data as it is stored. What is not JSON is a string.
    pub raw: Value,
}

/// The members, and what stands for those that are absent; `null` leaves them out.
fn members() -> [(&'static str, Value); 16] {
    let list = || json!([]);
    [
        ("combined-custom-charts", list()),
        ("custom-charts", list()),
        ("combined-custom-top-stats", list()),
        ("custom-top-stats", Value::Null),
        ("scoring", json!({ "dataset": [], "title": null, "code": null, "description": null, "tooltip": null })),
        ("Map", json!({ "movementData": [], "markers": [], "count": 0 })),
        ("sessions-start", Value::Null),
        ("feature-toggle", Value::Null),
        ("customer-settings", Value::Null),
        ("site-map", Value::Null),
        ("progress-stats", json!({ "datasets": [] })),
        (
            "progress-chart",
            json!({
                "barRepresentation": "", "baseLine": null, "xAxisInterval": 0, "yAxisInterval": 0, "datasets": [],
                "gridView": null, "legend": null, "label": null, "value": null, "chartType": "", "code": null,
                "description": "",
            }),
        ),
        ("crew-cognitive-load", list()),
        ("cognitive-load-with-stats", list()),
        ("cognitive-load-breakdown", list()),
        ("results", json!({ "dataset": [], "title": "", "code": "", "description": "", "tooltip": "" })),
    ]
}

impl AnalyticsData {
    /// A member by its name on the wire, as `custom-charts` or `Map`; what the official client has for it when the data has none.
    pub fn get(&self, name: &str) -> Option<Value> {
        let stored = self.raw.get(name).filter(|value| !value.is_null()).cloned();
        stored.or_else(|| {
            members().into_iter().find(|(known, value)| *known == name && !value.is_null()).map(|(_, value)| value)
        })
    }
}

impl Serialize for AnalyticsData {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let names = members().into_iter().filter_map(|(name, default)| {
            let stored = self.raw.get(name);
            // For members without a default, a stored null is a value.
            let value = if default.is_null() { stored } else { stored.filter(|value| !value.is_null()) };
            value.cloned().or(Some(default).filter(|default| !default.is_null())).map(|value| (name, value))
        });
        to.collect_map(names.chain([("raw", self.raw.clone())]))
    }
}
