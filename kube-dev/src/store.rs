//! What is stored, and pages of it.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{Namespace, Node, PersistentVolumeClaim, Pod, Service};
use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::{Metadata, Resource};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Asked;
use crate::refusal::Refusal;
use crate::selector::Selector;

/// Namespace and name, in whose order lists are.
type Key = (String, String);

/// Everything there is.
pub(crate) struct Store {
    /// By group and plural.
    kinds: HashMap<(String, String), Kind>,
    pub(crate) pod_metrics: HashMap<String, String>,
    version: u64,
    /// Tokens of before are too old.
    compacted: u64,
}

struct Kind {
    api_version: &'static str,
    kind: &'static str,
    objects: BTreeMap<Key, Object>,
}

struct Object {
    labels: BTreeMap<String, String>,
    phase: String,
    /// As it stands in a list.
    json: String,
}

/// What a `continue` token says.
#[derive(Serialize, Deserialize)]
struct Token {
    rv: u64,
    after: Key,
}

impl Default for Store {
    /// Every kind is known, and there is nothing of it.
    fn default() -> Self {
        let mut store = Self { kinds: HashMap::new(), pod_metrics: HashMap::new(), version: 1, compacted: 0 };
        store.kind_of::<Pod>();
        store.kind_of::<Service>();
        store.kind_of::<Namespace>();
        store.kind_of::<Node>();
        store.kind_of::<PersistentVolumeClaim>();
        store.kind_of::<Deployment>();
        store.kind_of::<StatefulSet>();
        store.kind_of::<Ingress>();
        store
    }
}

impl Store {
    fn kind_of<K: Resource>(&mut self) -> &mut Kind {
        let kind = self.kinds.entry((K::GROUP.to_owned(), K::URL_PATH_SEGMENT.to_owned()));
        kind.or_insert_with(|| Kind { api_version: K::API_VERSION, kind: K::KIND, objects: BTreeMap::new() })
    }

    pub(crate) fn put<K>(&mut self, object: &K)
    where
        K: Resource + Metadata<Ty = ObjectMeta> + Serialize,
    {
        let metadata = object.metadata();
        let key = (metadata.namespace.clone().unwrap_or_default(), metadata.name.clone().unwrap_or_default());
        let mut value = serde_json::to_value(object).unwrap_or_default();
        self.version += 1;
        if let Some(members) = value.as_object_mut() {
            // Items of a list have neither.
            members.remove("apiVersion");
            members.remove("kind");
            if let Some(metadata) = members.get_mut("metadata").and_then(Value::as_object_mut) {
                metadata.insert("resourceVersion".to_owned(), self.version.to_string().into());
            }
        }
        let phase = value.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default().to_owned();
        let labels = metadata.labels.clone().unwrap_or_default();
        self.kind_of::<K>().objects.insert(key, Object { labels, phase, json: value.to_string() });
    }

    pub(crate) fn compact(&mut self) {
        self.version += 1;
        self.compacted = self.version;
    }

    /// One object.
    pub(crate) fn get(&self, asked: &Asked) -> Result<Value, Refusal> {
        let kind = self.kind(asked)?;
        let key = (asked.namespace.clone().unwrap_or_default(), asked.name.clone().unwrap_or_default());
        let object = kind.objects.get(&key).ok_or_else(|| Refusal::not_found(asked))?;
        let mut value: Value = serde_json::from_str(&object.json).unwrap_or_default();
        if let Some(members) = value.as_object_mut() {
            members.insert("apiVersion".to_owned(), kind.api_version.into());
            members.insert("kind".to_owned(), kind.kind.into());
        }
        Ok(value)
    }

    /// A page.
    pub(crate) fn list(&self, asked: &Asked) -> Result<String, Refusal> {
        let kind = self.kind(asked)?;
        let selector = Selector::parse(asked.parameter("labelSelector").unwrap_or_default())?;
        let phase = match asked.parameter("fieldSelector") {
            None => None,
            Some(text) => Some(
                text.strip_prefix("status.phase=")
                    .ok_or_else(|| Refusal::bad_request(format!("field label not supported: {text:?}")))?,
            ),
        };
        let limit = asked.parameter("limit").and_then(|limit| limit.parse().ok()).filter(|&limit: &usize| 0 < limit);
        let token = asked.parameter("continue").map(|token| self.token(token)).transpose()?;
        let version = token.as_ref().map_or(self.version, |token| token.rv);

        let start = match token {
            Some(token) => Bound::Excluded(token.after),
            None => Bound::Included((asked.namespace.clone().unwrap_or_default(), String::new())),
        };
        let in_namespace = |key: &Key| asked.namespace.as_ref().is_none_or(|namespace| *namespace == key.0);
        let is_asked_for =
            |object: &Object| selector.matches(&object.labels) && phase.is_none_or(|phase| phase == object.phase);
        let mut found = kind
            .objects
            .range((start, Bound::Unbounded))
            .filter(|(key, object)| in_namespace(key) && is_asked_for(object));
        let mut items = Vec::new();
        let mut last = None;
        while limit.is_none_or(|limit| items.len() < limit)
            && let Some((key, object)) = found.next()
        {
            items.push(object.json.as_str());
            last = Some(key);
        }
        let remaining = found.count();
        let mut metadata = serde_json::json!({ "resourceVersion": version.to_string() });
        if let (Some(after), Some(members), 1..) = (last, metadata.as_object_mut(), remaining) {
            let token = serde_json::to_vec(&Token { rv: version, after: after.clone() }).unwrap_or_default();
            members.insert("continue".to_owned(), URL_SAFE_NO_PAD.encode(token).into());
            // With a selector the real one does not count.
            if selector.is_empty() && phase.is_none() {
                members.insert("remainingItemCount".to_owned(), remaining.into());
            }
        }
        let Kind { api_version, kind, .. } = kind;
        let items = items.join(",");
        Ok(format!(r#"{{"kind":"{kind}List","apiVersion":"{api_version}","metadata":{metadata},"items":[{items}]}}"#))
    }

    fn token(&self, token: &str) -> Result<Token, Refusal> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok();
        let token: Option<Token> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let token = token.ok_or_else(|| Refusal::bad_request("continue key is not valid"))?;
        if token.rv < self.compacted { Err(Refusal::expired()) } else { Ok(token) }
    }

    fn kind(&self, asked: &Asked) -> Result<&Kind, Refusal> {
        let resource = asked.resource.split('/').next().unwrap_or_default();
        let kind = self.kinds.get(&(asked.group.clone(), resource.to_owned()));
        kind.ok_or_else(|| Refusal::new(404, "NotFound", "the server could not find the requested resource"))
    }
}
