//! `configuration`: the script, its limits, what it reads, and the features that it asks for.

use std::borrow::Cow;

use arbex_api::{HistoryOrder, InputFormat, ParentMode, ReaderHint};
use serde_json::value::RawValue;

use super::faults::{At, Faults};
use super::features::{self, Features};
use super::json::{self, Plan};
use super::section::{self, Section};
use super::{Ceilings, Script};

/// Below it not even the sandbox's own runtime fits.
const MIN_MEMORY_MB: u64 = 16;

const BYTES_PER_MB: u64 = 1024 * 1024;

const PLAN: Plan = Plan::Object(&[
    ("script", Plan::Raw),
    ("parent", PARENT),
    ("timeoutMs", Plan::Raw),
    ("maxScriptChars", Plan::Raw),
    ("maxMemoryMb", Plan::Raw),
    ("profiler", features::PROFILER),
    ("system", features::SYSTEM),
    ("dataserviceOutput", features::DATASERVICE_OUTPUT),
    ("retention", Plan::Object(&[("skipArchive", Plan::Raw)])),
]);

const PARENT: Plan = Plan::Object(&[
    ("nodeInstanceName", Plan::Raw),
    ("mode", Plan::Raw),
    ("historyLimit", Plan::Raw),
    ("historyOrder", Plan::Raw),
    ("readerHint", Plan::Raw),
    ("tabularOptions", Plan::Object(&[("delimiter", Plan::Raw), ("inputFormat", Plan::Raw)])),
]);

/// What a request may choose of its limits; an operator's fixed limits live elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wall-clock limit of the run in milliseconds, waiting on host calls included.
    pub timeout_ms: u64,
    /// Most memory of the sandbox in bytes.
    pub memory_bytes: u64,
}

/// How tabular readers parse, as far as the configuration says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TabularOptions {
    /// An ASCII character that is not a quote and not a line end.
    pub delimiter: Option<u8>,
    /// The form of the bytes.
    pub input_format: Option<InputFormat>,
}

/// The read block, with defaults where it is silent.
pub(super) struct Read {
    /// Whether the configuration has a `parent` block at all.
    pub(super) configured: bool,
    pub(super) node_instance_name: Option<String>,
    mode: Option<ParentMode>,
    pub(super) history_limit: u64,
    pub(super) history_order: HistoryOrder,
    pub(super) reader_hint: ReaderHint,
    pub(super) tabular_options: Option<TabularOptions>,
}

impl Read {
    /// The mode for a request with that many inputs: as configured, else by their number.
    pub(super) fn mode_for(&self, inputs: usize) -> ParentMode {
        let by_number = if inputs > 1 { ParentMode::History } else { ParentMode::Latest };
        self.mode.unwrap_or(by_number)
    }
}

pub(super) struct Configuration {
    /// `None` when it is at fault.
    pub(super) script: Option<Script>,
    pub(super) limits: Limits,
    pub(super) features: Features,
    pub(super) read: Read,
}

impl Configuration {
    /// `None` only when there is no object to check; every other fault leaves a default in its place.
    pub(super) fn check(raw: &RawValue, ceilings: &Ceilings, faults: &mut Faults) -> Option<Self> {
        let at = At::ROOT.key("configuration");
        let opened = json::reopen(raw, &PLAN, section::MAX_NAMES + 1, &at, faults)?;
        let section = Section::mandatory(&opened, at, faults)?;

        let script_chars = choose(
            section.integer("maxScriptChars", 1..=ceilings.max_script_chars, "", faults),
            ceilings.default_script_chars,
            ceilings.max_script_chars,
        );
        let script = section.required("script", faults);
        let script = script.and_then(|raw| Script::check(raw, script_chars, &section.at.key("script"), faults));

        let timeout_ms = choose(
            section.integer("timeoutMs", 1..=ceilings.max_timeout_ms, " (ms)", faults),
            ceilings.default_timeout_ms,
            ceilings.max_timeout_ms,
        );
        let memory_mb = choose(
            section.integer("maxMemoryMb", MIN_MEMORY_MB..=ceilings.max_memory_mb, " (MiB)", faults),
            ceilings.default_memory_mb,
            ceilings.max_memory_mb,
        );

        let read = check_parent(section.section("parent", faults), ceilings, faults);
        let features = Features::check(&section, faults);
        if let Some(retention) = section.section("retention", faults) {
            retention.boolean("skipArchive", faults);
        }
        let limits = Limits { timeout_ms, memory_bytes: memory_mb.saturating_mul(BYTES_PER_MB) };
        Some(Self { script, limits, features, read })
    }
}

/// What the request asks for, else the default, which an operator may have forgotten to lower with the ceiling.
fn choose(asked: Option<u64>, default: u64, ceiling: u64) -> u64 {
    asked.unwrap_or(default.min(ceiling))
}

fn check_parent(parent: Option<Section<'_, '_>>, ceilings: &Ceilings, faults: &mut Faults) -> Read {
    let mut read = Read {
        configured: false,
        node_instance_name: None,
        mode: None,
        history_limit: choose(None, ceilings.default_history_limit, ceilings.max_history_limit),
        history_order: HistoryOrder::default(),
        reader_hint: ReaderHint::default(),
        tabular_options: None,
    };
    let Some(parent) = parent else { return read };

    read.configured = true;
    read.node_instance_name = parent.text("nodeInstanceName", faults).map(Cow::into_owned);
    read.mode = parent.one_of("mode", ParentMode::NAMES, ParentMode::from_name, faults);
    if let Some(limit) = parent.integer("historyLimit", 1..=ceilings.max_history_limit, "", faults) {
        read.history_limit = limit;
    }
    if let Some(order) = parent.one_of("historyOrder", HistoryOrder::NAMES, HistoryOrder::from_name, faults) {
        read.history_order = order;
    }
    if let Some(hint) = parent.one_of("readerHint", ReaderHint::NAMES, ReaderHint::from_name, faults) {
        read.reader_hint = hint;
    }
    read.tabular_options = parent.section("tabularOptions", faults).map(|options| TabularOptions {
        delimiter: check_delimiter(&options, faults),
        input_format: options.one_of("inputFormat", InputFormat::NAMES, InputFormat::from_name, faults),
    });
    read
}

fn check_delimiter(options: &Section<'_, '_>, faults: &mut Faults) -> Option<u8> {
    let text = options.text("delimiter", faults)?;
    let delimiter = parse_delimiter(&text);
    if delimiter.is_none() {
        let text = json::shorten(&text);
        let message = format!(
            "must be one ASCII character other than a quote or a line end, or \\t or tab for a tab, got {text:?}"
        );
        faults.add(&options.at.key("delimiter"), message);
    }
    delimiter
}

/// One ASCII character that is not a quote or a line end; a tab may be spelt `\t` or `tab`.
pub fn parse_delimiter(text: &str) -> Option<u8> {
    match text.as_bytes() {
        br"\t" | b"tab" => Some(b'\t'),
        [delimiter] => Some(*delimiter).filter(|byte| byte.is_ascii() && !b"\"\r\n\0".contains(byte)),
        _ => None,
    }
}
