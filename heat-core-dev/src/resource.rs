//! What the Core keeps, and which members each of them may be given: one table per DTO, checked in one place.

use serde_json::{Map, Value, json};

use crate::refusal::Refusal;

/// A row as it is kept: the members of its [`Resource`], and `id`.
pub(crate) type Row = Map<String, Value>;

/// All that has an id. Each counts its own ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names of the reference")]
pub enum Resource {
    Project,
    Session,
    SessionTemplate,
    SessionTemplateNode,
    NodeTemplate,
    RunnerType,
    DataSource,
    SessionUser,
    ScenarioInstance,
    SessionDimension,
    NodeInstance,
    NodeOutput,
    RunnerTask,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    OptInt,
    Text,
    OptText,
    Flag,
    OptIds,
    Ids,
    /// A number of the wire, or the name clients send for it.
    NodeType,
}

/// A member, its type, and whether a new row must be given it.
pub(crate) struct Field(pub(crate) &'static str, pub(crate) Kind, pub(crate) Need);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Required,
    Optional,
}

use Kind::{Flag, Ids, Int, NodeType, OptIds, OptInt, OptText, Text};
use Need::{Optional, Required};

/// Names of node template types by their number. The numbers are ours: no document has them.
const NODE_TYPES: [&str; 3] = ["Input", "Transform", "Output"];

impl Resource {
    pub(crate) fn has_guid(self) -> bool {
        matches!(self, Self::Session | Self::ScenarioInstance)
    }

    pub(crate) fn fields(self) -> &'static [Field] {
        match self {
            Self::Project => &[
                Field("title", Text, Required),
                Field("description", OptText, Optional),
                Field("icon", OptText, Optional),
                Field("ownerId", Int, Optional),
                Field("defaultSessionTemplateId", OptInt, Optional),
            ],
            Self::Session => &[
                Field("name", Text, Required),
                Field("email", OptText, Optional),
                Field("projectId", Int, Optional),
                Field("sessionTemplateId", OptInt, Optional),
                Field("simulationName", OptText, Optional),
                Field("logoUrl", OptText, Optional),
                Field("userId", OptText, Optional),
                Field("metadata", OptText, Optional),
            ],
            Self::SessionTemplate => &[
                Field("name", Text, Required),
                Field("description", Text, Optional),
                Field("configuration", Text, Optional),
            ],
            Self::SessionTemplateNode => &[
                Field("name", Text, Required),
                Field("nodeTemplateId", Int, Required),
                Field("defaultConfiguration", Text, Optional),
                Field("parentIds", Ids, Optional),
                Field("sessionTemplateId", Int, Optional),
            ],
            Self::NodeTemplate => &[
                Field("name", Text, Required),
                Field("type", NodeType, Optional),
                Field("inputSchema", OptText, Optional),
                Field("outputSchema", OptText, Optional),
                Field("acceptsMultipleInputs", Flag, Optional),
                Field("requiresConfiguration", Flag, Optional),
                Field("configurationSchema", Text, Optional),
                Field("featureInternalName", Text, Optional),
                Field("hasNonJsonArtifacts", Flag, Optional),
                Field("supportedRunnerIds", Ids, Optional),
            ],
            Self::RunnerType => &[
                Field("name", Text, Required),
                Field("containerImage", Text, Optional),
                Field("cpuLimit", OptText, Optional),
                Field("memoryLimit", OptText, Optional),
                Field("description", OptText, Optional),
                Field("enabled", Flag, Optional),
                Field("featureInternalName", OptText, Optional),
            ],
            Self::DataSource => &[
                Field("name", Text, Required),
                Field("description", OptText, Optional),
                Field("type", Int, Optional),
                Field("connectionString", Text, Optional),
            ],
            Self::SessionUser => &[
                Field("userId", OptInt, Optional),
                Field("externalHeatId", OptText, Optional),
                Field("role", Text, Required),
                Field("grouping", OptText, Optional),
                Field("source", OptText, Optional),
                Field("sessionId", Text, Optional),
            ],
            Self::ScenarioInstance => &[
                Field("simulationId", OptText, Optional),
                Field("scenarioName", OptText, Optional),
                Field("scenarioInstanceId", OptText, Optional),
                Field("from", OptText, Optional),
                Field("to", OptText, Optional),
                Field("sessionId", Text, Optional),
            ],
            Self::SessionDimension => &[
                Field("scenarioInstanceId", OptText, Optional),
                Field("dimensionName", OptText, Optional),
                Field("nodeOutputId", Int, Required),
                Field("layoutConfiguration", OptText, Optional),
                Field("dimensionUserIds", OptIds, Optional),
                Field("dashboardVersion", OptText, Optional),
                Field("sessionId", Text, Optional),
            ],
            // These are types of their own: see `graph.rs` and `tasks.rs`.
            Self::NodeInstance | Self::NodeOutput | Self::RunnerTask => &[],
        }
    }

    /// A whole row from what a client sent; what it left out has its default.
    ///
    /// # Errors
    /// 400, naming the first member that is missing or of another type. Members that are not known are ignored.
    pub(crate) fn create(self, sent: &Row) -> Result<Row, Refusal> {
        let mut row = Row::new();
        for Field(name, kind, need) in self.fields() {
            let value = match (sent.get(*name), need) {
                (None | Some(Value::Null), Required) => {
                    return Err(Refusal::bad(format!("{self:?}.{name} is missing; give {}", kind.wanted())));
                }
                (None, Optional) => kind.default(),
                (Some(value), _) => self.member(name, *kind, value)?,
            };
            row.insert((*name).to_owned(), value);
        }
        Ok(row)
    }

    /// Takes over the members that were sent, all or none of them.
    ///
    /// # Errors
    /// 400, as in [`Self::create`].
    pub(crate) fn patch(self, row: &mut Row, sent: &Row) -> Result<(), Refusal> {
        let mut changed = Row::new();
        for Field(name, kind, _) in self.fields() {
            if let Some(value) = sent.get(*name) {
                changed.insert((*name).to_owned(), self.member(name, *kind, value)?);
            }
        }
        row.append(&mut changed);
        Ok(())
    }

    fn member(self, name: &str, kind: Kind, value: &Value) -> Result<Value, Refusal> {
        kind.checked(value)
            .ok_or_else(|| Refusal::bad(format!("{self:?}.{name} is {value}; it has to be {}", kind.wanted())))
    }
}

impl Kind {
    fn default(self) -> Value {
        match self {
            Int | NodeType => json!(0),
            Text => json!(""),
            Flag => json!(false),
            Ids => json!([]),
            OptInt | OptText | OptIds => Value::Null,
        }
    }

    fn wanted(self) -> String {
        match self {
            Int => "an integer".to_owned(),
            OptInt => "an integer or null".to_owned(),
            Text => "a string".to_owned(),
            OptText => "a string or null".to_owned(),
            Flag => "true or false".to_owned(),
            Ids => "an array of ids".to_owned(),
            OptIds => "an array of ids or null".to_owned(),
            NodeType => format!("an integer or one of {}", NODE_TYPES.join(", ")),
        }
    }

    fn checked(self, value: &Value) -> Option<Value> {
        let ids = |value: &Value| value.as_array().is_some_and(|ids| ids.iter().all(Value::is_i64));
        let fits = match self {
            Int => value.is_i64(),
            OptInt => value.is_i64() || value.is_null(),
            Text => value.is_string(),
            OptText => value.is_string() || value.is_null(),
            Flag => value.is_boolean(),
            Ids => ids(value),
            OptIds => ids(value) || value.is_null(),
            NodeType => {
                if let Some(name) = value.as_str() {
                    return NODE_TYPES.iter().position(|known| *known == name).map(|number| json!(number));
                }
                value.is_i64()
            }
        };
        fits.then(|| value.clone())
    }
}
