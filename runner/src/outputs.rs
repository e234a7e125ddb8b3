//! Outputs of the parent as inputs of the run: what is known of each, and where its bytes are. The bytes themselves go from the store
//! to the service, unless the store cannot sign URLs or the operator wants them inline.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

use arbex_api::{Input, InputContent, InputDescriptor};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use heat_runtime::{BlobStore, HeatRuntime, NodeOutput, StoreError};

use crate::failure::{Failure, Stage};
use crate::known::Known;
use crate::stores::Stores;

/// A history may be hundreds of outputs; a store is asked for so many at once.
const AT_ONCE: usize = 8;

/// How the bytes of inputs get to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputsBy {
    /// By a presigned URL, where the store can sign one; else within the request.
    Url,
    /// Within the request, always.
    Inline,
}

/// How inputs are made.
#[derive(Clone, Copy, Debug)]
pub struct InputRules {
    /// How bytes travel.
    pub by: InputsBy,
    /// All inline bytes of one request together.
    pub max_inline_bytes: u64,
}

/// Makes inputs of outputs, in their order.
///
/// # Errors
///
/// A data source that is unknown or holds no blobs, a store that does not answer, inline bytes beyond the bound.
pub async fn inputs(
    outputs: Vec<NodeOutput>,
    url_ttl: Duration,
    rules: InputRules,
    stores: &Stores,
    known: &Known,
    core: &HeatRuntime,
) -> Result<Vec<Input>, Failure> {
    let located = locate(outputs.clone(), url_ttl, rules.by, stores, known, core).await;
    let located = match located {
        Ok(located) => located,
        // What is kept of a data source may be out of date: its keys were changed, say.
        Err(first) => {
            let ids: HashSet<_> = outputs.iter().map(|output| output.data_source_id).collect();
            let mut changed = false;
            for id in ids {
                let before = known.data_source(id, core).await.ok();
                known.forget_stores(id);
                changed |= known.data_source(id, core).await.ok() != before;
            }
            if !changed {
                return Err(first);
            }
            tracing::info!(%first, "a data source has changed; its inputs are looked for once more");
            locate(outputs, url_ttl, rules.by, stores, known, core).await?
        }
    };
    let mut room = rules.max_inline_bytes;
    let mut inputs = Vec::with_capacity(located.len());
    for located in located {
        inputs.push(located.into_input(&mut room, rules.max_inline_bytes).await?);
    }
    Ok(inputs)
}

async fn locate(
    outputs: Vec<NodeOutput>,
    url_ttl: Duration,
    by: InputsBy,
    stores: &Stores,
    known: &Known,
    core: &HeatRuntime,
) -> Result<Vec<Located>, Failure> {
    let mut by_source = HashMap::new();
    for output in &outputs {
        let id = output.data_source_id;
        if let Entry::Vacant(entry) = by_source.entry(id) {
            let store = known.data_source(id, core).await.and_then(|source| stores.open(&source));
            let of = |error| failed(output, &format!("its data source {id} cannot be read"), &error);
            entry.insert(store.map_err(of)?);
        }
    }
    let opened = stream::iter(outputs.into_iter().filter_map(|output| {
        let store = by_source.get(&output.data_source_id)?.clone();
        Some(async move { Located::of(output, store, url_ttl, by).await })
    }));
    opened.buffered(AT_ONCE).try_collect().await
}

/// An output whose store was asked.
struct Located {
    output: NodeOutput,
    store: BlobStore,
    descriptor: InputDescriptor,
    url: Option<String>,
}

impl Located {
    async fn of(output: NodeOutput, store: BlobStore, url_ttl: Duration, by: InputsBy) -> Result<Self, Failure> {
        let key = store.key_of(&output.data_path).to_owned();
        let info = match store.head(&key).await {
            Ok(info) => Some(info),
            // Its bytes are gone, which concerns only a script that opens it: its reader says so then.
            Err(StoreError::NotFound { .. }) if by == InputsBy::Url => None,
            Err(error) => return Err(failed(&output, "its store does not tell of it", &error)),
        };
        let url = match by {
            InputsBy::Inline => None,
            InputsBy::Url => match store.presigned_get_url(&key, url_ttl).await {
                Ok(url) => Some(url),
                Err(StoreError::Unsupported { .. }) => None,
                Err(error) => return Err(failed(&output, "its store signs no URL", &error)),
            },
        };
        let descriptor = InputDescriptor {
            output_id: output.id,
            created_at_utc: output.created_at.clone(),
            data_path: Some(key),
            size_bytes: info.as_ref().map(|info| info.size_bytes),
            // What stores say of anything that was uploaded without a type: it would hide what the extension tells.
            content_type: info.and_then(|info| info.content_type).filter(|kind| {
                !["application/octet-stream", "binary/octet-stream"].contains(&kind.to_lowercase().as_str())
            }),
        };
        Ok(Self { output, store, descriptor, url })
    }

    async fn into_input(self, room: &mut u64, max_inline_bytes: u64) -> Result<Input, Failure> {
        let Self { output, store, descriptor, url } = self;
        if let Some(url) = url {
            return Ok(Input { descriptor, content: InputContent::Url { url, headers: Default::default() } });
        }
        let too_much = || {
            let words = format!(
                "output {} does not fit: the inputs of a run that are sent inline may be {max_inline_bytes} bytes together \
                 (--max-inline-mb); read fewer outputs",
                output.id.unwrap_or_default()
            );
            Failure::new(Stage::Inputs, words)
        };
        // Asked before the bytes are fetched; checked again on them, as they may have been replaced meanwhile.
        if descriptor.size_bytes.unwrap_or(0) > *room {
            return Err(too_much());
        }
        let bytes = store.get(descriptor.data_path.as_deref().unwrap_or(&output.data_path)).await;
        let bytes = bytes.map_err(|error| failed(&output, "its bytes cannot be read", &error))?;
        *room = room.checked_sub(bytes.len() as u64).ok_or_else(too_much)?;
        Ok(Input { descriptor, content: content(bytes) })
    }
}

fn content(bytes: Bytes) -> InputContent {
    match std::str::from_utf8(&bytes) {
        Ok(text) => InputContent::Text { text: text.to_owned() },
        Err(_) => InputContent::Base64 { base64: STANDARD.encode(&bytes) },
    }
}

fn failed(output: &NodeOutput, what: &str, error: &(dyn std::error::Error + 'static)) -> Failure {
    let words = format!("output {} of the parent: {what}", output.id.unwrap_or_default());
    Failure::of(Stage::Inputs, &words, error)
}
