//! Arbex: JavaScript transforms over HTTP, each run in a fresh WebAssembly sandbox.
//!
//! The way of a request: bytes -> [`call::Call`] (checked) -> program (compiled, cached) -> [`run::Run`] (data) ->
//! [`arbex_api::Envelope`] -> bytes. ARCHITECTURE.md has the picture.

pub mod bridge;
pub mod call;
pub mod caller;
pub mod dataservice;
pub mod envelope;
mod json;
pub mod policy;
pub mod process;
pub mod profile;
pub mod run;
pub mod sandbox;

pub mod cli;
pub mod http;
pub mod metrics;
pub mod readiness;
pub mod settings;
pub mod shutdown;
pub mod telemetry;
