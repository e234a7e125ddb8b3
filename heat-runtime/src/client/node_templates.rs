use serde_json::Value;

use crate::http::Call;
use crate::{Error, HeatRuntime, NodeTemplate, NodeTemplateFields};

impl HeatRuntime {
    /// All node templates.
    pub async fn list_node_templates(&self) -> Result<Vec<NodeTemplate>, Error> {
        self.send(Call::get("list_node_templates", "/api/nodetemplates")).await?.list()
    }

    /// One node template.
    pub async fn get_node_template_by_id(&self, id: i64) -> Result<NodeTemplate, Error> {
        self.send(Call::get("get_node_template_by_id", format!("/api/nodetemplates/{id}"))).await?.one()
    }

    /// Creates a node template.
    pub async fn create_node_template(&self, fields: &NodeTemplateFields) -> Result<NodeTemplate, Error> {
        self.send(Call::post("create_node_template", "/api/nodetemplates").body(fields)?).await?.one()
    }

    /// Changes a node template. Gives an empty one where Core does not say what became of it.
    pub async fn update_node_template(&self, id: i64, fields: &NodeTemplateFields) -> Result<NodeTemplate, Error> {
        let call = Call::put("update_node_template", format!("/api/nodetemplates/{id}")).body(fields)?;
        self.send(call).await?.one_or_default()
    }

    /// Deletes a node template.
    pub async fn delete_node_template(&self, id: i64) -> Result<(), Error> {
        self.remove(Call::delete("delete_node_template", format!("/api/nodetemplates/{id}"))).await
    }

    /// Which kinds of runners run which node templates.
    pub async fn get_node_template_runner_mappings(&self) -> Result<Value, Error> {
        let call = Call::get("get_node_template_runner_mappings", "/api/nodetemplates/runner-mappings");
        Ok(self.send(call).await?.document())
    }
}
