use crate::http::Call;
use crate::{DataSource, DataSourceFields, Error, HeatRuntime};

impl HeatRuntime {
    /// All data sources.
    pub async fn list_data_sources(&self) -> Result<Vec<DataSource>, Error> {
        self.send(Call::get("list_data_sources", "/api/datasources")).await?.list()
    }

    /// One data source. [`DataSource::store`] opens it.
    pub async fn get_data_source_by_id(&self, id: i64) -> Result<DataSource, Error> {
        self.send(Call::get("get_data_source_by_id", format!("/api/datasources/{id}"))).await?.one()
    }

    /// Creates a data source.
    pub async fn create_data_source(&self, fields: &DataSourceFields) -> Result<DataSource, Error> {
        self.send(Call::post("create_data_source", "/api/datasources").body(fields)?).await?.one()
    }

    /// Changes what is given of a data source.
    pub async fn update_data_source(&self, id: i64, fields: &DataSourceFields) -> Result<DataSource, Error> {
        self.send(Call::put("update_data_source", format!("/api/datasources/{id}")).body(fields)?).await?.one()
    }

    /// Deletes a data source.
    pub async fn delete_data_source(&self, id: i64) -> Result<(), Error> {
        self.remove(Call::delete("delete_data_source", format!("/api/datasources/{id}"))).await
    }
}
