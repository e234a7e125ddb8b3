use std::fmt;

use serde::{Deserialize, Serialize};

received! {
    /// A place outside Core where data is.
    pub struct DataSource {
        /// Core's number for it.
        id: Option<i64>,
        /// Its name.
        name: String,
        /// What it is for.
        description: Option<String>,
        /// What kind of place it is; see [`DataSource::kind`].
        r#type: i64,
        /// How to reach it. Not shown by `{:?}`.
        connection_string: ConnectionString,
        /// When it was made, ISO 8601.
        created_at: Option<String>,
    }
}

sent! {
    /// A data source, to create or to change. Core wants `name`, `type` and `connection_string` of a new one.
    pub struct DataSourceFields {
        required {}
        optional {
            /// Core's number for it.
            id: i64,
            /// Its name.
            name: String,
            /// What it is for.
            description: String,
            /// [`DataSourceType`] as a number.
            r#type: i64,
            /// How to reach it.
            connection_string: ConnectionString,
            /// When it was made, ISO 8601.
            created_at: String,
        }
    }
}

/// A connection string: mostly a secret, so that `{:?}` does not show it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionString(pub String);

impl fmt::Debug for ConnectionString {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.0.is_empty() { "(empty)" } else { "(hidden)" })
    }
}

impl From<&str> for ConnectionString {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// The kinds of data sources, with Core's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "product names")]
pub enum DataSourceType {
    CosmosDb = 0,
    MsSql = 1,
    PostgreSql = 2,
    MongoDb = 3,
    S3 = 4,
    AzureBlob = 5,
}

impl DataSource {
    /// What kind of place this is; `None` for a number this library does not know.
    pub fn kind(&self) -> Option<DataSourceType> {
        use DataSourceType::{AzureBlob, CosmosDb, MongoDb, MsSql, PostgreSql, S3};
        [CosmosDb, MsSql, PostgreSql, MongoDb, S3, AzureBlob].into_iter().find(|kind| *kind as i64 == self.r#type)
    }
}
