//! The Core against what is known of real ones: the official client, its recorded calls, the documented DTOs; and against
//! its own rules: leases, the graph, faults, tokens, configuration.

mod auth;
mod dto;
mod faults;
mod graph;
mod official;
mod support;
mod tasks;
mod wire;
