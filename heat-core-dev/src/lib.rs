//! A small HEAT Core in one process: sessions, nodes, tasks with leases, outputs, data sources, configuration, behind the
//! routes the official client calls. To develop and test runners against; not shipped.
//!
//! ```
//! use heat_core_dev::{Core, CoreOptions, Seed};
//!
//! let seed: Seed = serde_json::from_str(r#"{ "config": { "runner_config.default_store": "HEAT Managed Object Store" } }"#)?;
//! let core = Core::start(CoreOptions { seed, ..CoreOptions::default() })?;
//! // A runner is pointed at `core.base_url()`; then the test asks what came of it.
//! assert!(core.requests().is_empty());
//! assert!(core.audit().unended.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod auth;
mod clock;
mod config;
mod core;
mod faults;
mod graph;
mod handle;
mod http;
mod journal;
mod log;
mod refusal;
mod resource;
mod seed;
mod store;
mod style;
mod tasks;
mod view;
mod wire;

pub use auth::{Auth, AuthMode, Caller, Token};
pub use clock::ClockStart;
pub use config::{ConfigEntry, REDACTED};
pub use core::{BlobAddress, BlobReader, Core, CoreOptions, StartError};
pub use faults::{Failure, Fault};
pub use handle::CoreHandle;
pub use journal::{Audit, Event, EventKind};
pub use log::LoggedRequest;
pub use refusal::Refusal;
pub use resource::Resource;
pub use seed::{Seed, SeedNode, SeedOutput};
pub use style::{Casing, Style, Wrapping};
pub use tasks::TaskRules;
pub use wire::NodeOutput;
