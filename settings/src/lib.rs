//! How Arbex's binaries read their settings. Each setting is a flag (`--max-body-mb`) and a variable (`ARBEX_MAX_BODY_MB`); a flag
//! wins over its variable, that over the default. The flags are plain texts to clap, so that a wrong number is found by the
//! [`Reader`], together with everything else that is wrong. What people read about settings is made from what it read.

mod manual;
mod reader;
mod variables;

pub use manual::{explain, tables};
pub use reader::{Effective, Fallback, Reader, SettingFault, Source};
pub use variables::variables;
