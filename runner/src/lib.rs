//! Runs HEAT's `system-arbex-js` nodes: a [`Processor`](heat_runtime::Processor) that turns a task into one call of Arbex's
//! `POST /execute`, and the envelope that comes back into a stored output. Scripts run there, never here.
//!
//! A task's way, one file a stage: [`configuration`] → [`surroundings`] → [`parent`] → [`outputs`] → [`platform`] →
//! [`execute`] → [`stored`]; meanwhile [`lease`] keeps it ours. What goes wrong on it is a [`failure::Failure`]. [`processor`] walks it.

pub mod admin;
pub mod certificates;
pub mod configuration;
pub mod execute;
pub mod failure;
mod instant;
mod kept;
pub mod known;
pub mod lease;
pub mod metrics;
pub mod outputs;
pub mod parent;
pub mod platform;
pub mod processor;
pub mod settings;
pub mod shutdown;
pub mod stored;
pub mod stores;
pub mod surroundings;
pub mod telemetry;
