//! Parents and their outputs: which, from where, and how they travel.

use arbex_runner::outputs::InputsBy;
use serde_json::{Value, json};

use crate::fake::{Fake, failed, success};
use crate::world::{PARENT, World, latest};

async fn fake() -> Fake {
    Fake::start([success(Value::Null)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_that_is_not_there_is_answered_with_those_that_are() {
    let mut configuration = latest("async function run(ctx) {}");
    configuration["parent"]["nodeInstanceName"] = json!("cvs-input");
    let world = World::new(&configuration).await;
    let fake = fake().await;
    assert_eq!(
        world.failure(&fake.url).await,
        "system-arbex-js failed: parent.nodeInstanceName: the node has no parent 'cvs-input'; its parents are 'empty', 'csv-input'"
    );
    assert!(fake.asked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_cannot_be_used_names_its_field() {
    for (configuration, says) in [
        (json!({ "script": "s" }), "configuration: parent.nodeInstanceName: must name the parent node to read"),
        (
            json!({ "script": "s", "parent": { "nodeInstanceName": "csv-input", "mode": "newest" } }),
            "configuration: parent.mode: unknown variant `newest`, expected `latest` or `history`",
        ),
    ] {
        let world = World::new(&configuration).await;
        let fake = fake().await;
        let said = world.failure(&fake.url).await;
        assert!(said.starts_with(&format!("system-arbex-js failed: {says}")), "{said}");
        assert!(fake.asked().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn configuration_below_the_allowed_prefixes_is_sent_and_no_secret() {
    let mut configuration = latest("async function run(ctx) {}");
    configuration["system"] = json!({ "configPrefixes": ["system.", "absent"] });
    let world = World::new(&configuration).await;
    let fake = fake().await;
    world.document(&fake.url).await;
    let context = &fake.asked()[0].body["context"];
    let entry = |name: &str, kind: i64, value: &str| json!({ "name": name, "valueType": kind, "value": value, "description": null });
    let expected =
        [entry("system.api_secret", 0, "**REDACTED**"), entry("system.deep.y", 1, "2"), entry("system.x", 0, "1")];
    assert_eq!(context["system"]["config"], json!({ "system.": expected, "absent": [] }));
    assert!(context["system"]["version"].is_object());
    let text = &fake.asked()[0].text;
    assert!(!text.contains("person@example.org") && !text.contains("Display Name") && !text.contains("hush"), "{text}");

    configuration["system"] = json!({ "enabled": false, "configPrefixes": ["system."] });
    let world = World::new(&configuration).await;
    let fake = self::fake().await;
    world.document(&fake.url).await;
    assert!(fake.asked()[0].body["context"].get("system").is_none());
    assert!(
        !world.core.requests().iter().any(|asked| asked.path == "/version" || asked.path.contains("config/system"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_go_inline_where_that_is_wanted_and_within_the_bound() {
    let mut world = World::new(&latest("async function run(ctx) {}")).await;
    world.inputs.by = InputsBy::Inline;
    world.output(PARENT, "a.bin", &[0xff, 0, 1], "2026-01-01T00:00:00Z").await;
    world.inputs.max_inline_bytes = 3;
    let fake = fake().await;
    world.document(&fake.url).await;
    assert_eq!(fake.asked()[0].body["inputs"][0]["content"], json!({ "base64": "/wAB" }));

    world.output(PARENT, "a.txt", b"text", "2026-01-02T00:00:00Z").await;
    let said = world.failure(&fake.url).await;
    assert!(said.contains("may be 3 bytes together (--max-inline-mb)"), "{said}");
    world.inputs.max_inline_bytes = 4;
    world.document(&fake.url).await;
    assert_eq!(fake.asked()[1].body["inputs"][0]["content"], json!({ "text": "text" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_holds_no_blobs_is_named() {
    let world = World::new(&latest("async function run(ctx) {}")).await;
    world.seed_output(PARENT, 1, "select", "2026-01-01T00:00:00Z");
    let fake = fake().await;
    let said = world.failure(&fake.url).await;
    assert!(said.contains("'Another' is of type PostgreSql, which holds no blobs"), "{said}");
    assert!(!said.contains("hush") && fake.asked().is_empty(), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_whose_bytes_are_gone_is_still_listed() {
    let world = World::new(&latest("async function run(ctx) {}")).await;
    world.output(PARENT, "there.csv", b"n\n", "2026-01-01T00:00:00Z").await;
    world.seed_output(PARENT, 7, "gone.csv", "2026-01-02T00:00:00Z");
    let fake = fake().await;
    world.document(&fake.url).await;
    let input = &fake.asked()[0].body["inputs"][0];
    assert_eq!(input["descriptor"]["dataPath"], "gone.csv");
    assert!(input["content"]["url"].as_str().unwrap().contains("X-Amz-Signature="), "{input}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_default_store_that_is_not_there_is_named_with_those_that_are() {
    let world = World::new(&latest("async function run(ctx) {}")).await;
    world
        .core
        .seed(&serde_json::from_value(json!({ "config": { "runner_config.default_store": "Mine" } })).unwrap())
        .unwrap();
    let fake = fake().await;
    let said = world.failure(&fake.url).await;
    let names = "there is no data source 'Mine' (runner_config.default_store); there are 'Another', 'HEAT Managed Object Store'";
    assert_eq!(said, format!("system-arbex-js failed: {names}"));

    // What the script did is not forgotten over it.
    let failure = json!({ "message": "boom", "reason": "script_error", "details": "", "line": 3 });
    let fake = Fake::start([failed(failure)]).await;
    let said = world.failure(&fake.url).await;
    assert_eq!(said, format!("system-arbex-js failed: boom (script_error at line 3); and {names}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_is_not_json_is_said_to_be_none() {
    for text in ["{ script:", "null", "[]", "\"script\""] {
        let world = World::with_text(text).await;
        let fake = fake().await;
        let said = world.failure(&fake.url).await;
        assert!(said.starts_with("system-arbex-js failed: configuration: "), "{said}");
        assert!(fake.asked().is_empty() && world.outputs().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_source_that_is_gone_or_of_an_unknown_type_is_named() {
    let world = World::new(&latest("async function run(ctx) {}")).await;
    world.seed_output(PARENT, 1, "a.csv", "2026-01-01T00:00:00Z");
    let fake = fake().await;
    world.runtime(&fake.url).delete_data_source(1).await.unwrap();
    let said = world.failure(&fake.url).await;
    assert!(said.contains("its data source 1 cannot be read: ") && said.contains("404"), "{said}");

    let odd = json!({
        "dataSources": [{ "id": 11, "name": "Odd", "type": 99, "connectionString": "hush" }],
        "config": { "runner_config.default_store": "Odd" }
    });
    world.core.seed(&serde_json::from_value(odd).unwrap()).unwrap();
    world.seed_output(PARENT, 11, "a.csv", "2026-01-02T00:00:00Z");
    let said = world.failure(&fake.url).await;
    assert!(said.contains("'Odd' is of type 99, which holds no blobs") && !said.contains("hush"), "{said}");
    assert!(fake.asked().is_empty());

    // Nor can anything be stored there.
    world.seed_output(PARENT, 7, "a.csv", "2026-01-03T00:00:00Z");
    let said = world.failure(&fake.url).await;
    assert!(said.contains("the default store cannot be opened: data source 'Odd' is of type 99"), "{said}");
}
