//! The state: plain tables behind the one lock of the Core. What is asked of them is in the files beside this one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use serde_json::{Value, json};

use crate::clock::{Clock, iso};
use crate::config::ConfigEntry;
use crate::graph::Node;
use crate::journal::Event;
use crate::refusal::Refusal;
use crate::resource::{Resource, Row};
use crate::tasks::{Task, TaskRules};
use crate::wire::NodeOutput;

/// An id as rows have it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Number(i64),
    Guid(String),
}

impl Key {
    pub(crate) fn of(value: &Value) -> Option<Self> {
        value.as_i64().map(Self::Number).or_else(|| value.as_str().map(|text| Self::Guid(text.to_owned())))
    }

    fn json(&self) -> Value {
        match self {
            Self::Number(number) => json!(number),
            Self::Guid(text) => json!(text),
        }
    }
}

impl From<i64> for Key {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::Guid(text.to_owned())
    }
}

#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) clock: Clock,
    pub(crate) rules: TaskRules,
    tables: BTreeMap<Resource, BTreeMap<Key, Row>>,
    next_ids: BTreeMap<Resource, i64>,
    pub(crate) nodes: BTreeMap<i64, Node>,
    pub(crate) outputs: BTreeMap<i64, NodeOutput>,
    pub(crate) tasks: BTreeMap<i64, Task>,
    /// Ids of tasks nobody has, the oldest first.
    pub(crate) queue: VecDeque<i64>,
    /// Ids of tasks a runner has.
    pub(crate) leased: BTreeSet<i64>,
    pub(crate) journal: Vec<Event>,
    pub(crate) config: BTreeMap<String, ConfigEntry>,
    /// By data source and data path.
    pub(crate) blobs: BTreeMap<(i64, String), Bytes>,
}

impl Store {
    pub(crate) fn new(clock: Clock, rules: TaskRules, first_ids: BTreeMap<Resource, i64>) -> Self {
        Self {
            clock,
            rules,
            tables: BTreeMap::new(),
            next_ids: first_ids,
            nodes: BTreeMap::new(),
            outputs: BTreeMap::new(),
            tasks: BTreeMap::new(),
            queue: VecDeque::new(),
            leased: BTreeSet::new(),
            journal: Vec::new(),
            config: BTreeMap::new(),
            blobs: BTreeMap::new(),
        }
    }

    pub(crate) fn now(&self) -> String {
        iso(self.clock.now_ms())
    }

    /// The next id nobody has: seeds bring ids of their own.
    pub(crate) fn new_id(&mut self, resource: Resource) -> i64 {
        loop {
            let next = self.next_ids.entry(resource).or_insert(1);
            let id = *next;
            *next += 1;
            let taken = match resource {
                Resource::NodeInstance => self.nodes.contains_key(&id),
                Resource::NodeOutput => self.outputs.contains_key(&id),
                Resource::RunnerTask => self.tasks.contains_key(&id),
                other => self.row(other, &Self::key(other, id)).is_some(),
            };
            if !taken {
                return id;
            }
        }
    }

    fn key(resource: Resource, number: i64) -> Key {
        if resource.has_guid() { Key::Guid(guid(resource, number)) } else { Key::Number(number) }
    }

    pub(crate) fn rows(&self, resource: Resource) -> impl DoubleEndedIterator<Item = &Row> {
        self.tables.get(&resource).into_iter().flat_map(BTreeMap::values)
    }

    pub(crate) fn row(&self, resource: Resource, key: &Key) -> Option<&Row> {
        self.tables.get(&resource)?.get(key)
    }

    pub(crate) fn known(&self, resource: Resource, key: &Key) -> Result<&Row, Refusal> {
        self.row(resource, key).ok_or_else(|| absent(resource, key))
    }

    /// Makes a row of what was sent and gives it an id, or the one it brings when it is seeded.
    pub(crate) fn insert(&mut self, resource: Resource, sent: &Row, id: Option<Key>) -> Result<Row, Refusal> {
        let mut row = resource.create(sent)?;
        let key = match id {
            Some(key) if self.row(resource, &key).is_some() => {
                return Err(Refusal::conflict(format!("there is already a {resource:?} {}", key.json())));
            }
            Some(key) => key,
            None => {
                let number = self.new_id(resource);
                Self::key(resource, number)
            }
        };
        row.insert("id".to_owned(), key.json());
        row.insert("createdAt".to_owned(), json!(self.now()));
        row.insert("updatedAt".to_owned(), json!(self.now()));
        self.tables.entry(resource).or_default().insert(key, row.clone());
        Ok(row)
    }

    pub(crate) fn patch(&mut self, resource: Resource, key: &Key, sent: &Row) -> Result<Row, Refusal> {
        let now = self.now();
        let row = self.tables.get_mut(&resource).and_then(|table| table.get_mut(key));
        let row = row.ok_or_else(|| absent(resource, key))?;
        resource.patch(row, sent)?;
        row.insert("updatedAt".to_owned(), json!(now));
        Ok(row.clone())
    }

    pub(crate) fn delete(&mut self, resource: Resource, key: &Key) -> Result<Row, Refusal> {
        let row = self.tables.get_mut(&resource).and_then(|table| table.remove(key));
        row.ok_or_else(|| absent(resource, key))
    }

    pub(crate) fn delete_where(&mut self, resource: Resource, matches: impl Fn(&Row) -> bool) {
        if let Some(table) = self.tables.get_mut(&resource) {
            table.retain(|_, row| !matches(row));
        }
    }
}

fn absent(resource: Resource, key: &Key) -> Refusal {
    Refusal::absent(format!("there is no {resource:?} {}", key.json()))
}

/// The same in every run; the second group tells what it is of.
fn guid(resource: Resource, number: i64) -> String {
    let group = if resource == Resource::Session { 1 } else { 2 };
    format!("00000000-{group:04}-4000-8000-{number:012x}")
}

/// A text member of a row, empty when it has none.
pub(crate) fn text<'row>(row: &'row Row, name: &str) -> &'row str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A number member of a row.
pub(crate) fn number(row: &Row, name: &str) -> Option<i64> {
    row.get(name).and_then(Value::as_i64)
}

/// The ids a row lists.
pub(crate) fn ids(row: &Row, name: &str) -> Vec<i64> {
    row.get(name)
        .and_then(Value::as_array)
        .map(|ids| ids.iter().filter_map(Value::as_i64).collect())
        .unwrap_or_default()
}
