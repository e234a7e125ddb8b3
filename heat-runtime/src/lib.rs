#![doc = include_str!("../README.md")]

mod client;
mod dto;
mod env;
mod error;
mod http;
mod options;
mod processor;
mod runner;
mod store;

pub use client::HeatRuntime;
pub use dto::*;
pub use env::{EnvVars, LoadEnvOptions};
pub use error::{Error, Request, StoreError, with_sources};
pub use http::retry::{Repeat, RetryPolicy};
pub use http::tls::tls_config;
pub use options::{HeatRuntimeOptions, is_external_environment};
pub use processor::{ProcessError, Processor, TaskLost, Validation};
pub use runner::{Claim, ClaimObserver, InitOptions, OnClaimError, OnCompletionError, Unfinished};
pub use store::{BlobInfo, BlobStore};

/// For implementing [`Processor`]; a trait with async methods behind `dyn` still wants it.
pub use async_trait::async_trait;
/// The types of [`tls_config`].
pub use rustls;
/// Ends [`HeatRuntime::init`]; see [`InitOptions::shutdown`].
pub use tokio_util::sync::CancellationToken;
