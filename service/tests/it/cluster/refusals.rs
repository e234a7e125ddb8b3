//! Everything that is refused before the cluster hears of it.

use arbex::caller::{Caller, Capability};
use arbex::metrics::Metrics;
use arbex::policy::{Reads, Rules};
use arbex_cluster::ClusterSettings;
use kube_dev::ApiServer;
use serde_json::{Value, json};

use super::{
    CALLS, assert_rejects, calls, envelope_for, request, rules, run, sandbox, sandbox_of, sandbox_with, settings,
};
use crate::support::{self, caller};

const LISTS: [&str; 9] = [
    "listPods",
    "listDeployments",
    "listStatefulSets",
    "listPersistentVolumeClaims",
    "listIngresses",
    "listServices",
    "listNamespaces",
    "listNodes",
    "getPodMetrics",
];

fn exec() -> Value {
    json!(["exec", { "podName": "web-0", "command": ["true"] }])
}

fn cluster_manager() -> Value {
    json!(["execClusterManager", { "command": ["true"] }])
}

fn who(capabilities: &[Capability]) -> Caller {
    Caller { name: "who".into(), capabilities: capabilities.iter().copied().collect() }
}

/// One change to what would be allowed, a call, and the words that say who can change it back. Nothing reaches the server.
#[tokio::test]
async fn each_refusal_names_who_can_lift_it() {
    type Change = (Rules, Caller, Value);
    type Row = (fn(&mut Change), Value, &'static str);
    let table: [Row; 13] = [
        (
            |(rules, ..)| rules.reads = Reads::Off,
            json!(["listPods"]),
            "the operator has not switched on cluster reads (--cluster-reads",
        ),
        (
            |(rules, ..)| rules.reads = Reads::Off,
            exec(),
            "the operator has not switched on cluster reads (--cluster-reads",
        ),
        (|(rules, ..)| rules.reads = Reads::Namespaced, json!(["listNodes"]), "--cluster-reads all"),
        (|(rules, ..)| rules.reads = Reads::Namespaced, json!(["listNamespaces"]), "--cluster-reads all"),
        (
            |(_, caller, _)| *caller = who(&[Capability::Execute, Capability::Exec]),
            json!(["listPods"]),
            "lacks the capability \"system\"",
        ),
        (
            |(_, caller, _)| *caller = who(&[Capability::Execute, Capability::System]),
            exec(),
            "lacks the capability \"exec\"",
        ),
        (|(rules, ..)| rules.exec = false, cluster_manager(), "--cluster-exec"),
        (|(.., system)| system["k8s"]["exec"]["enabled"] = json!(false), exec(), "system.k8s.exec.enabled"),
        (
            |(.., system)| system["k8s"]["exec"]["allowClusterManager"] = json!(false),
            cluster_manager(),
            "system.k8s.exec.allowClusterManager",
        ),
        (
            |(.., system)| system["k8s"]["exec"]["podNamePrefixes"] = json!(["db-"]),
            exec(),
            "the pod \"web-0\" begins with no prefix",
        ),
        (
            |_| {},
            json!(["listPods", { "namespace": "kube-system" }]),
            "\"kube-system\" is not listed in the node's configuration",
        ),
        (
            |_| {},
            json!(["listPods", { "namespace": "secret" }]),
            "the operator does not allow the namespace \"secret\"",
        ),
        (
            |(.., system)| system["k8s"]["namespaces"] = json!([]),
            json!(["getPodMetrics"]),
            "no namespace is allowed to both",
        ),
    ];
    let server = ApiServer::start().await.unwrap();
    for (change, call, words) in table {
        let mut request = request(CALLS, &json!([call.clone()]));
        let mut changed = (rules(), caller(), request["configuration"]["system"].take());
        change(&mut changed);
        let (rules, caller, system) = changed;
        request["configuration"]["system"] = system;
        let sandbox = sandbox_of(rules, settings(&server.kubeconfig("heat")));
        let envelope = envelope_for(&sandbox, &request, &caller).await;
        let method = call[0].as_str().unwrap();
        assert_rejects(&envelope["output"][0], &json!({ "name": "PermissionError", "message": format!("{method}: ") }));
        assert_rejects(&envelope["output"][0], &json!({ "name": "PermissionError", "message": words }));
    }
    assert_eq!(server.journal(), []);
}

/// By default a script finds all methods, each of which says what is missing; everything else works.
#[tokio::test]
async fn without_the_operator_s_word_every_call_is_refused() {
    let sandbox = support::sandbox();
    let all: Value = LISTS.iter().map(|method| json!([method])).chain([exec(), cluster_manager()]).collect();
    for made in calls(&sandbox, all).await {
        assert_rejects(&made, &json!({ "name": "PermissionError", "message": "--cluster-reads, ARBEX_CLUSTER_READS" }));
    }
    support::assert_serves(&sandbox, "refusals").await;
}

/// The operator allows it, and there is no cluster: this process runs in no pod.
#[tokio::test]
async fn without_a_cluster_every_call_says_so() {
    let sandbox = sandbox_with(ClusterSettings::default());
    let all: Value = LISTS.iter().map(|method| json!([method])).chain([exec(), cluster_manager()]).collect();
    for made in calls(&sandbox, all).await {
        assert_rejects(
            &made,
            &json!({ "name": "ClusterError", "cause": "no_cluster", "message": "there is no cluster: " }),
        );
    }
    support::assert_serves(&sandbox, "no cluster").await;
}

#[tokio::test]
async fn switched_off_there_is_no_system() {
    let server = ApiServer::start().await.unwrap();
    let mut request = request("async function run(ctx) { return ['system' in ctx, typeof ctx.system]; }", &json!([]));
    request["configuration"]["system"]["enabled"] = json!(false);
    let envelope = envelope_for(&sandbox(&server), &request, &caller()).await;
    assert_eq!(envelope["output"], json!([false, "undefined"]), "{envelope}");
}

/// Options that no caller of good will would pass: an expression of JavaScript, the error's name, and a part of its message.
#[tokio::test]
async fn arguments_are_checked_before_they_are_sent() {
    let (type_error, range_error) = ("TypeError", "RangeError");
    let table = [
        ("listPods('heat')", type_error, "listPods: takes an object of options, got a string"),
        ("listPods([])", type_error, "listPods: takes an object of options, got an array"),
        ("listPods({ namespace: 5 })", type_error, "listPods: namespace must be a string, got a number"),
        ("listPods({ namespace: ['heat'] })", type_error, "namespace must be a string, got an array"),
        ("listPods({ namespace: new String('heat') })", type_error, "namespace must be a string, got an object"),
        (
            "listPods({ namespace: { toString() { return 'heat'; } } })",
            type_error,
            "namespace must be a string, got an object",
        ),
        (
            "listPods({ namespace: 'n'.repeat(254) })",
            range_error,
            "namespace must have at most 253 characters, got 254",
        ),
        ("listPods({ namespace: 'n'.repeat(253) })", "PermissionError", "is not listed"),
        ("listPods({ namespace: '' })", "PermissionError", "the namespace \"\" is not listed"),
        ("listPods({ namespace: '../secret' })", "PermissionError", "is not listed"),
        ("listPods({ namespace: '\\ud800' })", "PermissionError", "is not listed"),
        (
            "listPods({ labelSelector: 'l'.repeat(4097) })",
            range_error,
            "labelSelector must have at most 4096 characters, got 4097",
        ),
        ("listPods({ labelSelector: Symbol('a') })", type_error, "labelSelector must be a string, got a symbol"),
        ("listPods({ get namespace() { throw new SyntaxError('mine'); } })", "SyntaxError", "mine"),
        ("listPods(new Proxy({}, { get() { return 1n; } }))", type_error, "namespace must be a string, got a bigint"),
        ("exec()", type_error, "exec: podName is required"),
        ("exec({ podName: 'web-0' })", type_error, "exec: command must be an array of strings such as"),
        (
            "exec({ podName: 'web-0', command: 'df -h' })",
            type_error,
            "command must be an array of strings such as [\"/bin/sh\", \"-c\", \"df -h\"], got a string",
        ),
        ("exec({ podName: 'web-0', command: [] })", range_error, "command must have 1 to 64 entries, got 0"),
        (
            "exec({ podName: 'web-0', command: Array(65).fill('a') })",
            range_error,
            "command must have 1 to 64 entries, got 65",
        ),
        ("exec({ podName: 'web-0', command: [''] })", range_error, "command[0] must not be empty"),
        ("exec({ podName: 'web-0', command: ['a', 5] })", type_error, "command[1] must be a string, got a number"),
        ("exec({ podName: 'web-0', command: ['a', , 'b'] })", type_error, "command[1] must be a string, got undefined"),
        (
            "exec({ podName: 'web-0', command: ['a'.repeat(16385)] })",
            range_error,
            "command[0] must have at most 16384 characters",
        ),
        (
            "exec({ podName: 'web-0', command: ['a'.repeat(8192), 'a'.repeat(8193)] })",
            range_error,
            "at most 16384 characters in all, got 16385",
        ),
        (
            "exec({ podName: 'web-0', command: new Proxy(['a'], { get: (of, key) => key === 'length' ? Infinity : 'a' }) })",
            range_error,
            "entries, got Infinity",
        ),
        (
            "exec({ podName: 'web-0', command: new Proxy(['a'], { get: () => ({}) }) })",
            range_error,
            "entries, got an object",
        ),
        ("exec({ podName: 'web-0/../db', command: ['a'] })", type_error, "podName must be the name of a pod"),
        (
            "exec({ podName: 'web-0', container: 'A', command: ['a'] })",
            type_error,
            "container must be the name of a container",
        ),
        ("exec({ podName: 'web-0', command: ['a\\0b'] })", type_error, "without the character U+0000"),
        ("execClusterManager('ls')", type_error, "execClusterManager: takes an object of options, got a string"),
        ("execClusterManager()", type_error, "execClusterManager: command must be an array"),
    ];
    let server = ApiServer::start().await.unwrap();
    let sandbox = sandbox(&server);
    for (call, name, message) in table {
        let script = format!(
            "async function run(ctx) {{
               let promise;
               try {{ promise = ctx.system.k8s.{call}; }} catch (error) {{ return 'thrown, not rejected: ' + error; }}
               try {{ return await promise; }} catch (error) {{ return {{ isError: error instanceof Error, name: error.name, message: error.message }}; }}
             }}"
        );
        let envelope = run(&sandbox, &script).await;
        assert_rejects(&envelope["output"], &json!({ "name": name, "message": message }));
    }
    assert_eq!(server.journal(), []);
    // The longest that may be sent fit into a message to the host.
    let longest = "exec({ podName: 'web-' + '0'.repeat(249), namespace: 'é'.repeat(253), container: '\u{4e00}'.repeat(253), command: ['\u{4e00}'.repeat(16384)] })";
    let envelope = run(&sandbox, &format!("async function run(ctx) {{ try {{ await ctx.system.k8s.{longest}; }} catch (error) {{ return error.name; }} }}")).await;
    assert_eq!(envelope["output"], "PermissionError", "{envelope}");
}

/// Entries, redacted; a prefix that is not listed; one that the request brought nothing for.
#[tokio::test]
async fn platform_configuration_comes_with_the_request() {
    let sandbox = support::sandbox();
    let entry = |name: &str, value: Value| json!({ "name": name, "valueType": 1, "value": value, "description": "d" });
    let mut request = request(
        CALLS,
        &json!([
            ["getPrefix", "system."],
            ["getPrefix", "frontend."],
            ["getPrefix", "system"],
            ["getPrefix"],
            ["getPrefix", "empty."]
        ]),
    );
    request["configuration"]["system"]["configPrefixes"] = json!(["system.", "empty."]);
    request["context"] = json!({ "system": { "config": {
        "system.": [entry("system.x", json!("1")), entry("system.dbConnectionString", json!("Host=db;Password=p")), entry("system.SECRET", json!(null))],
        "frontend.": [entry("frontend.x", json!("canary"))],
    } } });
    let envelope = envelope_for(&sandbox, &request, &caller()).await;
    let made = envelope["output"].as_array().unwrap();
    let hidden = json!("**REDACTED**");
    assert_eq!(
        made[0],
        json!([
            entry("system.x", json!("1")),
            entry("system.dbConnectionString", hidden.clone()),
            entry("system.SECRET", hidden)
        ])
    );
    for (made, name, message) in [
        (
            &made[1],
            "PermissionError",
            "getPrefix: the prefix \"frontend.\" is not listed in the node's configuration (system.configPrefixes)",
        ),
        (&made[2], "PermissionError", "the prefix \"system\" is not listed"),
        (&made[3], "TypeError", "getPrefix: prefix must be a string, got undefined"),
        (&made[4], "Error", "the request brought nothing for \"empty.\" (context.system.config)"),
    ] {
        assert_rejects(made, &json!({ "name": name, "message": message }));
    }
    let output = envelope["output"].to_string();
    assert!(!output.contains("canary") && !output.contains("Password"), "{output}");

    let mut without = super::request("async function run(ctx) { return 'config' in ctx.system; }", &json!([]));
    without["configuration"]["system"]["configPrefixes"] = json!([]);
    without["context"] = request["context"].clone();
    assert_eq!(envelope_for(&sandbox, &without, &caller()).await["output"], false);
}

/// Uses are counted by method and by how they ended.
#[tokio::test]
async fn granted_and_refused_uses_are_counted() {
    let server = ApiServer::start().await.unwrap();
    server.allow(|asked| asked.resource != "nodes");
    let sandbox = sandbox(&server);
    let asked = json!([["listPods"], ["listPods"], ["listPods", { "namespace": "no" }], ["listNodes"], ["getPrefix", "no"], exec()]);
    let call =
        arbex::call::Call::decode(request(CALLS, &asked).to_string().as_bytes(), &arbex::call::Ceilings::default())
            .unwrap();
    let run = sandbox.execute(call, &caller()).await.unwrap();
    let metrics = Metrics::new().unwrap();
    metrics.record_run(None, &run.usage);
    let text = metrics.render(&sandbox).unwrap();
    let mut counted: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("arbex_system_calls_total{") && !line.ends_with(" 0"))
        .map(|line| line.trim_start_matches("arbex_system_calls_total").to_owned())
        .collect();
    counted.sort();
    let expected = [
        r#"{operation="exec",result="failed"} 1"#,
        r#"{operation="getPrefix",result="refused"} 1"#,
        r#"{operation="listNodes",result="failed"} 1"#,
        r#"{operation="listPods",result="ok"} 2"#,
        r#"{operation="listPods",result="refused"} 1"#,
    ];
    assert_eq!(counted, expected);
}
