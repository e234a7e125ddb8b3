//! The library against fakes that record, the official client's recording, the official client itself, and real stores.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

mod azure;
mod calls;
mod differential;
mod differential_loop;
mod fake;
mod npm;
mod resilience;
mod runner;
mod s3;
mod wire;
