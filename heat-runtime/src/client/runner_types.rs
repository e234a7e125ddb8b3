use serde_json::Value;

use crate::http::Call;
use crate::{Error, HeatRuntime, RunnerType, RunnerTypeFields};

impl HeatRuntime {
    /// All kinds of runners.
    pub async fn list_runner_types(&self) -> Result<Vec<RunnerType>, Error> {
        self.send(Call::get("list_runner_types", "/api/runnertypes")).await?.list()
    }

    /// One kind of runner.
    pub async fn get_runner_type_by_id(&self, id: i64) -> Result<RunnerType, Error> {
        self.send(Call::get("get_runner_type_by_id", format!("/api/runnertypes/{id}"))).await?.one()
    }

    /// Creates a kind of runner.
    pub async fn create_runner_type(&self, fields: &RunnerTypeFields) -> Result<RunnerType, Error> {
        self.send(Call::post("create_runner_type", "/api/runnertypes").body(fields)?).await?.one()
    }

    /// Changes a kind of runner.
    pub async fn update_runner_type(&self, id: i64, fields: &RunnerTypeFields) -> Result<(), Error> {
        self.send(Call::put("update_runner_type", format!("/api/runnertypes/{id}")).body(fields)?).await.map(drop)
    }

    /// Deletes a kind of runner.
    pub async fn delete_runner_type(&self, id: i64) -> Result<(), Error> {
        self.remove(Call::delete("delete_runner_type", format!("/api/runnertypes/{id}"))).await
    }

    /// Which node templates a kind of runner runs.
    pub async fn get_runner_type_supported_templates(&self, id: i64) -> Result<Value, Error> {
        let path = format!("/api/runnertypes/supportedtemplates/{id}");
        Ok(self.send(Call::get("get_runner_type_supported_templates", path)).await?.document())
    }
}
