//! The Core against what is known of real ones: the official client, its recorded calls, the documented DTOs; and against
//! its own rules: leases, the graph, faults, tokens, configuration.

#![allow(missing_docs, clippy::indexing_slicing)]
#![allow(clippy::expect_used, clippy::panic, reason = "clippy knows tests, but not their helpers")]

mod auth;
mod dto;
mod faults;
mod graph;
mod official;
mod support;
mod tasks;
mod wire;
