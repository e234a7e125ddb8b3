//! The one test binary of the service.

#![allow(missing_docs, clippy::indexing_slicing)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests, but not their helpers")]

mod authentication;
mod cases;
mod cli;
mod cluster;
mod console_golden;
mod cookbook;
mod fetch;
mod hostile;
mod hostile_syntax;
mod http;
mod idempotency;
mod isolation;
mod limits;
mod profile;
mod properties;
mod support;
mod syntax;
mod tracing;
mod typescript;
