//! What Core tells of sessions, data sources, configuration and its version, kept for a while: [`Kept`] says how. A data source that
//! fails is forgotten, so that a new connection string counts at once.

use std::time::Duration;

use arbex_api::ConfigEntry;
use heat_runtime::{DataSource, Error, HeatRuntime, Session};
use serde_json::Value;

use crate::kept::Kept;

pub(crate) const DEFAULT_STORE_KEY: &str = "runner_config.default_store";

/// What one Core told.
#[derive(Debug)]
pub struct Known {
    pub(crate) sessions: Kept<String, Session>,
    pub(crate) config: Kept<String, Vec<ConfigEntry>>,
    default_store: Kept<(), Option<String>>,
    all_sources: Kept<(), Vec<DataSource>>,
    sources: Kept<i64, DataSource>,
    version: Kept<(), Value>,
}

impl Known {
    /// Nothing yet.
    pub fn new(lifetime: Duration) -> Self {
        Self {
            sessions: Kept::new(lifetime),
            config: Kept::new(lifetime),
            default_store: Kept::new(lifetime),
            all_sources: Kept::new(lifetime),
            sources: Kept::new(lifetime),
            version: Kept::new(lifetime),
        }
    }

    /// The name of the store that outputs go to, where one is configured.
    ///
    /// # Errors
    ///
    /// When Core does not tell.
    pub async fn default_store(&self, core: &HeatRuntime) -> Result<Option<String>, Error> {
        let ask = async {
            match core.get_config_value(DEFAULT_STORE_KEY).await {
                Ok(value) => Ok(value.and_then(|value| value.as_str().map(str::to_owned))),
                Err(error) if error.is_not_found() => Ok(None),
                Err(error) => Err(error),
            }
        };
        let configured = self.default_store.get((), ask).await?;
        Ok(configured.filter(|name| !name.trim().is_empty()))
    }

    /// All data sources.
    ///
    /// # Errors
    ///
    /// When Core does not tell.
    pub async fn data_sources(&self, core: &HeatRuntime) -> Result<Vec<DataSource>, Error> {
        self.all_sources.get((), core.list_data_sources()).await
    }

    /// One data source.
    ///
    /// # Errors
    ///
    /// When Core does not know it.
    pub async fn data_source(&self, id: i64, core: &HeatRuntime) -> Result<DataSource, Error> {
        self.sources.get(id, core.get_data_source_by_id(id)).await
    }

    /// Core's version.
    ///
    /// # Errors
    ///
    /// When it does not tell.
    pub async fn version(&self, core: &HeatRuntime) -> Result<Value, Error> {
        self.version.get((), core.get_version()).await
    }

    /// Asks for the default store and all data sources anew the next time.
    pub fn forget_stores(&self, id: i64) {
        self.default_store.forget(&());
        self.all_sources.forget(&());
        self.sources.forget(&id);
    }
}
