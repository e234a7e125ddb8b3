//! The members of every DTO are those of the reference, no more and no fewer.

use serde_json::{Value, json};

use crate::support::{SESSION, claim, get, options, output, post, send, start};

const RUNNER_TASK: &str = "id nodeInstanceId nodeInstance runnerTag runnerTypeId nodeInstanceConfiguration \
    sessionTemplateConfiguration parentNodeOutputs state verboseState lastRunnerOutput retryCount maxRetries createdAt \
    referenceTime updatedAt";
const NODE_INSTANCE: &str = "id sessionId session nodeTemplateId nodeTemplate name configuration lastProcessed lastState \
    statusDetails currentOutputId currentOutput outputs parents";
const NODE_OUTPUT: &str = "id nodeInstanceId configuration createdAt dataSourceId dataPath outputIdentifier";
const NODE_TEMPLATE: &str = "id name type inputSchema outputSchema acceptsMultipleInputs requiresConfiguration \
    configurationSchema featureInternalName feature supportedRunners hasNonJsonArtifacts";
const RUNNER_TYPE: &str =
    "id name containerImage cpuLimit memoryLimit description createdAt updatedAt enabled featureInternalName";
const FEATURE: &str = "internalName displayName icon isEnabled ownershipType description createdAt updatedAt";
const SESSION_DTO: &str = "id name email projectId project sessionTemplateId sessionTemplate simulationName scenarios \
    dimensions logoUrl userId metadata";
const SESSION_TEMPLATE: &str = "id name description configuration nodes";
const SESSION_TEMPLATE_NODE: &str = "id name nodeTemplateId nodeTemplate defaultConfiguration parents";
// `dashboardVersion` is named only where a dimension is changed; it is shown, so that it can be checked.
const SESSION_DIMENSION: &str = "id dimensionName nodeOutputId data dimensionUsers scenarioInstance layoutConfiguration \
    scenarioInstanceId dashboardVersion";
const SESSION_DIMENSION_DTO: &str = "id dimensionName nodeOutputId dimensionUsers dimensionUserIds scenarioInstance \
    layoutConfiguration scenarioInstanceId sessionId dashboardVersion";
const DIMENSION_USER: &str = "internalId externalHEATId role group";
const SCENARIO_INSTANCE: &str = "id simulationId sessionId scenarioName scenarioInstanceId from to dimensions";
const DATA_SOURCE: &str = "id name description type connectionString createdAt";
const PROJECT: &str =
    "id hexId title description icon ownerId owner defaultSessionTemplateId defaultSessionTemplate createdAt";

fn members(dto: &Value, expected: &str) {
    let mut expected: Vec<_> = expected.split_whitespace().collect();
    expected.sort_unstable();
    let mut found: Vec<_> = dto.as_object().unwrap_or_else(|| panic!("{dto} is no object")).keys().collect();
    found.sort_unstable();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn members_are_the_documented_ones() {
    let core = start(options());
    core.queue_task(72).expect("node 72");
    let (_, task) = claim(&core, "r-1").await;
    members(&task, RUNNER_TASK);
    members(&task["nodeInstance"], NODE_INSTANCE);
    members(&task["nodeInstance"]["parents"][0], NODE_INSTANCE);
    members(&task["parentNodeOutputs"][0], NODE_OUTPUT);
    let (_, node) = get(&core, "/api/nodes/72").await;
    members(&node, NODE_INSTANCE);
    members(&node["outputs"][0], NODE_OUTPUT);
    let (_, nodes) = get(&core, &format!("/api/nodes?sessionId={SESSION}")).await;
    members(&nodes["template"][2], NODE_INSTANCE);
    let (_, stored) = post(&core, "/api/nodes/72/output", output(72, "p")).await;
    members(&stored, NODE_OUTPUT);

    let (_, template) = get(&core, "/api/nodetemplates/9").await;
    members(&template["template"], NODE_TEMPLATE);
    members(&template["template"]["feature"], FEATURE);
    members(&template["template"]["supportedRunners"][0], RUNNER_TYPE);
    let (_, runner_type) = get(&core, "/api/runnertypes/3").await;
    members(&runner_type, RUNNER_TYPE);

    let (_, session) = get(&core, &format!("/api/sessions/{SESSION}")).await;
    members(&session, SESSION_DTO);
    members(&session["project"], PROJECT);
    members(&session["sessionTemplate"], SESSION_TEMPLATE);
    members(&session["sessionTemplate"]["nodes"][0], SESSION_TEMPLATE_NODE);
    members(&session["scenarios"][0], SCENARIO_INSTANCE);
    members(&session["dimensions"][0], SESSION_DIMENSION);
    let (_, dimension) = get(&core, "/api/sessions/dimensions/1").await;
    members(&dimension, SESSION_DIMENSION_DTO);
    members(&dimension["dimensionUsers"][0], DIMENSION_USER);
    let (_, template) = get(&core, "/api/sessiontemplates/2").await;
    members(&template, SESSION_TEMPLATE);
    members(&template["nodes"][1]["parents"][0], SESSION_TEMPLATE_NODE);
    let (_, project) = get(&core, "/api/projects/4").await;
    members(&project, PROJECT);
    let (_, data_source) = get(&core, "/api/datasources/1").await;
    members(&data_source, DATA_SOURCE);
}

/// A create or a change that a typed Core could not read either.
#[tokio::test]
async fn refusals_name_the_member() {
    let core = start(options());
    let check = async |method: &str, path: &str, body: Value, status: u16, words: &str| {
        let answer = send(&core, method, path, Some(&body), &[]).await;
        assert_eq!(answer.0, status, "{method} {path}: {}", answer.1);
        let message = answer.1["message"].as_str().expect("a message");
        assert!(message.contains(words), "{method} {path}: {message}");
    };
    check("POST", "/api/projects", json!({}), 400, "Project.title is missing").await;
    check("POST", "/api/projects", json!({ "title": 1 }), 400, "Project.title is 1").await;
    check("PUT", "/api/projects/4", json!({ "ownerId": "x" }), 400, "an integer").await;
    check("PUT", "/api/projects/40", json!({}), 404, "no Project 40").await;
    check("POST", "/api/nodetemplates", json!({ "name": "n", "type": "Sink" }), 400, "Input, Transform, Output").await;
    check("POST", "/api/nodes/72/output", output(71, "p"), 400, "71 in the body and 72 in the path").await;
    check("POST", "/api/nodes/73/output", output(73, "p"), 404, "no node 73").await;
    let mut foreign = output(72, "p");
    foreign["dataSourceId"] = json!(2);
    check("POST", "/api/nodes/72/output", foreign, 400, "no data source 2").await;
    check("POST", "/api/tasks/claim", json!({ "runnerTag": "r" }), 400, "supportedNodeTemplateNames").await;
    check("PUT", "/api/nodes/72/status", json!({ "lastState": "3" }), 400, "invalid type").await;
    check("POST", "/api/sessions", json!({ "name": "n" }), 400, "?projectId=").await;
    check("POST", &format!("/api/sessions/{SESSION}/users"), json!({ "role": "r" }), 400, "externalHeatId").await;
    check("GET", "/api/nodes", Value::Null, 400, "?sessionId=").await;
    check("GET", "/api/nodes/x", Value::Null, 404, "integers").await;
    check("GET", "/api/elsewhere", Value::Null, 404, "no route").await;
}
