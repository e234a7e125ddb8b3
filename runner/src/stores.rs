//! Open blob stores, by data source. An open store holds connections, so it is kept as long as its connection string stays the same.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use heat_runtime::{BlobStore, ConnectionString, DataSource, Error};

/// The stores that were opened so far.
#[derive(Debug, Default)]
pub struct Stores(Mutex<HashMap<String, (i64, ConnectionString, BlobStore)>>);

impl Stores {
    /// The store of a data source.
    ///
    /// # Errors
    ///
    /// When it holds no blobs, or its connection string cannot be read.
    pub fn open(&self, source: &DataSource) -> Result<BlobStore, Error> {
        let mut stores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((kind, connection_string, store)) = stores.get(&source.name)
            && (*kind, connection_string) == (source.r#type, &source.connection_string)
        {
            return Ok(store.clone());
        }
        let store = source.store()?;
        let entry = (source.r#type, source.connection_string.clone(), store.clone());
        stores.insert(source.name.clone(), entry);
        Ok(store)
    }
}
