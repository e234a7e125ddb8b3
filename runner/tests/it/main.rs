//! The runner between a Core, an S3 store and the service, all of them real and in or beside this process.

mod crash;
mod fake;
mod faults;
mod inputs;
mod process;
mod runs;
mod service;
mod world;
