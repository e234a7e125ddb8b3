use serde_json::Value;

use crate::http::{Call, segment};
use crate::{Error, HeatRuntime, NewSessionUser, Session, SessionFields, SessionUser};

impl HeatRuntime {
    /// All sessions, or those of one project.
    pub async fn list_sessions(&self, project_id: Option<i64>) -> Result<Vec<Session>, Error> {
        // 0 is no project; the official client leaves it out too.
        let project_id = project_id.filter(|id| *id != 0).map(|id| id.to_string());
        self.send(Call::get("list_sessions", "/api/sessions").query("projectId", project_id.as_deref())).await?.list()
    }

    /// One session.
    pub async fn get_session_by_id(&self, id: &str) -> Result<Session, Error> {
        let call = "get_session_by_id";
        let id = segment(call, "id", id)?;
        self.send(Call::get(call, format!("/api/sessions/{id}"))).await?.one()
    }

    /// Creates a session of a project.
    pub async fn create_session(&self, project_id: i64, fields: &SessionFields) -> Result<Session, Error> {
        let call = Call::post("create_session", "/api/sessions").query("projectId", Some(&project_id.to_string()));
        self.send(call.body(fields)?).await?.one()
    }

    /// Changes what is given of a session.
    pub async fn update_session(&self, id: &str, fields: &SessionFields) -> Result<Session, Error> {
        let call = "update_session";
        let id = segment(call, "id", id)?;
        self.send(Call::patch(call, format!("/api/sessions/{id}")).body(fields)?).await?.one()
    }

    /// Deletes a session.
    pub async fn delete_session(&self, id: &str) -> Result<(), Error> {
        let call = "delete_session";
        let id = segment(call, "id", id)?;
        self.remove(Call::delete(call, format!("/api/sessions/{id}"))).await
    }

    /// The users of a session.
    pub async fn get_session_users(&self, session_id: &str) -> Result<Vec<SessionUser>, Error> {
        let call = "get_session_users";
        let session = segment(call, "session_id", session_id)?;
        self.send(Call::get(call, format!("/api/sessions/{session}/users"))).await?.list()
    }

    /// Adds a user to a session.
    pub async fn add_session_user(&self, session_id: &str, user: &NewSessionUser) -> Result<SessionUser, Error> {
        let call = "add_session_user";
        let session = segment(call, "session_id", session_id)?;
        self.send(Call::post(call, format!("/api/sessions/{session}/users")).body(user)?).await?.one_or_default()
    }

    /// Takes a user out of a session.
    pub async fn remove_session_user(&self, session_id: &str, user_id: i64) -> Result<(), Error> {
        let call = "remove_session_user";
        let session = segment(call, "session_id", session_id)?;
        self.remove(Call::delete(call, format!("/api/sessions/{session}/users/{user_id}"))).await
    }

    /// The outputs of all nodes of a session, as Core lists them.
    pub async fn get_session_node_outputs(&self, session_id: &str) -> Result<Value, Error> {
        let call = "get_session_node_outputs";
        let session = segment(call, "session_id", session_id)?;
        Ok(self.send(Call::get(call, format!("/api/sessions/{session}/node-outputs"))).await?.document())
    }
}
