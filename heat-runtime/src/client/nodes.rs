use serde_json::Value;

use crate::http::Call;
use crate::{
    AnalyticsData, Error, HeatRuntime, NewNodeOutput, NodeInstance, NodeOutput, NodeOutputData, NodeStatus, Repeat,
};

impl HeatRuntime {
    /// One node.
    pub async fn get_node_by_id(&self, id: i64) -> Result<NodeInstance, Error> {
        self.send(Call::get("get_node_by_id", format!("/api/nodes/{id}"))).await?.one()
    }

    /// One node, as Core sends it.
    pub async fn get_node_instance_raw(&self, id: i64) -> Result<Value, Error> {
        Ok(self.send(Call::get("get_node_instance_raw", format!("/api/nodes/{id}"))).await?.untouched())
    }

    /// The nodes of a session.
    pub async fn list_nodes(&self, session_id: &str) -> Result<Vec<NodeInstance>, Error> {
        self.send(Call::get("list_nodes", "/api/nodes").query("sessionId", Some(session_id))).await?.list()
    }

    /// Attaches an output to a node. Not repeated when it is not known whether Core did it;
    /// [`create_node_output_with`](Self::create_node_output_with) lets you say otherwise.
    pub async fn create_node_output(&self, node_id: i64, output: &NewNodeOutput) -> Result<NodeOutput, Error> {
        self.create_node_output_with(node_id, output, Repeat::IfRefused).await
    }

    /// As [`create_node_output`](Self::create_node_output). With [`Repeat::Always`] an output may come to be there twice, which is
    /// harmless where its path and identifier name the task.
    pub async fn create_node_output_with(
        &self,
        node_id: i64,
        output: &NewNodeOutput,
        repeat: Repeat,
    ) -> Result<NodeOutput, Error> {
        let call = Call::post("create_node_output", format!("/api/nodes/{node_id}/output")).body(output)?;
        self.send(call.repeat(repeat)).await?.one_or_default()
    }

    /// Sets a node's state, and perhaps its configuration.
    pub async fn update_node_status(&self, node_id: i64, status: &NodeStatus) -> Result<Value, Error> {
        let call = Call::put("update_node_status", format!("/api/nodes/{node_id}/status")).body(status)?;
        Ok(self.send(call).await?.document())
    }

    /// Where a node's newest output is.
    pub async fn get_node_latest_output(&self, node_id: i64) -> Result<NodeOutput, Error> {
        self.send(Call::get("get_node_latest_output", format!("/api/nodes/{node_id}/output"))).await?.one()
    }

    /// Where all of a node's outputs are, the oldest first.
    pub async fn list_node_outputs(&self, node_id: i64) -> Result<Vec<NodeOutput>, Error> {
        self.send(Call::get("list_node_outputs", format!("/api/nodes/{node_id}/output/all"))).await?.list()
    }

    /// Makes a new task for a node. A GET that creates: repeated only when Core surely did nothing.
    pub async fn reprocess_node(&self, node_id: i64) -> Result<Value, Error> {
        let call = Call::get("reprocess_node", format!("/api/nodes/{node_id}/reprocess"));
        Ok(self.send(call.repeat(Repeat::IfRefused)).await?.document())
    }

    /// An output's stored data, as dashboards read it.
    pub async fn get_node_output_by_id(&self, output_id: i64) -> Result<AnalyticsData, Error> {
        let call = Call::get("get_node_output_by_id", format!("/api/node-instances/outputs/{output_id}/data"));
        Ok(AnalyticsData { raw: self.send(call).await?.untouched() })
    }

    /// An output's stored data, byte for byte.
    pub async fn get_node_output_data(&self, output_id: i64) -> Result<NodeOutputData, Error> {
        let call = Call::get("get_node_output_data", format!("/api/node-instances/outputs/{output_id}/data"));
        let answer = self.send(call).await?;
        Ok(NodeOutputData { content_type: answer.content_type, bytes: answer.body })
    }
}
