use serde_json::Value;

use crate::http::Call;
use crate::{
    Error, HeatRuntime, SessionTemplate, SessionTemplateFields, SessionTemplateNode, SessionTemplateNodeFields,
};

impl HeatRuntime {
    /// All session templates.
    pub async fn list_session_templates(&self) -> Result<Vec<SessionTemplate>, Error> {
        self.send(Call::get("list_session_templates", "/api/sessiontemplates")).await?.list()
    }

    /// One session template.
    pub async fn get_session_template_by_id(&self, id: i64) -> Result<SessionTemplate, Error> {
        self.send(Call::get("get_session_template_by_id", format!("/api/sessiontemplates/{id}"))).await?.one()
    }

    /// Creates a session template.
    pub async fn create_session_template(&self, fields: &SessionTemplateFields) -> Result<SessionTemplate, Error> {
        self.send(Call::post("create_session_template", "/api/sessiontemplates").body(fields)?).await?.one()
    }

    /// Changes what is given of a session template.
    pub async fn update_session_template(&self, id: i64, fields: &SessionTemplateFields) -> Result<(), Error> {
        let call = Call::put("update_session_template", format!("/api/sessiontemplates/{id}")).body(fields)?;
        self.send(call).await.map(drop)
    }

    /// Deletes a session template.
    pub async fn delete_session_template(&self, id: i64) -> Result<(), Error> {
        self.remove(Call::delete("delete_session_template", format!("/api/sessiontemplates/{id}"))).await
    }

    /// A session template as a manifest, which [`import_session_template`](Self::import_session_template) takes.
    pub async fn export_session_template(&self, id: i64) -> Result<Value, Error> {
        let call = Call::get("export_session_template", format!("/api/sessiontemplates/{id}/export"));
        Ok(self.send(call).await?.document())
    }

    /// Creates a session template from a manifest.
    pub async fn import_session_template(&self, manifest: &Value) -> Result<SessionTemplate, Error> {
        self.send(Call::post("import_session_template", "/api/sessiontemplates/import").body(manifest)?).await?.one()
    }

    /// The nodes of a session template.
    pub async fn list_session_template_nodes(
        &self,
        session_template_id: i64,
    ) -> Result<Vec<SessionTemplateNode>, Error> {
        let path = format!("/api/session-templates/{session_template_id}/nodes");
        self.send(Call::get("list_session_template_nodes", path)).await?.list()
    }

    /// One node of a session template.
    pub async fn get_session_template_node_by_id(
        &self,
        session_template_id: i64,
        node_id: i64,
    ) -> Result<SessionTemplateNode, Error> {
        let path = format!("/api/session-templates/{session_template_id}/nodes/{node_id}");
        self.send(Call::get("get_session_template_node_by_id", path)).await?.one()
    }

    /// Adds a node to a session template.
    pub async fn create_session_template_node(
        &self,
        session_template_id: i64,
        fields: &SessionTemplateNodeFields,
    ) -> Result<SessionTemplateNode, Error> {
        let path = format!("/api/session-templates/{session_template_id}/nodes");
        self.send(Call::post("create_session_template_node", path).body(fields)?).await?.one()
    }

    /// Changes what is given of a node of a session template.
    pub async fn update_session_template_node(
        &self,
        session_template_id: i64,
        node_id: i64,
        fields: &SessionTemplateNodeFields,
    ) -> Result<(), Error> {
        let path = format!("/api/session-templates/{session_template_id}/nodes/{node_id}");
        self.send(Call::put("update_session_template_node", path).body(fields)?).await.map(drop)
    }

    /// Takes a node out of a session template.
    pub async fn delete_session_template_node(&self, session_template_id: i64, node_id: i64) -> Result<(), Error> {
        let path = format!("/api/session-templates/{session_template_id}/nodes/{node_id}");
        self.remove(Call::delete("delete_session_template_node", path)).await
    }
}
