//! The official client's calls by their names and arguments, made with this library.

use heat_runtime::{Error, HeatRuntime, LoadEnvOptions, SetConfigOptions};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// All calls of the official client.
pub const NAMES: [&str; 78] = [
    "listDataSources",
    "getDataSourceById",
    "createDataSource",
    "updateDataSource",
    "deleteDataSource",
    "listSessions",
    "getSessionById",
    "createSession",
    "deleteSession",
    "updateSession",
    "getSessionUsers",
    "addSessionUser",
    "removeSessionUser",
    "getSessionNodeOutputs",
    "listProjects",
    "getProjectById",
    "createProject",
    "updateProject",
    "deleteProject",
    "listSessionTemplates",
    "getSessionTemplateById",
    "createSessionTemplate",
    "updateSessionTemplate",
    "deleteSessionTemplate",
    "exportSessionTemplate",
    "importSessionTemplate",
    "listSessionTemplateNodes",
    "getSessionTemplateNodeById",
    "createSessionTemplateNode",
    "updateSessionTemplateNode",
    "deleteSessionTemplateNode",
    "getSessionScenarioInstances",
    "listScenarioInstances",
    "addScenarioInstance",
    "createScenarioInstance",
    "updateScenarioInstance",
    "removeScenarioInstance",
    "getNodeById",
    "listNodes",
    "createNodeOutput",
    "updateNodeStatus",
    "getNodeLatestOutput",
    "listNodeOutputs",
    "reprocessNode",
    "createSessionDimension",
    "getDimensionById",
    "updateSessionDimension",
    "deleteSessionDimension",
    "listDimensionsForUser",
    "getNodeOutputById",
    "listNodeTemplates",
    "getNodeTemplateById",
    "createNodeTemplate",
    "updateNodeTemplate",
    "deleteNodeTemplate",
    "getNodeTemplateRunnerMappings",
    "listRunnerTypes",
    "getRunnerTypeById",
    "createRunnerType",
    "updateRunnerType",
    "deleteRunnerType",
    "getRunnerTypeSupportedTemplates",
    "claimTask",
    "completeTask",
    "signalTaskExecution",
    "failTask",
    "completeNode",
    "failNode",
    "getNodeInstanceRaw",
    "getPlatformConfigurationByPrefix",
    "getConfig",
    "getConfigValue",
    "setConfigValue",
    "getAllPlatformConfig",
    "getPlatformConfigDetail",
    "createPlatformConfig",
    "updatePlatformConfig",
    "deletePlatformConfig",
];

struct Args<'a>(&'a [Value]);

impl Args<'_> {
    /// The argument as what the method takes; one that is absent as null.
    fn at<T: DeserializeOwned>(&self, index: usize) -> T {
        let value = self.0.get(index).cloned().unwrap_or(Value::Null);
        serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("argument {index}, {value}: {error}"))
    }

    fn id(&self, index: usize) -> i64 {
        self.at(index)
    }

    fn text(&self, index: usize) -> String {
        self.at(index)
    }
}

fn done<T: Serialize>(result: Result<T, Error>) -> Result<Value, Error> {
    result.map(|value| serde_json::to_value(value).unwrap())
}

/// Makes a call; its result as JSON, null for nothing.
#[expect(deprecated, reason = "the official client has these names too")]
pub async fn call(runtime: &HeatRuntime, name: &str, args: &[Value]) -> Result<Value, Error> {
    let r = runtime;
    let a = Args(args);
    match name {
        "listDataSources" => done(r.list_data_sources().await),
        "getDataSourceById" => done(r.get_data_source_by_id(a.id(0)).await),
        "createDataSource" => done(r.create_data_source(&a.at(0)).await),
        "updateDataSource" => done(r.update_data_source(a.id(0), &a.at(1)).await),
        "deleteDataSource" => done(r.delete_data_source(a.id(0)).await),
        "listSessions" => done(r.list_sessions(a.at(0)).await),
        "getSessionById" => done(r.get_session_by_id(&a.text(0)).await),
        "createSession" => done(r.create_session(a.id(0), &a.at(1)).await),
        "deleteSession" => done(r.delete_session(&a.text(0)).await),
        "updateSession" => done(r.update_session(&a.text(0), &a.at(1)).await),
        "getSessionUsers" => done(r.get_session_users(&a.text(0)).await),
        "addSessionUser" => done(r.add_session_user(&a.text(0), &a.at(1)).await),
        "removeSessionUser" => done(r.remove_session_user(&a.text(0), a.id(1)).await),
        "getSessionNodeOutputs" => done(r.get_session_node_outputs(&a.text(0)).await),
        "listProjects" => done(r.list_projects().await),
        "getProjectById" => done(r.get_project_by_id(a.id(0)).await),
        "createProject" => done(r.create_project(&a.at(0)).await),
        "updateProject" => done(r.update_project(a.id(0), &a.at(1)).await),
        "deleteProject" => done(r.delete_project(a.id(0)).await),
        "listSessionTemplates" => done(r.list_session_templates().await),
        "getSessionTemplateById" => done(r.get_session_template_by_id(a.id(0)).await),
        "createSessionTemplate" => done(r.create_session_template(&a.at(0)).await),
        "updateSessionTemplate" => done(r.update_session_template(a.id(0), &a.at(1)).await),
        "deleteSessionTemplate" => done(r.delete_session_template(a.id(0)).await),
        "exportSessionTemplate" => done(r.export_session_template(a.id(0)).await),
        "importSessionTemplate" => done(r.import_session_template(&a.at(0)).await),
        "listSessionTemplateNodes" => done(r.list_session_template_nodes(a.id(0)).await),
        "getSessionTemplateNodeById" => done(r.get_session_template_node_by_id(a.id(0), a.id(1)).await),
        "createSessionTemplateNode" => done(r.create_session_template_node(a.id(0), &a.at(1)).await),
        "updateSessionTemplateNode" => done(r.update_session_template_node(a.id(0), a.id(1), &a.at(2)).await),
        "deleteSessionTemplateNode" => done(r.delete_session_template_node(a.id(0), a.id(1)).await),
        "getSessionScenarioInstances" => done(r.get_session_scenario_instances(&a.text(0)).await),
        "listScenarioInstances" => done(r.list_scenario_instances(&a.text(0)).await),
        "addScenarioInstance" => done(r.add_scenario_instance(&a.text(0), &a.at(1)).await),
        "createScenarioInstance" => done(r.create_scenario_instance(&a.text(0), &a.at(1)).await),
        "updateScenarioInstance" => done(r.update_scenario_instance(&a.text(0), &a.text(1), &a.at(2)).await),
        "removeScenarioInstance" => done(r.remove_scenario_instance(&a.text(0), &a.text(1)).await),
        "getNodeById" => done(r.get_node_by_id(a.id(0)).await),
        "listNodes" => done(r.list_nodes(&a.text(0)).await),
        "createNodeOutput" => done(r.create_node_output(a.id(0), &a.at(1)).await),
        "updateNodeStatus" => done(r.update_node_status(a.id(0), &a.at(1)).await),
        "getNodeLatestOutput" => done(r.get_node_latest_output(a.id(0)).await),
        "listNodeOutputs" => done(r.list_node_outputs(a.id(0)).await),
        "reprocessNode" => done(r.reprocess_node(a.id(0)).await),
        "createSessionDimension" => done(r.create_session_dimension(&a.text(0), &a.at(1)).await),
        "getDimensionById" => done(r.get_dimension_by_id(a.id(0)).await),
        "updateSessionDimension" => done(r.update_session_dimension(&a.text(0), a.id(1), &a.at(2)).await),
        "deleteSessionDimension" => done(r.delete_session_dimension(&a.text(0), a.id(1)).await),
        "listDimensionsForUser" => done(r.list_dimensions_for_user(&a.at(0)).await),
        "getNodeOutputById" => done(r.get_node_output_by_id(a.id(0)).await),
        "listNodeTemplates" => done(r.list_node_templates().await),
        "getNodeTemplateById" => done(r.get_node_template_by_id(a.id(0)).await),
        "createNodeTemplate" => done(r.create_node_template(&a.at(0)).await),
        "updateNodeTemplate" => done(r.update_node_template(a.id(0), &a.at(1)).await),
        "deleteNodeTemplate" => done(r.delete_node_template(a.id(0)).await),
        "getNodeTemplateRunnerMappings" => done(r.get_node_template_runner_mappings().await),
        "listRunnerTypes" => done(r.list_runner_types().await),
        "getRunnerTypeById" => done(r.get_runner_type_by_id(a.id(0)).await),
        "createRunnerType" => done(r.create_runner_type(&a.at(0)).await),
        "updateRunnerType" => done(r.update_runner_type(a.id(0), &a.at(1)).await),
        "deleteRunnerType" => done(r.delete_runner_type(a.id(0)).await),
        "getRunnerTypeSupportedTemplates" => done(r.get_runner_type_supported_templates(a.id(0)).await),
        "claimTask" => {
            let names: Vec<String> = a.at(1);
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            done(r.claim_task(&a.text(0), &names).await)
        }
        "completeTask" => done(r.complete_task(a.id(0)).await),
        "signalTaskExecution" => done(r.signal_task_execution(a.id(0)).await),
        "failTask" => done(r.fail_task(a.id(0)).await),
        "completeNode" => done(r.complete_node(a.id(0), a.id(1), a.at::<Option<String>>(2).as_deref()).await),
        "failNode" => done(r.fail_node(a.id(0), a.id(1), a.at::<Option<String>>(2).as_deref()).await),
        "getNodeInstanceRaw" => done(r.get_node_instance_raw(a.id(0)).await),
        "getPlatformConfigurationByPrefix" => done(r.get_platform_configuration_by_prefix(&a.text(0)).await),
        "getConfig" => done(r.get_config(&a.text(0)).await),
        "getConfigValue" => done(r.get_config_value(&a.text(0)).await),
        "setConfigValue" => {
            let options = a.at::<Option<SetConfigOptions>>(2).unwrap_or_default();
            let value: Value = a.at(1);
            let value = value.as_str().map(str::to_owned).unwrap_or_else(|| value.to_string());
            done(r.set_config_value(&a.text(0), value, &options).await)
        }
        "getAllPlatformConfig" => done(r.get_all_platform_config().await),
        "getPlatformConfigDetail" => done(r.get_platform_config_detail(&a.text(0)).await),
        "createPlatformConfig" => done(r.create_platform_config(&a.at(0)).await),
        "updatePlatformConfig" => done(r.update_platform_config(&a.text(0), &a.at(1)).await),
        "deletePlatformConfig" => done(r.delete_platform_config(&a.text(0)).await),
        "loadEnv" => {
            let options: Value = a.at(0);
            let load = LoadEnvOptions {
                runner_name: options["runnerName"].as_str().map(str::to_owned),
                fail_on_missing: options["failOnMissing"].as_bool().unwrap_or(false),
            };
            r.load_env(&load).await.map(|vars| json!(vars.0))
        }
        other => panic!("no such call: {other}"),
    }
}
