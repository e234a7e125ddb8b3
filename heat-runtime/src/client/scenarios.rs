use crate::http::{Call, segment};
use crate::{Error, HeatRuntime, ScenarioInstance, ScenarioInstanceFields};

impl HeatRuntime {
    /// The scenarios of a session.
    pub async fn get_session_scenario_instances(&self, session_id: &str) -> Result<Vec<ScenarioInstance>, Error> {
        let call = "get_session_scenario_instances";
        let session = segment(call, "session_id", session_id)?;
        self.send(Call::get(call, format!("/api/sessions/{session}/scenario-instances"))).await?.list()
    }

    /// The official client's older name of [`get_session_scenario_instances`](Self::get_session_scenario_instances).
    #[deprecated(note = "call get_session_scenario_instances")]
    pub async fn list_scenario_instances(&self, session_id: &str) -> Result<Vec<ScenarioInstance>, Error> {
        self.get_session_scenario_instances(session_id).await
    }

    /// Adds a scenario to a session.
    pub async fn add_scenario_instance(
        &self,
        session_id: &str,
        fields: &ScenarioInstanceFields,
    ) -> Result<ScenarioInstance, Error> {
        let call = "add_scenario_instance";
        let session = segment(call, "session_id", session_id)?;
        self.send(Call::post(call, format!("/api/sessions/{session}/scenario-instances")).body(fields)?).await?.one()
    }

    /// The official client's older name of [`add_scenario_instance`](Self::add_scenario_instance).
    #[deprecated(note = "call add_scenario_instance")]
    pub async fn create_scenario_instance(
        &self,
        session_id: &str,
        fields: &ScenarioInstanceFields,
    ) -> Result<ScenarioInstance, Error> {
        self.add_scenario_instance(session_id, fields).await
    }

    /// Changes what is given of a scenario.
    pub async fn update_scenario_instance(
        &self,
        session_id: &str,
        scenario_id: &str,
        fields: &ScenarioInstanceFields,
    ) -> Result<ScenarioInstance, Error> {
        let call = "update_scenario_instance";
        let session = segment(call, "session_id", session_id)?;
        let scenario = segment(call, "scenario_id", scenario_id)?;
        let path = format!("/api/sessions/{session}/scenario-instances/{scenario}");
        self.send(Call::patch(call, path).body(fields)?).await?.one()
    }

    /// Takes a scenario out of a session.
    pub async fn remove_scenario_instance(&self, session_id: &str, scenario_id: &str) -> Result<(), Error> {
        let call = "remove_scenario_instance";
        let session = segment(call, "session_id", session_id)?;
        let scenario = segment(call, "scenario_id", scenario_id)?;
        self.remove(Call::delete(call, format!("/api/sessions/{session}/scenario-instances/{scenario}"))).await
    }
}
