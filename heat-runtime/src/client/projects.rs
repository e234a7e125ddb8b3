use crate::http::Call;
use crate::{Error, HeatRuntime, Project, ProjectFields};

impl HeatRuntime {
    /// All projects.
    pub async fn list_projects(&self) -> Result<Vec<Project>, Error> {
        self.send(Call::get("list_projects", "/api/projects")).await?.list()
    }

    /// One project.
    pub async fn get_project_by_id(&self, id: i64) -> Result<Project, Error> {
        self.send(Call::get("get_project_by_id", format!("/api/projects/{id}"))).await?.one()
    }

    /// Creates a project.
    pub async fn create_project(&self, fields: &ProjectFields) -> Result<Project, Error> {
        self.send(Call::post("create_project", "/api/projects").body(fields)?).await?.one()
    }

    /// Changes a project. Gives an empty one where Core does not say what became of it.
    pub async fn update_project(&self, id: i64, fields: &ProjectFields) -> Result<Project, Error> {
        let call = Call::put("update_project", format!("/api/projects/{id}")).body(fields)?;
        self.send(call).await?.one_or_default()
    }

    /// Deletes a project.
    pub async fn delete_project(&self, id: i64) -> Result<(), Error> {
        self.remove(Call::delete("delete_project", format!("/api/projects/{id}"))).await
    }
}
