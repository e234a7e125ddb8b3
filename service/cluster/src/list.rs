//! A list, page by page. What is kept of an object is its summary; a page is gone before the next is asked for.

use std::fmt;
use std::marker::PhantomData;
use std::time::Instant;

use http::Request;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ListMeta;
use kube::api::ListParams;
use serde::de::{DeserializeOwned, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::Cluster;
use super::client::Answer;
use super::failure::Failure;
use super::rbac::Access;
use arbex_room::Reserved;

/// Objects of one page: enough that a list of the most there may be takes five, few enough that a page is some megabytes.
const PAGE_ITEMS: usize = 500;

/// Most objects kept of one page: as many as a list may show, and one. A server that gives more than it is asked for must not make
/// us hold them: the JSON of an empty object has two bytes, its summary some hundred.
const MAX_KEPT: usize = 2_001;

/// Most pages of a list. Twenty times what any needs; a server that always has one more is not asked for ever.
const MAX_PAGES: usize = 100;

/// Longest list of summaries, in bytes of JSON.
const MAX_LIST_BYTES: usize = 8 * 1024 * 1024;

/// A page longer than this is read beside the workers.
const INLINE_BYTES: usize = 256 * 1024;

/// What is asked for.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub access: &'static Access,
    pub namespace: Option<&'a str>,
    pub label_selector: Option<&'a str>,
    pub max_items: usize,
    pub deadline: Instant,
}

/// Summaries as a JSON array, and the room they take.
pub struct Listed {
    /// The array.
    pub json: String,
    /// How many it has.
    pub count: usize,
    /// Whether there are more.
    pub is_cut: bool,
    /// The room it takes.
    pub reserved: Reserved,
}

/// A page as it comes: each object becomes its summary as soon as it is read.
#[derive(Deserialize)]
#[serde(bound(deserialize = "S: Deserialize<'de>"))]
struct Page<S> {
    #[serde(default)]
    metadata: ListMeta,
    /// Some servers write an empty list as `null`.
    items: Option<Items<S>>,
}

/// The first [`MAX_KEPT`] objects; the rest is read over.
pub(super) struct Items<S>(pub(super) Vec<S>);

impl<'de, S: Deserialize<'de>> Deserialize<'de> for Items<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ReadItems(PhantomData))
    }
}

struct ReadItems<S>(PhantomData<S>);

impl<'de, S: Deserialize<'de>> Visitor<'de> for ReadItems<S> {
    type Value = Items<S>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut objects: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while items.len() < MAX_KEPT {
            let Some(item) = objects.next_element()? else { return Ok(Items(items)) };
            items.push(item);
        }
        while objects.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Items(items))
    }
}

/// How far a list is.
struct Gathered {
    json: Vec<u8>,
    count: usize,
    is_cut: bool,
    /// Where the next page begins.
    rest: Option<String>,
}

/// The list of `wanted`, as summaries `S`. When its pages go stale it is read once more from the beginning.
pub(super) async fn list<S>(cluster: &Cluster, wanted: Wanted<'_>) -> Result<Listed, Failure>
where
    S: DeserializeOwned + Serialize + Send + 'static,
{
    match pages::<S>(cluster, wanted).await {
        Err(failure) if is_stale(&failure) => {}
        done => return done,
    }
    match pages::<S>(cluster, wanted).await {
        Err(failure) if is_stale(&failure) => Err(Failure::Stale),
        done => done,
    }
}

fn is_stale(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused(refusal) if refusal.status == 410)
}

async fn pages<S>(cluster: &Cluster, wanted: Wanted<'_>) -> Result<Listed, Failure>
where
    S: DeserializeOwned + Serialize + Send + 'static,
{
    let mut reserved = cluster.room.reserve(0).ok_or(Failure::NoRoom)?;
    let mut gathered = Gathered { json: b"[".to_vec(), count: 0, is_cut: false, rest: None };
    for _ in 0..MAX_PAGES {
        // One more than may be shown: only so it is known whether the list is cut.
        let missing = wanted.max_items.saturating_sub(gathered.count).saturating_add(1);
        let request = request(wanted, missing.min(PAGE_ITEMS), gathered.rest.take())?;
        let answer = cluster.api.get(wanted.access, wanted.namespace, &request, wanted.deadline, &cluster.room).await?;
        gathered = add::<S>(cluster, answer, gathered, wanted.max_items).await?;
        if MAX_LIST_BYTES < gathered.json.len() {
            return Err(Failure::ListTooLarge { max_bytes: MAX_LIST_BYTES });
        }
        reserved.grow(&cluster.room, gathered.json.len()).ok_or(Failure::NoRoom)?;
        if gathered.is_cut || gathered.rest.is_none() {
            gathered.json.push(b']');
            let json = String::from_utf8(gathered.json).map_err(|_| Failure::NotUnderstood)?;
            return Ok(Listed { json, count: gathered.count, is_cut: gathered.is_cut, reserved });
        }
    }
    Err(Failure::NotUnderstood)
}

fn request(wanted: Wanted<'_>, limit: usize, rest: Option<String>) -> Result<Request<Vec<u8>>, Failure> {
    let params = ListParams {
        label_selector: wanted.label_selector.filter(|selector| !selector.is_empty()).map(str::to_owned),
        limit: u32::try_from(limit).ok(),
        continue_token: rest,
        ..ListParams::default()
    };
    let path = wanted.access.path(wanted.namespace);
    // What is written into the path was checked before; a token that fits no URL is none of the API server's.
    kube::core::Request::new(path).list(&params).map_err(|_| Failure::NotUnderstood)
}

async fn add<S>(cluster: &Cluster, answer: Answer, mut into: Gathered, max_items: usize) -> Result<Gathered, Failure>
where
    S: DeserializeOwned + Serialize + Send + 'static,
{
    let Answer { bytes, reserved } = answer;
    let size = bytes.len();
    let work = move || {
        let _reserved = reserved;
        append::<S>(&bytes, &mut into, max_items).map(|()| into)
    };
    if size <= INLINE_BYTES {
        return work();
    }
    // It is never closed.
    let turn = cluster.reading.acquire().await;
    let read = tokio::task::spawn_blocking(work).await;
    drop(turn);
    // It fails only when the process is going down.
    read.unwrap_or(Err(Failure::NotUnderstood))
}

fn append<S: DeserializeOwned + Serialize>(page: &[u8], into: &mut Gathered, max_items: usize) -> Result<(), Failure> {
    let page: Page<S> = serde_json::from_slice(page).map_err(|error| {
        // The error may quote what it met.
        tracing::debug!(line = error.line(), column = error.column(), "a page of the API server does not decode");
        Failure::NotUnderstood
    })?;
    for summary in page.items.map(|items| items.0).unwrap_or_default() {
        if max_items <= into.count {
            into.is_cut = true;
            break;
        }
        if 0 < into.count {
            into.json.push(b',');
        }
        serde_json::to_writer(&mut into.json, &summary).map_err(|_| Failure::NotUnderstood)?;
        into.count += 1;
    }
    into.rest = page.metadata.continue_.filter(|token| !token.is_empty());
    Ok(())
}
