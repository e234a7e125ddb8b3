//! What Core sends and takes, as types. What it sends keeps the members these types do not know; what it takes leaves out what is
//! `None`.

#[macro_use]
mod wire;
mod analytics;
mod config;
mod data_source;
mod dimension;
mod node;
mod project;
mod runner_type;
mod session;
mod task;
mod template;

pub(crate) use wire::camel_case;

pub use analytics::{AnalyticsData, NodeOutputData};
pub use config::{PlatformConfig, PlatformConfigFields, SetConfigOptions};
pub use data_source::{ConnectionString, DataSource, DataSourceFields, DataSourceType};
pub use dimension::{
    DimensionFilter, NewSessionDimension, SessionDimension, SessionDimensionFields, SessionDimensionUser,
};
pub use node::{NewNodeOutput, NodeInstance, NodeOutput, NodeState, NodeStatus};
pub use project::{Project, ProjectFields, User};
pub use runner_type::{RunnerType, RunnerTypeFields};
pub use session::{NewSessionUser, ScenarioInstance, ScenarioInstanceFields, Session, SessionFields, SessionUser};
pub use task::RunnerTask;
pub use template::{
    Feature, NodeTemplate, NodeTemplateFields, SessionTemplate, SessionTemplateFields, SessionTemplateNode,
    SessionTemplateNodeFields,
};
