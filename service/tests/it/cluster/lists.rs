//! Lists: what they give, their pages and bounds, and what goes wrong with them.

use std::time::Duration;

use arbex_cluster::ClusterSettings;
use kube_dev::k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use kube_dev::k8s_openapi::api::core::v1::{Namespace, Node, PersistentVolumeClaim, Pod, Service};
use kube_dev::k8s_openapi::api::networking::v1::Ingress;
use kube_dev::sample::pod;
use kube_dev::{ApiServer, Fault};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{assert_rejects, calls, envelope_for, request, run, sandbox, sandbox_with, settings, soon};
use crate::support::caller;

/// The seed's own script.
const TRIAGE: &str = r#"async function run(ctx) { if (!ctx.system) return { error: "system disabled (system.enabled: false)" }; const ns = ctx.system.k8sNamespaces[0]; const pods = await ctx.system.k8s.listPods({ namespace: ns }); const failing = pods.filter((p) => p.phase !== "Running"); return { failingCount: failing.length, failing }; }"#;

async fn server() -> ApiServer {
    ApiServer::start().await.unwrap()
}

/// So many running pods in `heat`.
fn fill(server: &ApiServer, count: usize) {
    for index in 0..count {
        server.put(&pod("heat", &format!("pod-{index:06}"), "Running", &[("app", "web")], &["main"]));
    }
}

fn object<K: DeserializeOwned>(json: Value) -> K {
    serde_json::from_value(json).unwrap()
}

#[tokio::test]
async fn the_seed_s_triage_finds_the_failing_pods() {
    let server = server().await;
    server.put(&pod("heat", "good", "Running", &[], &["a"]));
    server.put(&pod("heat", "bad", "Failed", &[("app", "x")], &["a", "b"]));
    server.put(&pod("heat", "waiting", "Pending", &[], &["a"]));
    server.put(&pod("other", "elsewhere", "Failed", &[], &["a"]));
    let envelope = run(&sandbox(&server), TRIAGE).await;
    assert_eq!(envelope["output"]["failingCount"], 2, "{envelope}");
    let names: Vec<_> =
        envelope["output"]["failing"].as_array().unwrap().iter().map(|pod| pod["name"].clone()).collect();
    assert_eq!(names, ["bad", "waiting"]);
    assert_eq!(envelope["console"], json!([]));
    assert_eq!(envelope["metrics"]["bridgeCalls"], 1);
}

/// One object of each kind as the API server has it, and what a script sees of it.
#[tokio::test]
async fn summaries_have_the_members_of_the_platform_s_reports() {
    let server = server().await;
    let stamp = "2026-01-02T03:04:05Z";
    server.put::<Pod>(&object(json!({
        "metadata": { "name": "web-0", "namespace": "heat", "creationTimestamp": stamp, "labels": { "app": "web" } },
        "spec": { "nodeName": "n1", "containers": [
            { "name": "main", "image": "i:1", "resources": { "requests": { "cpu": "250m", "memory": "64Mi" }, "limits": { "cpu": "1", "memory": "1Gi" } } },
            { "name": "side", "image": "s:2" },
            { "name": "new" },
        ] },
        "status": { "phase": "Running", "podIP": "10.1.2.3", "startTime": stamp, "containerStatuses": [
            { "name": "side", "ready": false, "restartCount": 3, "image": "", "imageID": "", "state": { "waiting": { "reason": "CrashLoopBackOff" } } },
            { "name": "main", "ready": true, "restartCount": 1, "image": "", "imageID": "", "state": { "running": { "startedAt": stamp } } },
        ] },
    })));
    let workload = json!({
        "metadata": { "name": "w", "namespace": "heat", "creationTimestamp": stamp, "labels": { "a": "b" } },
        "spec": { "replicas": 3, "selector": {}, "serviceName": "s", "template": { "spec": { "containers": [{ "name": "c", "image": "i:1" }, { "name": "d", "image": "j:2" }] } } },
        "status": { "replicas": 3, "readyReplicas": 2, "availableReplicas": 1, "updatedReplicas": 3 },
    });
    server.put::<Deployment>(&object(workload.clone()));
    server.put::<StatefulSet>(&object(workload));
    server.put::<PersistentVolumeClaim>(&object(json!({
        "metadata": { "name": "c", "namespace": "heat" },
        "spec": { "storageClassName": "fast", "accessModes": ["ReadWriteOnce"], "volumeName": "pv-1" },
        "status": { "phase": "Bound", "capacity": { "storage": "10Gi" } },
    })));
    server.put::<Ingress>(&object(json!({
        "metadata": { "name": "i", "namespace": "heat" },
        "spec": { "ingressClassName": "nginx", "tls": [{ "hosts": ["a.example"], "secretName": "tls" }], "rules": [
            { "host": "a.example", "http": { "paths": [
                { "path": "/", "pathType": "Prefix", "backend": { "service": { "name": "web", "port": { "number": 80 } } } },
                { "path": "/x", "pathType": "Exact", "backend": { "service": { "name": "x", "port": { "name": "http" } } } },
            ] } },
            { "host": "a.example" },
        ] },
    })));
    server.put::<Service>(&object(json!({
        "metadata": { "name": "s", "namespace": "heat" },
        "spec": { "type": "NodePort", "clusterIP": "10.9.9.9", "selector": { "app": "web" }, "ports": [
            { "name": "http", "port": 80, "targetPort": "web", "protocol": "TCP", "nodePort": 30080 }, { "port": 53, "targetPort": 53, "protocol": "UDP" },
        ] },
    })));
    server.put::<Namespace>(&object(json!({ "metadata": { "name": "heat" }, "status": { "phase": "Active" } })));
    server.put::<Node>(&object(json!({
        "metadata": { "name": "n1", "labels": { "node-role.kubernetes.io/control-plane": "", "node-role.kubernetes.io/worker": "" } },
        "status": {
            "capacity": { "cpu": "4", "memory": "16Gi" }, "allocatable": { "cpu": "3900m", "memory": "15Gi" },
            "conditions": [{ "type": "Ready", "status": "True", "reason": "KubeletReady", "message": "ok", "lastTransitionTime": stamp }],
            "nodeInfo": { "kubeletVersion": "v1.33.1", "architecture": "", "bootID": "", "containerRuntimeVersion": "", "kernelVersion": "",
                "kubeProxyVersion": "", "machineID": "", "operatingSystem": "", "osImage": "", "systemUUID": "" },
        },
    })));
    let container = |name: &str, image: &str, ready: bool, restarts: u32, state: Value| {
        json!({ "name": name, "image": image, "ready": ready, "restarts": restarts, "state": state,
            "cpuRequest": null, "cpuLimit": null, "memoryRequest": null, "memoryLimit": null })
    };
    let mut main = container("main", "i:1", true, 1, json!("running"));
    for (key, value) in [("cpuRequest", "250m"), ("cpuLimit", "1"), ("memoryRequest", "64Mi"), ("memoryLimit", "1Gi")] {
        main[key] = json!(value);
    }
    let workload = json!([{ "name": "w", "namespace": "heat", "replicas": 3, "readyReplicas": 2, "availableReplicas": 1, "updatedReplicas": 3,
        "images": ["i:1", "j:2"], "createdAt": stamp, "labels": { "a": "b" } }]);
    let path = |path: &str, kind: &str, service: &str, port: Value| json!({ "host": "a.example", "path": path, "pathType": kind, "service": service, "port": port });
    let expected = [
        (
            "listPods",
            json!([{ "name": "web-0", "namespace": "heat", "phase": "Running", "ready": false, "restarts": 4, "node": "n1",
            "podIp": "10.1.2.3", "startTime": stamp, "createdAt": stamp, "labels": { "app": "web" },
            "containers": [main, container("side", "s:2", false, 3, json!("waiting: CrashLoopBackOff")), container("new", "", false, 0, json!(null))] }]),
        ),
        ("listDeployments", workload.clone()),
        ("listStatefulSets", workload),
        (
            "listPersistentVolumeClaims",
            json!([{ "name": "c", "namespace": "heat", "phase": "Bound", "storageClass": "fast",
            "capacity": "10Gi", "accessModes": ["ReadWriteOnce"], "volumeName": "pv-1" }]),
        ),
        (
            "listIngresses",
            json!([{ "name": "i", "namespace": "heat", "className": "nginx", "hosts": ["a.example"],
            "paths": [path("/", "Prefix", "web", json!(80)), path("/x", "Exact", "x", json!("http"))],
            "tls": [{ "hosts": ["a.example"], "secretName": "tls" }] }]),
        ),
        (
            "listServices",
            json!([{ "name": "s", "namespace": "heat", "type": "NodePort", "clusterIp": "10.9.9.9", "ports": [
            { "name": "http", "port": 80, "targetPort": "web", "protocol": "TCP", "nodePort": 30080 },
            { "name": null, "port": 53, "targetPort": 53, "protocol": "UDP", "nodePort": null }], "selector": { "app": "web" } }]),
        ),
        ("listNamespaces", json!([{ "name": "heat", "phase": "Active" }])),
        (
            "listNodes",
            json!([{ "name": "n1", "ready": true, "roles": ["control-plane", "worker"], "kubeletVersion": "v1.33.1",
            "cpuCapacity": "4", "memoryCapacity": "16Gi", "cpuAllocatable": "3900m", "memoryAllocatable": "15Gi",
            "conditions": [{ "type": "Ready", "status": "True", "reason": "KubeletReady", "message": "ok", "lastTransitionTime": stamp }] }]),
        ),
    ];
    let made = calls(&sandbox(&server), expected.iter().map(|(method, _)| json!([method])).collect()).await;
    for ((method, expected), made) in expected.into_iter().zip(made) {
        assert_eq!(made, expected, "{method}");
    }
    assert_eq!(calls(&sandbox(&server), json!([["listPods", { "namespace": "other" }]])).await, [json!([])]);
}

/// All ten are on their way before any is answered.
#[tokio::test]
async fn ten_lists_together_are_asked_for_together() {
    let server = server().await;
    fill(&server, 2);
    server.put_pod_metrics("heat", r#"{"kind":"PodMetricsList","items":[{"usage":{"cpu":"1n"}}]}"#);
    server.hold_until(10);
    let script = r#"async function run(ctx) {
      const { k8s } = ctx.system;
      const all = await Promise.all([k8s.listPods(), k8s.listDeployments(), k8s.listStatefulSets(), k8s.listPersistentVolumeClaims(),
        k8s.listIngresses(), k8s.listServices(), k8s.listNamespaces(), k8s.listNodes(), k8s.getPodMetrics(), k8s.listPods({ namespace: "other" })]);
      return all.map((list) => list.length ?? list);
    }"#;
    let envelope = soon(run(&sandbox(&server), script)).await;
    let metrics = json!({ "kind": "PodMetricsList", "items": [{ "usage": { "cpu": "1n" } }] });
    assert_eq!(envelope["output"], json!([2, 0, 0, 0, 0, 0, 0, 0, metrics, 0]), "{envelope}");
}

/// How many there are, how many are wanted, how many come, in pages of how many.
#[tokio::test]
async fn a_list_is_cut_at_max_items_and_says_so() {
    let table: [(usize, Option<u64>, usize, &[&str]); 9] = [
        (0, None, 0, &["201"]),
        (200, None, 200, &["201"]),
        (201, None, 200, &["201"]),
        (1, Some(1), 1, &["2"]),
        (2, Some(1), 1, &["2"]),
        (500, Some(500), 500, &["500"]),
        (501, Some(500), 500, &["500", "1"]),
        (1001, Some(1001), 1001, &["500", "500", "2"]),
        (2001, Some(2000), 2000, &["500", "500", "500", "500", "1"]),
    ];
    for (there, max_items, given, pages) in table {
        let server = server().await;
        fill(&server, there);
        let sandbox = sandbox(&server);
        let mut request = request("async (ctx) => ctx", &json!([]));
        request["configuration"]["script"] = json!(
            "async function run(ctx) { const pods = await ctx.system.k8s.listPods(); return [pods.length, pods.at(-1)?.name]; }"
        );
        request["configuration"]["system"]["k8s"]["maxItems"] = json!(max_items);
        let envelope = envelope_for(&sandbox, &request, &caller()).await;
        let last = given.checked_sub(1).map(|last| format!("pod-{last:06}"));
        assert_eq!(envelope["output"], json!([given, last]), "{there} {max_items:?}: {envelope}");
        let console = envelope["console"].as_array().unwrap();
        assert_eq!(console.len(), usize::from(given < there), "{there} {max_items:?}: {console:?}");
        if let Some(entry) = console.first() {
            let expected =
                format!("listPods: these are the first {given}; there are more (system.k8s.maxItems, at most 2000)");
            assert_eq!((&entry["level"], &entry["message"]), (&json!("warn"), &json!(expected)));
        }
        let asked: Vec<_> = server.journal().iter().map(|asked| asked.parameter("limit").unwrap().to_owned()).collect();
        assert_eq!(asked, pages, "{there} {max_items:?}");
        assert_eq!(sandbox.cluster_bytes_in_use(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_100_000_pods_only_as_many_are_read_as_are_shown() {
    let server = server().await;
    fill(&server, 100_000);
    // Room for one page at a time and the summaries, which is far below what all of them would take.
    let cluster = ClusterSettings { budget_bytes: 4 << 20, ..settings(&server.kubeconfig("heat")) };
    let sandbox = sandbox_with(cluster);
    let mut request = request(
        "async function run(ctx) { const pods = await ctx.system.k8s.listPods(); return pods.map((pod) => pod.name); }",
        &json!([]),
    );
    request["configuration"]["system"]["k8s"]["maxItems"] = json!(2000);
    let envelope = envelope_for(&sandbox, &request, &caller()).await;
    let expected: Vec<_> = (0..2000).map(|index| format!("pod-{index:06}")).collect();
    assert_eq!(envelope["output"], json!(expected), "{}", envelope["output"]["message"]);
    assert_eq!(server.journal().len(), 5);
    assert_eq!(sandbox.cluster_bytes_in_use(), 0);
}

#[tokio::test]
async fn labels_select_as_the_api_server_understands_them() {
    let server = server().await;
    for (name, labels) in [("a", [("app", "web"), ("tier", "x")]), ("b", [("app", "db"), ("tier", "x")])] {
        server.put(&pod("heat", name, "Running", &labels, &["c"]));
    }
    let selectors = ["app=web", "app!=web", "app in (web, db),tier=x", "!app", "", "app=web&limit=1", "app in web"];
    let asked: Value = selectors.iter().map(|selector| json!(["listPods", { "labelSelector": selector }])).collect();
    let made = calls(&sandbox(&server), asked).await;
    let names =
        |made: &Value| made.as_array().map(|pods| pods.iter().map(|pod| pod["name"].clone()).collect::<Vec<_>>());
    for (made, expected) in
        made.iter().zip([json!(["a"]), json!(["b"]), json!(["a", "b"]), json!([]), json!(["a", "b"])])
    {
        assert_eq!(names(made).map(Value::Array), Some(expected));
    }
    for made in &made[5..] {
        let expected = json!({ "name": "ClusterError", "status": 400, "reason": "BadRequest", "cause": "status", "message": "unable to parse requirement" });
        assert_rejects(made, &expected);
    }
    assert_eq!(server.journal()[5].parameter("limit"), Some("201"), "a selector stays a selector");
}

/// What goes wrong with one request, and what the script is told. What a failed answer holds stays outside.
#[tokio::test]
async fn whatever_goes_wrong_is_told_in_our_own_words() {
    let canary = "canary-5eCreT";
    let page = || format!("<html>{canary}</html>");
    let told = |cause: &str, message: &str| json!({ "name": "ClusterError", "cause": cause, "message": message });
    let status = |status: u16, reason: &str, message: &str| json!({ "name": "ClusterError", "cause": "status", "status": status, "reason": reason, "message": message });
    let table = [
        (
            Fault::Status(404, "NotFound", "the server could not find the requested resource"),
            status(
                404,
                "NotFound",
                "listPods: the API server answered 404 NotFound to list pods in the namespace \"heat\": the server could not find",
            ),
        ),
        (
            Fault::Status(500, "InternalError", "etcd is gone"),
            status(500, "InternalError", "500 InternalError to list pods"),
        ),
        (Fault::Status(503, "ServiceUnavailable", "later"), status(503, "ServiceUnavailable", "later")),
        (Fault::Page(502, page()), json!({ "name": "ClusterError", "cause": "status", "status": 502, "reason": null })),
        (Fault::Page(302, page()), json!({ "name": "ClusterError", "cause": "status", "status": 302 })),
        (
            Fault::Busy(Some(3600)),
            json!({ "name": "ClusterError", "cause": "busy", "status": 429, "reason": "TooManyRequests", "message": "asks to wait 3600000 ms" }),
        ),
        (
            Fault::Busy(Some(u64::MAX)),
            json!({ "name": "ClusterError", "cause": "busy", "status": 429, "reason": "TooManyRequests", "message": "asks to wait 86400000 ms" }),
        ),
        (Fault::Garbage(page()), told("not_understood", "the answer is not what the Kubernetes API gives")),
        (Fault::Garbage("[]".to_owned()), told("not_understood", "")),
        (Fault::Garbage(r#"{"items":[{"metadata":5}]}"#.to_owned()), told("not_understood", "")),
        (Fault::Garbage("{".repeat(60_000)), told("not_understood", "")),
        (Fault::Garbage(" ".repeat(70_000)), told("too_large", "one answer of the API server is over 65536 bytes")),
        (Fault::Hangup, told("broken", "ended before the answer did")),
        (Fault::Cut, told("broken", "ended before the answer did")),
    ];
    let server = server().await;
    fill(&server, 3);
    let cluster = ClusterSettings { max_answer_bytes: 65_536, ..settings(&server.kubeconfig("heat")) };
    let sandbox = sandbox_with(cluster);
    for (fault, expected) in table {
        server.fault("pods", fault.clone());
        let made = calls(&sandbox, json!([["listPods"], ["listPods"]])).await;
        assert_rejects(&made[0], &expected);
        assert!(!made[0].to_string().contains(canary), "{made:?}");
        assert_eq!(made[1].as_array().map(Vec::len), Some(3), "after {fault:?}: {made:?}");
    }
    // An answer without any items is an empty list.
    server.fault("pods", Fault::Garbage(r#"{"items":null}"#.to_owned()));
    assert_eq!(calls(&sandbox, json!([["listPods"]])).await, [json!([])]);
}

#[tokio::test]
async fn a_busy_api_server_is_asked_again_when_it_says() {
    let server = server().await;
    fill(&server, 1);
    for after in [Some(1), None, Some(0)] {
        server.fault("pods", Fault::Busy(after));
    }
    let made = calls(&sandbox(&server), json!([["listPods"]])).await;
    assert_eq!(made[0].as_array().map(Vec::len), Some(1), "{made:?}");
    assert_eq!(server.journal().len(), 4);
}

#[tokio::test]
async fn a_list_that_goes_stale_is_read_once_more() {
    for (stale, requests) in [(1, 4), (2, 4)] {
        let server = server().await;
        fill(&server, 600);
        let sandbox = sandbox(&server);
        let mut request = request(super::CALLS, &json!([["listPods"]]));
        request["configuration"]["system"]["k8s"]["maxItems"] = json!(1000);
        for _ in 0..stale {
            // The first page comes, the second has gone stale.
            server.fault("pods", Fault::Slow(Duration::ZERO));
            server.fault("pods", Fault::Expired);
        }
        let envelope = envelope_for(&sandbox, &request, &caller()).await;
        let made = &envelope["output"][0];
        if stale == 1 {
            assert_eq!(made.as_array().map(Vec::len), Some(600), "{envelope}");
        } else {
            let expected = json!({ "name": "ClusterError", "status": 410, "reason": "Expired", "cause": "stale" });
            assert_rejects(made, &expected);
        }
        assert_eq!(server.journal().len(), requests);
    }
}

/// The server's own way to forget: a token from before is of no use any more.
#[tokio::test]
async fn compaction_between_two_pages_is_noticed() {
    let server = server().await;
    fill(&server, 501);
    server.hold_until(2);
    let sandbox = sandbox(&server);
    let mut request = request(super::CALLS, &json!([["listPods"]]));
    request["configuration"]["system"]["k8s"]["maxItems"] = json!(1000);
    let caller = caller();
    // The first page waits for a second request, so that the server can be made to forget before the next.
    let listing = envelope_for(&sandbox, &request, &caller);
    let waking = async {
        let other = calls(&sandbox, json!([["listPods", { "namespace": "other" }]])).await;
        assert_eq!(other, [json!([])]);
        server.compact();
        // Each later request of the list waits for one of ours.
        for _ in 0..3 {
            calls(&sandbox, json!([["listPods", { "namespace": "other" }]])).await;
        }
    };
    let (envelope, ()) = soon(async { tokio::join!(listing, waking) }).await;
    assert_eq!(envelope["output"][0].as_array().map(Vec::len), Some(501), "{envelope}");
}

/// A server that always has one more page, and one that gives far more than it is asked for.
#[tokio::test]
async fn a_server_without_measure_is_not_followed() {
    let server = server().await;
    for _ in 0..101 {
        server.fault("pods", Fault::Garbage(r#"{"metadata":{"continue":"x"},"items":[]}"#.to_owned()));
    }
    let sandbox = sandbox(&server);
    let made = calls(&sandbox, json!([["listPods"]])).await;
    assert_rejects(&made[0], &json!({ "name": "ClusterError", "cause": "not_understood" }));
    assert_eq!(server.journal().len(), 100);

    let server = self::server().await;
    server.fault("pods", Fault::Garbage(format!(r#"{{"items":[{}]}}"#, vec!["{}"; 100_000].join(","))));
    let made = calls(&super::sandbox(&server), json!([["listPods"]])).await;
    assert_eq!(made[0].as_array().map(Vec::len), Some(200));
}

#[tokio::test]
async fn what_the_account_may_not_is_named() {
    let server = server().await;
    server.allow(|asked| asked.resource == "services");
    let made = calls(
        &sandbox(&server),
        json!([["listPods"], ["listIngresses", { "namespace": "other" }], ["listNodes"], ["getPodMetrics"], ["listServices"]]),
    )
    .await;
    let may_not = |what: &str| {
        json!({ "name": "ClusterError", "status": 403, "reason": "Forbidden", "cause": "status",
            "message": format!("403 Forbidden: this service's account may not list {what}; whoever runs the cluster can allow it") })
    };
    let places = [
        "pods in the namespace \"heat\"",
        "ingresses in the namespace \"other\"",
        "nodes of the cluster",
        "pods in the namespace \"heat\"",
    ];
    for (made, place) in made.iter().zip(places) {
        assert_rejects(made, &may_not(place));
    }
    assert_eq!(made[4], json!([]));
}

#[tokio::test]
async fn an_answer_that_is_late_is_given_up() {
    let server = server().await;
    server.fault("pods", Fault::Slow(Duration::from_secs(3600)));
    let cluster = ClusterSettings { timeout_ms: 50, ..settings(&server.kubeconfig("heat")) };
    let made = soon(calls(&sandbox_with(cluster), json!([["listPods"]]))).await;
    assert_rejects(
        &made[0],
        &json!({ "name": "ClusterError", "cause": "timeout", "message": "did not answer in 50 ms (--cluster-timeout-ms" }),
    );
}

#[tokio::test]
async fn the_run_s_deadline_ends_what_waits_for_the_cluster() {
    let server = server().await;
    server.fault("pods", Fault::Slow(Duration::from_secs(3600)));
    let sandbox = sandbox(&server);
    let mut request = request(
        "async function run(ctx) { try { await ctx.system.k8s.listPods(); } catch { return 'caught'; } }",
        &json!([]),
    );
    request["configuration"]["timeoutMs"] = json!(100);
    let envelope = soon(envelope_for(&sandbox, &request, &caller())).await;
    assert_eq!(envelope["output"]["reason"], "timeout", "{envelope}");
    assert_eq!(sandbox.cluster_bytes_in_use(), 0);
}

/// Where nobody listens, where TLS is expected and not spoken, and with a token that is not known.
#[tokio::test]
async fn a_cluster_that_cannot_be_used_is_told_apart() {
    let server = server().await;
    let address = server.address();
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let table = [
        (
            kube_dev::kubeconfig(&format!("http://{gone}"), "t", "heat"),
            json!({ "cause": "connect", "message": "no connection" }),
        ),
        (
            kube_dev::kubeconfig(&format!("https://{address}"), "t", "heat"),
            json!({ "cause": "tls", "message": "does not speak TLS" }),
        ),
        (
            kube_dev::kubeconfig(&format!("http://{address}"), "wrong", "heat"),
            json!({ "cause": "status", "status": 401, "message": "credentials" }),
        ),
    ];
    for (kubeconfig, expected) in table {
        let made = soon(calls(&sandbox_with(settings(&kubeconfig)), json!([["listPods"]]))).await;
        assert_rejects(&made[0], &expected);
        assert_eq!(made[0]["name"], "ClusterError");
        assert!(!made[0].to_string().contains("127.0.0.1"), "{made:?}");
    }
    assert_eq!(server.journal(), []);
}

/// Rooms too small for a page, and for the calls that a script starts at once.
#[tokio::test]
async fn answers_take_room_that_is_given_back() {
    let server = server().await;
    fill(&server, 200);
    let cluster = ClusterSettings { budget_bytes: 64 << 10, ..settings(&server.kubeconfig("heat")) };
    let sandbox = sandbox_with(cluster);
    let made = calls(&sandbox, json!([["listPods"], ["listServices"]])).await;
    assert_rejects(&made[0], &json!({ "name": "ClusterError", "cause": "no_room", "message": "--cluster-budget-mb" }));
    assert_eq!(made[1], json!([]));
    assert_eq!(sandbox.cluster_bytes_in_use(), 0);

    let many = "async function run(ctx) { return (await Promise.all(Array.from({ length: 1000 }, () => ctx.system.k8s.listServices()))).length; }";
    let envelope = run(&super::sandbox(&server), many).await;
    assert_eq!(envelope["output"], 1000, "{envelope}");
}

/// A script that has spoiled every builtin gets its pods all the same.
#[tokio::test]
async fn tampering_reaches_neither_arguments_nor_answers() {
    let server = server().await;
    fill(&server, 2);
    let script = r#"async function run(ctx) {
      const { k8s, config } = ctx.system;
      const seen = [];
      for (const of of [Array, String, Object, Promise, Map, Number, Function]) {
        for (const name of Object.getOwnPropertyNames(of.prototype)) {
          if (name === "constructor" || (of === Promise && name === "then") || (of === Array && name === "push")) continue;
          try { Object.defineProperty(of.prototype, name, { configurable: true, get() { seen.push(name); return () => "secret"; } }); } catch {}
        }
      }
      Object.prototype.namespace = "secret";
      JSON.parse = () => ({ k8sNamespaces: ["secret"], hasConfig: true });
      Symbol.iterator;
      let pods;
      try { pods = await k8s.listPods({ namespace: "heat", labelSelector: "app=web" }); } catch (error) { return error.message; }
      let refused;
      try { await k8s.listPods({}); } catch (error) { refused = error.name; }
      return [pods.length, refused, typeof config];
    }"#;
    let envelope = run(&sandbox(&server), script).await;
    assert_eq!(envelope["output"], json!([2, "PermissionError", "object"]), "{envelope}");
    assert!(server.journal().iter().all(|asked| asked.namespace.as_deref() == Some("heat")), "{:?}", server.journal());
}

#[tokio::test]
async fn the_parts_of_system_are_frozen() {
    let server = server().await;
    let script = r#"async function run(ctx) {
      const { system } = ctx;
      return [system, system.k8s, system.config, system.k8sNamespaces, system.version].map(Object.isFrozen).concat(Object.keys(system), system.k8sNamespaces);
    }"#;
    let envelope = run(&sandbox(&server), script).await;
    let expected = json!([true, true, true, true, true, "version", "k8sNamespaces", "k8s", "config", "heat", "other"]);
    assert_eq!(envelope["output"], expected, "{envelope}");
}
