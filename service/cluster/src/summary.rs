//! What a script sees of an object: a few members of it, under the names of the platform's own reports. Each is read straight
//! from the API server's JSON, object by object.

mod network;
mod storage;
mod workload;

pub(super) use network::{IngressSummary, ServiceSummary};
pub(super) use storage::{ClaimSummary, NamespaceSummary, NodeSummary};
pub(super) use workload::{DeploymentSummary, PodSummary, StatefulSetSummary};

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};

type Quantities = Option<BTreeMap<String, Quantity>>;

/// Of a map of quantities the one of `resource`, as Kubernetes writes it: `250m`, `512Mi`.
fn quantity(quantities: &Quantities, resource: &str) -> Option<String> {
    Some(quantities.as_ref()?.get(resource)?.0.clone())
}

fn instant(time: Option<Time>) -> Option<String> {
    time.map(|time| time.0.to_string())
}

/// What every summary begins with, and what some of them end with.
struct Named {
    name: String,
    namespace: String,
    created_at: Option<String>,
    labels: BTreeMap<String, String>,
}

impl From<ObjectMeta> for Named {
    fn from(metadata: ObjectMeta) -> Self {
        Self {
            name: metadata.name.unwrap_or_default(),
            namespace: metadata.namespace.unwrap_or_default(),
            created_at: instant(metadata.creation_timestamp),
            labels: metadata.labels.unwrap_or_default(),
        }
    }
}
