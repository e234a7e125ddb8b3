//! The envelope as a stored output: document → upload → output. Everything is named by the task, so that a task that comes back after a
//! crash writes over what it left, and adds nothing.

use std::time::Duration;

use arbex_api::{Envelope, Persistence, document};
use bytes::Bytes;
use heat_runtime::{DataSource, Error, HeatRuntime, NewNodeOutput, NodeInstance, Repeat, RunnerTask};

use crate::configuration::NodeConfiguration;
use crate::failure::{Failure, Stage};
use crate::instant::instant;
use crate::known::{DEFAULT_STORE_KEY, Known};
use crate::lease::Lease;
use crate::stores::Stores;

/// Where the platform's own runners store, when nobody configured anything else.
const USUAL_STORE: &str = "HEAT Managed Object Store";
/// Creating an output is no call that may be repeated blindly: before each attempt is a look, and a question for the lease.
const ATTEMPTS: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// A longer `Retry-After` is not waited for: the task comes back anyway.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Stores what the persistence asks for, and attaches it to the node.
///
/// # Errors
///
/// [`Stage::Output`]: no such store, or store or Core do not take it.
pub async fn store(
    envelope: &Envelope,
    configuration: &NodeConfiguration,
    task: &RunnerTask,
    node: &NodeInstance,
    stores: &Stores,
    known: &Known,
    lease: &Lease<'_>,
) -> Result<(), Failure> {
    let core = lease.core();
    let failed = |doing: &str, error: &(dyn std::error::Error + 'static)| Failure::of(Stage::Output, doing, error);
    let text = Bytes::from(text(envelope, configuration.persistence)?);
    let mut source = default_store(known, core).await?;
    let key = format!("sessions/{}/nodes/{}/tasks/{}.json", node.session_id, task.node_instance_id, task.id);
    let upload = async |source: &DataSource| {
        lease.check().await?;
        let store = stores.open(source).map_err(|error| failed("the default store cannot be opened", &error))?;
        let uploaded = store.upload_blob_as(&key, text.clone(), Some("application/json")).await;
        uploaded.map(drop).map_err(|error| failed("the result could not be stored", &error))
    };
    if let Err(first) = upload(&source).await {
        // What is kept of the store may be out of date: its keys were changed, say, or another is the default now.
        known.forget_stores(source.id.unwrap_or_default());
        let now = default_store(known, core).await?;
        if now == source {
            return Err(first);
        }
        tracing::info!(%first, "the default store has changed; the result is stored once more");
        source = now;
        upload(&source).await?;
    }

    let output = NewNodeOutput {
        node_instance_id: task.node_instance_id,
        configuration: configuration.text.get().to_owned(),
        data_source_id: source.id.unwrap_or_default(),
        data_path: key,
        output_identifier: format!("arbex-{}", task.id),
        ..NewNodeOutput::default()
    };
    attach(&output, &task.created_at, lease).await
}

fn text(envelope: &Envelope, persistence: Persistence) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(&document(envelope, persistence))
        .map_err(|error| Failure::of(Stage::Output, "the envelope is no JSON", &error))
}

async fn default_store(known: &Known, core: &HeatRuntime) -> Result<DataSource, Failure> {
    let configured = known.default_store(core).await;
    let configured = configured
        .map_err(|error| Failure::of(Stage::Output, &format!("Core did not tell {DEFAULT_STORE_KEY}"), &error))?;
    let name = configured.unwrap_or_else(|| USUAL_STORE.to_owned());
    let sources = known.data_sources(core).await;
    let sources = sources.map_err(|error| Failure::of(Stage::Output, "Core did not tell its data sources", &error))?;
    let names: Vec<_> = sources.iter().map(|source| format!("'{}'", source.name)).collect();
    let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    sources.into_iter().find(|source| source.name == name).ok_or_else(|| {
        let words = format!("there is no data source '{name}' ({DEFAULT_STORE_KEY}); there are {there}");
        Failure::new(Stage::Output, words)
    })
}

/// Creates the output unless it is there: this task may have been worked on before, or the answer to a first attempt was lost.
async fn attach(output: &NewNodeOutput, task_created_at: &str, lease: &Lease<'_>) -> Result<(), Failure> {
    let core = lease.core();
    let failed = |error: Error| Failure::of(Stage::Output, "Core did not take the output", &error);
    let mut attempt = 1;
    loop {
        if is_there(output, task_created_at, core).await.map_err(failed)? {
            tracing::info!(output = output.output_identifier, "the output is there already");
            return Ok(());
        }
        // After the look, which may have taken long: whoever has the task by now looks as well.
        lease.check().await?;
        let error = match core.create_node_output_with(output.node_instance_id, output, Repeat::Never).await {
            Ok(_) => return Ok(()),
            Err(error) if attempt == ATTEMPTS || is_final(&error) => return Err(failed(error)),
            Err(error) => error,
        };
        let wait = error.retry_after().unwrap_or_default().max(FIRST_WAIT * 2_u32.pow(attempt - 1)).min(LONGEST_WAIT);
        tracing::warn!(%error, attempt, "core may not have taken the output; looking");
        tokio::time::sleep(wait).await;
        attempt += 1;
    }
}

/// The newest output mostly tells: a node that runs each minute has thousands, and each carries its whole script.
async fn is_there(output: &NewNodeOutput, task_created_at: &str, core: &HeatRuntime) -> Result<bool, Error> {
    let newest = match core.get_node_latest_output(output.node_instance_id).await {
        Ok(newest) => newest,
        Err(error) if error.is_not_found() => return Ok(false),
        Err(error) => return Err(error),
    };
    if newest.output_identifier == output.output_identifier {
        return Ok(true);
    }
    // Both by Core's clock: what is older than the task is no work on it, and neither is what is older still.
    let made = newest.created_at.as_deref().and_then(instant);
    if made.zip(instant(task_created_at)).is_some_and(|(made, task)| made < task) {
        return Ok(false);
    }
    let all = core.list_node_outputs(output.node_instance_id).await?;
    Ok(all.iter().any(|there| there.output_identifier == output.output_identifier))
}

fn is_final(error: &Error) -> bool {
    match error.status() {
        Some(status) => status < 500 && status != 429,
        None => !matches!(error, Error::Connection { .. } | Error::Timeout { .. }),
    }
}
