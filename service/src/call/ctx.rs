//! `ctx` as text: the one JSON object that the sandbox parses and freezes. Its members:
//!
//! ```text
//! session   { id, projectId, simulationName, template, configuration, nodes: [{ instanceId, instanceName,
//!             templateName, lastState, statusDetails }] }
//! node      { instanceId, instanceName, templateName, taskId, configuration }
//! parent    { nodeInstanceName, mode, historyLimit, historyOrder, readerHint, tabularOptions }, null when not configured
//! parents   [{ name, templateName, instanceId }]
//! system    { version }, absent when switched off; the rest of it depends on what the run is granted
//! mode      "latest" or "history": what the inputs become
//! inputs    [{ outputId, createdAtUtc, dataPath, contentType, detectedKind, sizeBytes }], selected and ordered
//! ```

use arbex_api::{HistoryOrder, InputFormat, ParentMode, ReaderHint};
use serde::Serialize;
use serde_json::value::RawValue;

use super::configuration::Read;
use super::context::{Context, Node, Parent, Passed, Session};
use super::{Descriptor, Features, Input};

/// Room for the members of `ctx` beside what is copied from the request.
const FRAME_BYTES: usize = 512;

/// Room for the descriptor of one input.
const DESCRIPTOR_BYTES: usize = 192;

/// Writes it. `node.configuration` is the configuration of the request unless the context brings another.
///
/// # Errors
///
/// None that is known; serialisation could only fail on types that are not in use here.
pub(super) fn write<'a>(
    mut context: Context<'a>,
    configuration: &'a RawValue,
    features: &Features,
    read: &Read,
    mode: ParentMode,
    inputs: &[Input],
) -> serde_json::Result<String> {
    if matches!(context.node.configuration, Passed::Empty {}) {
        context.node.configuration = Passed::Raw(configuration);
    }
    let capacity = FRAME_BYTES + configuration.get().len() + context.bytes + inputs.len() * DESCRIPTOR_BYTES;
    let system = features.system.as_ref().map(|_| CtxSystem { version: &context.version });
    let ctx = Ctx {
        session: &context.session,
        node: &context.node,
        parent: read.configured.then(|| CtxParent::new(read, mode)),
        parents: &context.parents,
        system,
        mode,
        inputs: inputs.iter().map(|input| &input.descriptor).collect(),
    };
    let mut json = Vec::with_capacity(capacity);
    serde_json::to_writer(&mut json, &ctx)?;
    String::from_utf8(json).map_err(serde::ser::Error::custom)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ctx<'c> {
    session: &'c Session<'c>,
    node: &'c Node<'c>,
    parent: Option<CtxParent<'c>>,
    parents: &'c [Parent<'c>],
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<CtxSystem<'c>>,
    mode: ParentMode,
    inputs: Vec<&'c Descriptor>,
}

#[derive(Serialize)]
struct CtxSystem<'c> {
    version: &'c Passed<'c>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CtxParent<'c> {
    node_instance_name: Option<&'c str>,
    mode: ParentMode,
    history_limit: u64,
    history_order: HistoryOrder,
    reader_hint: ReaderHint,
    tabular_options: Option<CtxTabularOptions>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CtxTabularOptions {
    delimiter: Option<char>,
    input_format: Option<InputFormat>,
}

impl<'c> CtxParent<'c> {
    fn new(read: &'c Read, mode: ParentMode) -> Self {
        Self {
            node_instance_name: read.node_instance_name.as_deref(),
            mode,
            history_limit: read.history_limit,
            history_order: read.history_order,
            reader_hint: read.reader_hint,
            tabular_options: read.tabular_options.map(|options| CtxTabularOptions {
                delimiter: options.delimiter.map(char::from),
                input_format: options.input_format,
            }),
        }
    }
}
