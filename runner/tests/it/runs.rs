//! Runs of the real service: what a script sees, and what is stored of it.

use base64::Engine as _;
use heat_core_dev::{Core, CoreOptions};
use serde_json::{Value, json};

use crate::process::runner_of;
use crate::s3::S3;
use crate::service::Service;
use crate::world::{ARBEX, EMPTY, PARENT, SESSION, World, latest};

const SUM: &str = "async function run(ctx) {
    const table = await ctx.inputs.latest.openTabularReader();
    let sum = 0;
    for await (const row of table) sum += Number(row.n);
    return { sum, input: ctx.inputs.latest.descriptor };
}";

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_csv_goes_by_url_and_comes_back_as_a_stored_envelope() {
    // Spaces and digits that a parser would not give back: the snapshot must be these very bytes.
    let configuration = format!(
        r#"{{ "script": {}, "parent": {{"mode":"latest","nodeInstanceName":"csv-input"}}, "threshold": 1.50 }}"#,
        json!(SUM)
    );
    let world = World::with_text(&configuration).await;
    world.output(PARENT, "old.csv", b"n\n100\n", "2026-01-01T00:00:00Z").await;
    world.output(PARENT, "new.csv", b"n\n1\n2\n", "2026-01-02T00:00:00Z").await;
    let service = Service::start(&world.s3.origin()).await;

    let task_id = world.run(&service.url).await;
    let envelope = world.stored(task_id).await;
    assert_eq!(world.status().0, 3, "{envelope}");
    assert_eq!(envelope["status"], "SUCCESS");
    assert_eq!(envelope["output"]["sum"], 3);
    let input = &envelope["output"]["input"];
    assert_eq!((&input["dataPath"], &input["sizeBytes"]), (&json!("new.csv"), &json!(6)));
    assert_eq!((&input["detectedKind"], &input["createdAtUtc"]), (&json!("tabular"), &json!("2026-01-02T00:00:00Z")));
    let snapshot = envelope["configurationSnapshotBase64"].as_str().unwrap();
    assert_eq!(base64::engine::general_purpose::STANDARD.decode(snapshot).unwrap(), configuration.as_bytes());
    assert_eq!(world.outputs()[0].configuration, configuration);

    let metrics = world.metrics.render();
    for line in [
        r#"arbex_runner_claims_total{result="task"} 1"#,
        r#"arbex_runner_tasks_total{result="completed"} 1"#,
        r#"arbex_runner_tasks_total{result="script"} 0"#,
        r#"arbex_runner_phase_seconds_count{phase="execute"} 1"#,
        r#"arbex_runner_phase_seconds_count{phase="store"} 1"#,
        "arbex_runner_task_age_seconds_count 1",
        "arbex_runner_tasks_in_flight 0",
    ] {
        assert!(metrics.lines().any(|there| there == line), "{line}\n{metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_sees_what_is_around_and_nothing_of_persons() {
    let mut configuration = latest("async function run(ctx) { console.log(JSON.stringify(ctx)); return ctx; }");
    configuration["parent"]["nodeInstanceName"] = json!("empty");
    configuration["system"] = json!({ "configPrefixes": ["system."] });
    let world = World::new(&configuration).await;
    let service = Service::start(&world.s3.origin()).await;
    let envelope = world.document(&service.url).await;
    let ctx = &envelope["output"];
    let session = &ctx["session"];
    assert_eq!(session["id"], SESSION);
    assert_eq!((&session["projectId"], &session["simulationName"]), (&json!(4), &json!("sim-a")));
    assert_eq!(session["template"], "demo-template");
    assert_eq!(session["configuration"], json!({ "retentionPolicy": { "mode": "KeepAll" } }));
    assert_eq!(session["nodes"].as_array().unwrap().len(), 3);
    assert_eq!(
        (&session["nodes"][1]["instanceName"], &session["nodes"][1]["templateName"]),
        (&json!("csv-input"), &json!("input-node"))
    );
    assert_eq!((&ctx["node"]["instanceId"], &ctx["node"]["instanceName"]), (&json!(ARBEX), &json!("arbex")));
    assert_eq!(ctx["node"]["templateName"], "system-arbex-js");
    assert!(ctx["node"]["taskId"].is_i64() && ctx["node"]["configuration"]["script"].is_string(), "{ctx}");
    let parent = |name: &str, id: i64| json!({ "name": name, "templateName": "input-node", "instanceId": id });
    assert_eq!(ctx["parents"], json!([parent("empty", EMPTY), parent("csv-input", PARENT)]));
    assert_eq!(ctx["inputs"], json!({ "latest": null }));
    assert!(ctx["system"]["version"].is_object(), "{ctx}");
    let all = envelope.to_string();
    assert!(!all.contains("person@example.org") && !all.contains("Display Name") && !all.contains("hush"), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_ordered_and_limited() {
    const NAMES: &str =
        "async function run(ctx) { return [...ctx.inputs.history].map((input) => input.descriptor.dataPath); }";
    for (order, limit, expected) in [
        (json!("newestFirst"), json!(2), json!(["4.csv", "3.csv"])),
        (json!("oldestFirst"), json!(2), json!(["1.csv", "2.csv"])),
        (json!("oldestFirst"), Value::Null, json!(["1.csv", "2.csv", "3.csv", "4.csv"])),
        (Value::Null, json!(3), json!(["4.csv", "3.csv", "2.csv"])),
    ] {
        let mut configuration = latest(NAMES);
        configuration["parent"]["mode"] = json!("history");
        for (key, value) in [("historyOrder", order), ("historyLimit", limit)] {
            if !value.is_null() {
                configuration["parent"][key] = value;
            }
        }
        let world = World::new(&configuration).await;
        // Two of them at the same time: the order in which they were made decides.
        for (name, time) in [("1.csv", "01"), ("2.csv", "02"), ("3.csv", "02"), ("4.csv", "03")] {
            world.output(PARENT, name, b"n\n", &format!("2026-01-{time}T00:00:00Z")).await;
        }
        let service = Service::start(&world.s3.origin()).await;
        assert_eq!(world.document(&service.url).await["output"], expected, "{configuration}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dataservice_root_is_stored_as_one() {
    let mut configuration = latest(
        "async function run(ctx) {
            const ds = heat.dataservice.createBuilder();
            ds.addGroup('g', 'G');
            ds.value({ id: 'k', name: 'K', groupId: 'g' }, { n: 3 });
            return ds.buildRoot();
        }",
    );
    configuration["dataserviceOutput"] = json!({ "enabled": true, "persistence": "dataservice-root" });
    let world = World::new(&configuration).await;
    let service = Service::start(&world.s3.origin()).await;
    let root = world.document(&service.url).await;
    assert_eq!(root["$heat-dataservice"]["realms"][0]["channels"][0]["data"]["value"], json!({ "n": 3 }));
    assert_eq!(root["$heat-arbex-run"]["status"], "SUCCESS");
    assert!(root.get("output").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_run_is_stored_and_fails_the_node() {
    for (script, limits, details) in [
        (
            "async function run(ctx) {\n  throw new TypeError('no\\nway');\n}",
            json!({}),
            "system-arbex-js failed: TypeError: no way (script_error at line 2, column ",
        ),
        ("async function run(ctx) { for (;;); }", json!({ "timeoutMs": 50 }), "system-arbex-js failed: "),
        ("function walk() {}", json!({}), "system-arbex-js failed: "),
    ] {
        let mut configuration = latest(script);
        configuration.as_object_mut().unwrap().extend(limits.as_object().unwrap().clone());
        let world = World::new(&configuration).await;
        let service = Service::start(&world.s3.origin()).await;
        let task_id = world.run(&service.url).await;
        let (state, said) = world.status();
        assert_eq!(state, 2);
        assert!(said.starts_with(details), "{said}");
        let envelope = world.stored(task_id).await;
        let reason = envelope["output"]["reason"].as_str().unwrap();
        assert!(envelope["status"] == "ERROR" && said.contains(reason), "{said} {envelope}");
        assert!(world.metrics.render().contains(r#"arbex_runner_tasks_total{result="script"} 1"#));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_service_refuses_is_named() {
    let mut configuration = latest("async function run(ctx) {}");
    configuration["maxMemoryMb"] = json!(2048);
    let world = World::new(&configuration).await;
    let service = Service::start(&world.s3.origin()).await;
    let said = world.failure(&service.url).await;
    assert!(
        said.contains("system-arbex-js failed: the Arbex service answered 422: /configuration/maxMemoryMb: "),
        "{said}"
    );
    assert_eq!(world.outputs(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_over_the_cap_fails_the_node_and_leaves_an_envelope_that_says_so() {
    // With its quotes a text of 1022 characters is 1024 bytes of JSON.
    for (length, fits) in [(1022, true), (1023, false)] {
        let world = World::new(&latest(&format!("async function run(ctx) {{ return 'x'.repeat({length}); }}"))).await;
        let service = Service::start_with("127.0.0.1:0", &["--max-output-bytes", "1024"]).await;
        let task_id = world.run(&service.url).await;
        let (envelope, (state, said)) = (world.stored(task_id).await, world.status());
        if fits {
            assert_eq!((state, envelope["status"].as_str()), (3, Some("SUCCESS")), "{said}");
        } else {
            assert_eq!((state, &envelope["output"]["reason"]), (2, &json!("output_too_large")), "{said}");
            assert!(said.starts_with("system-arbex-js failed: ") && said.contains("output_too_large"), "{said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_developer_core_brings_as_a_demo_goes_through() {
    let s3 = S3::start().await;
    let demo = include_str!("../../../heat-core-dev/demo.json").replace("127.0.0.1:9000", &s3.address);
    let seed = serde_json::from_str(&demo).unwrap();
    let core = Core::start(CoreOptions { seed, ..CoreOptions::default() }).unwrap();
    let service = Service::start(&s3.origin()).await;
    let output = runner_of(&core.base_url(), &service.url).arg("--once").output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let store = heat_runtime::HeatRuntime::new(heat_runtime::HeatRuntimeOptions::new(core.base_url())).unwrap();
    let store = store.get_data_source_by_id(1).await.unwrap().store().unwrap();
    let document: Value = serde_json::from_slice(&store.get(&core.outputs(2)[0].data_path).await.unwrap()).unwrap();
    assert_eq!(document["output"], json!({ "task": 1, "of": "numbers.json" }));
}
