use serde_json::Value;

use crate::http::{Call, segment};
use crate::{Error, HeatRuntime};

/// Beyond the official client: what a Core says of itself.
impl HeatRuntime {
    /// What was built, and when.
    pub async fn get_version(&self) -> Result<Value, Error> {
        Ok(self.send(Call::get("get_version", "/version")).await?.document())
    }

    /// All that can be discovered.
    pub async fn get_discovery(&self) -> Result<Value, Error> {
        Ok(self.send(Call::get("get_discovery", "/api/discovery")).await?.document())
    }

    /// The node templates of this cluster, with their schemas.
    pub async fn get_discovery_node_templates(&self) -> Result<Value, Error> {
        Ok(self.send(Call::get("get_discovery_node_templates", "/api/discovery/node-templates")).await?.document())
    }

    /// The dashboard components of this release.
    pub async fn get_discovery_dashboard_components(&self) -> Result<Value, Error> {
        let call = Call::get("get_discovery_dashboard_components", "/api/discovery/dashboard-components");
        Ok(self.send(call).await?.document())
    }

    /// The configuration keys of this release.
    pub async fn get_discovery_platform_configuration_keys(&self) -> Result<Value, Error> {
        let call = Call::get("get_discovery_platform_configuration_keys", "/api/discovery/platform-configuration-keys");
        Ok(self.send(call).await?.document())
    }

    /// One document of this release's bundle.
    pub async fn get_discovery_docs(&self, key: &str) -> Result<Value, Error> {
        let call = "get_discovery_docs";
        let key = segment(call, "key", key)?;
        Ok(self.send(Call::get(call, format!("/api/discovery/docs/{key}"))).await?.document())
    }
}
