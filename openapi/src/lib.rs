//! The public HTTP contract of Arbex as types: what a caller sends to `POST /execute` and `POST /validate`, and
//! what comes back. JSON names are camelCase; every number carries its unit in its name.
//!
//! The types here describe shapes only. Bounds that an operator may move (longest timeout, most memory, …) are
//! checked by the service, which answers with a [`Problem`] that lists each [`Fault`].

#[macro_use]
mod names;

mod configuration;
mod context;
mod document;
mod envelope;
mod input;
mod problem;
mod profiler;
mod request;
mod validate;
mod version;

pub use configuration::{
    Configuration, DataserviceOutputConfig, ExecConfig, HistoryOrder, InputFormat, KubernetesConfig,
    LayoutOutputConfig, ParentConfig, ParentMode, Persistence, ProfilerConfig, ReaderHint, RetentionConfig,
    SystemConfig, TabularOptionsConfig,
};
pub use context::{ConfigEntry, Context, LastState, Node, Parent, Session, SessionNode, SystemContext};
pub use document::{ARBEX_RUN, ArbexRun, DataserviceRoot, Document, document};
pub use envelope::{
    ConsoleEntry, Envelope, Failure, FailureDetails, HostDiagnostics, Level, LimitHit, Metrics, Reason, Status,
};
pub use input::{Input, InputContent, InputDescriptor, InputKind};
pub use problem::{Fault, Problem};
pub use profiler::{Hotspot, HotspotKind, ProcessSample, Profile, Sample, SourceLocation};
pub use request::ExecuteRequest;
pub use validate::{Diagnostic, Severity, ValidateResponse};
pub use version::{Engine, Version};

/// The version of the scripting interface, as scripts read it in `ctx.apiVersion` and callers in `GET /version`.
pub const API_VERSION: &str = "1.0";
