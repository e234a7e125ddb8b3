//! `context`: what the request says of session, node, parents and system. Only members that the contract names are
//! kept, so nothing else (an e-mail address, a display name) can reach a script. The types here serialise as they stand
//! in `ctx`: what is missing becomes neutral (`null`, `[]` or `{}`).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use super::Ceilings;
use super::faults::{At, Faults};
use super::json::{self, Opened, Plan};
use super::section::Section;

/// Characters of `statusDetails` that a script sees.
const MAX_STATUS_DETAILS_CHARS: usize = 1_024;

const PLAN: Plan = Plan::Object(&[
    (
        "session",
        Plan::Object(&[
            ("id", Plan::Raw),
            ("projectId", Plan::Raw),
            ("simulationName", Plan::Raw),
            ("template", Plan::Raw),
            ("configuration", Plan::Raw),
            ("nodes", Plan::Array(&SESSION_NODE)),
        ]),
    ),
    (
        "node",
        Plan::Object(&[
            ("instanceId", Plan::Raw),
            ("instanceName", Plan::Raw),
            ("templateName", Plan::Raw),
            ("taskId", Plan::Raw),
            ("configuration", Plan::Raw),
        ]),
    ),
    ("parents", Plan::Array(&PARENT)),
    (
        "system",
        Plan::Object(&[("version", Plan::Raw), ("k8sNamespaces", Plan::Array(&Plan::Raw)), ("config", Plan::Raw)]),
    ),
]);

const SESSION_NODE: Plan = Plan::Object(&[
    ("instanceId", Plan::Raw),
    ("instanceName", Plan::Raw),
    ("templateName", Plan::Raw),
    ("lastState", Plan::Raw),
    ("statusDetails", Plan::Raw),
]);

const PARENT: Plan = Plan::Object(&[("name", Plan::Raw), ("templateName", Plan::Raw), ("instanceId", Plan::Raw)]);

/// The checked `context` of a request; the default stands for a missing one.
#[derive(Default)]
pub(super) struct Context<'a> {
    /// Length of its text.
    pub(super) bytes: usize,
    pub(super) session: Session<'a>,
    pub(super) node: Node<'a>,
    pub(super) parents: Vec<Parent<'a>>,
    pub(super) version: Passed<'a>,
    pub(super) k8s_namespaces: Option<Vec<String>>,
    /// `system.config`, an object of which only the prefixes that the configuration lists are looked at.
    pub(super) config: BTreeMap<Cow<'a, str>, &'a RawValue>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Session<'a> {
    id: Option<Cow<'a, str>>,
    project_id: Option<i64>,
    simulation_name: Option<Cow<'a, str>>,
    template: Option<Cow<'a, str>>,
    configuration: Passed<'a>,
    nodes: Vec<SessionNode<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionNode<'a> {
    instance_id: Option<i64>,
    instance_name: Option<Cow<'a, str>>,
    template_name: Option<Cow<'a, str>>,
    last_state: Option<LastState<'a>>,
    status_details: Option<Cow<'a, str>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum LastState<'a> {
    Name(Cow<'a, str>),
    Number(i64),
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Node<'a> {
    instance_id: Option<i64>,
    instance_name: Option<Cow<'a, str>>,
    template_name: Option<Cow<'a, str>>,
    task_id: Option<i64>,
    pub(super) configuration: Passed<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parent<'a> {
    name: Option<Cow<'a, str>>,
    template_name: Option<Cow<'a, str>>,
    instance_id: Option<i64>,
}

/// A value that is handed on as it is.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Passed<'a> {
    /// Missing. An empty struct variant, because a unit variant would be written as `null`.
    Empty {},
    Raw(&'a RawValue),
    /// It came as a string that holds JSON.
    Parsed(Box<RawValue>),
}

impl<'a> Context<'a> {
    pub(super) fn check(raw: Option<&'a RawValue>, ceilings: &Ceilings, faults: &mut Faults) -> Self {
        let mut context = Self::default();
        let Some(raw) = raw else { return context };
        let at = At::ROOT.key("context");
        let max_nodes = ceilings.max_context_nodes;
        let Some(opened) = json::reopen(raw, &PLAN, max_nodes, &at, faults) else { return context };
        let Some(section) = Section::mandatory(&opened, at, faults) else { return context };

        context.bytes = raw.get().len();
        if let Some(session) = section.section("session", faults) {
            context.session = Session::check(&session, max_nodes, faults);
        }
        if let Some(node) = section.section("node", faults) {
            context.node = Node {
                instance_id: node.identifier("instanceId", faults),
                instance_name: node.text("instanceName", faults),
                template_name: node.text("templateName", faults),
                task_id: node.identifier("taskId", faults),
                configuration: Passed::json_or_text(node.raw("configuration")),
            };
        }
        context.parents = each(&section, "parents", max_nodes, faults, |parent, faults| Parent {
            name: parent.text("name", faults),
            template_name: parent.text("templateName", faults),
            instance_id: parent.identifier("instanceId", faults),
        });
        if let Some(system) = section.section("system", faults) {
            context.version = system.raw("version").map_or(Passed::Empty {}, Passed::Raw);
            context.k8s_namespaces = system.names("k8sNamespaces", faults);
            context.config = members(&system, "config", faults);
        }
        context
    }
}

/// The members of an object whose keys are the caller's own.
fn members<'a>(
    section: &Section<'_, 'a>,
    key: &'static str,
    faults: &mut Faults,
) -> BTreeMap<Cow<'a, str>, &'a RawValue> {
    let Some(raw) = section.raw(key) else { return BTreeMap::new() };
    serde_json::from_str(raw.get()).unwrap_or_else(|_| {
        faults.add(&section.at.key(key), format!("must be an object, got {}", json::shown(raw)));
        BTreeMap::new()
    })
}

/// Every entry of an array of objects.
fn each<'a, T>(
    section: &Section<'_, 'a>,
    key: &'static str,
    max: usize,
    faults: &mut Faults,
    check: impl Fn(&Section<'_, 'a>, &mut Faults) -> T,
) -> Vec<T> {
    let at = section.at.key(key);
    let entries: &[Opened<'a>] = section.entries(key, max, faults);
    let entries = entries.iter().enumerate();
    entries
        .filter_map(|(index, entry)| {
            let entry = Section::mandatory(entry, at.index(index), faults)?;
            Some(check(&entry, faults))
        })
        .collect()
}

impl<'a> Session<'a> {
    fn check(session: &Section<'_, 'a>, max_nodes: usize, faults: &mut Faults) -> Self {
        Self {
            id: session.text("id", faults),
            project_id: session.identifier("projectId", faults),
            simulation_name: session.text("simulationName", faults),
            template: session.text("template", faults),
            configuration: Passed::json_or_text(session.raw("configuration")),
            nodes: each(session, "nodes", max_nodes, faults, |node, faults| SessionNode {
                instance_id: node.identifier("instanceId", faults),
                instance_name: node.text("instanceName", faults),
                template_name: node.text("templateName", faults),
                last_state: LastState::check(node, faults),
                status_details: node.text("statusDetails", faults).map(cut),
            }),
        }
    }
}

fn cut(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.chars().nth(MAX_STATUS_DETAILS_CHARS).is_none() {
        return text;
    }
    Cow::Owned(text.chars().take(MAX_STATUS_DETAILS_CHARS).collect())
}

impl<'a> LastState<'a> {
    /// A name, or the platform's number (decision 14).
    fn check(node: &Section<'_, 'a>, faults: &mut Faults) -> Option<Self> {
        let raw = node.raw("lastState")?;
        if let Some(Ok(name)) = json::string(raw) {
            return Some(Self::Name(name));
        }
        match json::whole_number(raw).and_then(|number| i64::try_from(number).ok()) {
            Some(3) => Some(Self::Name(Cow::Borrowed("ProcessingSucceeded"))),
            Some(2) => Some(Self::Name(Cow::Borrowed("ProcessingFailed"))),
            Some(number) => Some(Self::Number(number)),
            None => {
                let message = format!("must be a string or a 64-bit integer, got {}", json::shown(raw));
                faults.add(&node.at.key("lastState"), message);
                None
            }
        }
    }
}

impl Default for Passed<'_> {
    fn default() -> Self {
        Self::Empty {}
    }
}

impl<'a> Passed<'a> {
    /// The platform stores configurations as strings: one that holds JSON is parsed, any other stays (decision 15).
    fn json_or_text(raw: Option<&'a RawValue>) -> Self {
        let Some(raw) = raw else { return Self::Empty {} };
        let Some(Ok(text)) = json::string(raw) else { return Self::Raw(raw) };
        if json::depth(&text) > json::MAX_DEPTH {
            return Self::Raw(raw);
        }
        RawValue::from_string(text.into_owned()).map_or(Self::Raw(raw), Self::Parsed)
    }
}
