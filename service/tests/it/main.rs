//! The one test binary of the service.

#![allow(missing_docs, clippy::indexing_slicing)]

mod cli;
mod http;
