use crate::http::{Call, segment};
use crate::{DimensionFilter, Error, HeatRuntime, NewSessionDimension, SessionDimension, SessionDimensionFields};

impl HeatRuntime {
    /// Creates a dimension of a session.
    pub async fn create_session_dimension(
        &self,
        session_id: &str,
        dimension: &NewSessionDimension,
    ) -> Result<SessionDimension, Error> {
        let call = "create_session_dimension";
        let session = segment(call, "session_id", session_id)?;
        self.send(Call::post(call, format!("/api/sessions/{session}/dimensions")).body(dimension)?).await?.one()
    }

    /// One dimension.
    pub async fn get_dimension_by_id(&self, dimension_id: i64) -> Result<SessionDimension, Error> {
        self.send(Call::get("get_dimension_by_id", format!("/api/sessions/dimensions/{dimension_id}"))).await?.one()
    }

    /// Changes what is given of a dimension.
    pub async fn update_session_dimension(
        &self,
        session_id: &str,
        dimension_id: i64,
        fields: &SessionDimensionFields,
    ) -> Result<SessionDimension, Error> {
        let call = "update_session_dimension";
        let session = segment(call, "session_id", session_id)?;
        let path = format!("/api/sessions/{session}/dimensions/{dimension_id}");
        self.send(Call::patch(call, path).body(fields)?).await?.one()
    }

    /// Takes a dimension out of a session.
    pub async fn delete_session_dimension(&self, session_id: &str, dimension_id: i64) -> Result<(), Error> {
        let call = "delete_session_dimension";
        let session = segment(call, "session_id", session_id)?;
        self.remove(Call::delete(call, format!("/api/sessions/{session}/dimensions/{dimension_id}"))).await
    }

    /// The dimensions a user may see.
    pub async fn list_dimensions_for_user(&self, filter: &DimensionFilter) -> Result<Vec<SessionDimension>, Error> {
        let mut call = Call::get("list_dimensions_for_user", "/api/sessions/users/dimensions")
            .query("userId", filter.user_id.map(|id| id.to_string()).as_deref())
            .query("externalHeatId", filter.external_heat_id.as_deref())
            .query("from", filter.from.as_deref())
            .query("to", filter.to.as_deref())
            .query("dimensionName", filter.dimension_name.as_deref());
        for (name, value) in &filter.extra {
            call = call.query(name, Some(&super::config::js_string(value)));
        }
        self.send(call).await?.list()
    }
}
