//! The runner between a Core, an S3 store and the service, all of them real and in or beside this process.

#![allow(missing_docs, clippy::indexing_slicing)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "clippy knows tests, but not their helpers")]

mod crash;
mod fake;
mod faults;
mod inputs;
mod kills;
mod process;
mod runs;
mod s3;
mod service;
mod world;
