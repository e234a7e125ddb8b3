//! The runner between a Core, an S3 store and the service, all of them real and in or beside this process.

#![allow(missing_docs, clippy::indexing_slicing, clippy::print_stdout)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "clippy knows tests, but not their helpers")]

mod azure;
mod crash;
mod down;
mod endings;
mod fake;
mod faults;
mod inputs;
mod kills;
#[path = "../../../heat-runtime/tests/it/npm.rs"]
mod npm;
mod process;
mod runs;
mod s3;
mod service;
mod soak;
mod tracing;
mod world;
