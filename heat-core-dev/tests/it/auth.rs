//! Modes, tokens, and what configuration each caller may see and change.

use heat_core_dev::{Auth, AuthMode, Caller, CoreHandle, CoreOptions, REDACTED};
use serde_json::{Value, json};

use crate::support::{get, options, send, start, token};

const FORWARDED: (&str, &str) = ("x-forwarded-for", "203.0.113.9");

fn core(mode: AuthMode) -> CoreHandle {
    let tokens = vec![token("out", Caller::External), token("in", Caller::Internal), token("root", Caller::Privileged)];
    let mut options = CoreOptions { auth: Auth { mode, tokens }, ..options() };
    let more = [
        ("public_api_v1.name", json!("p")),
        ("frontend.facade", json!("f")),
        ("frontend.other", json!("o")),
        ("system.key", json!("k")),
        ("store.ConnectionString", json!("s3")),
        ("store.clientSecret", json!("hush")),
        ("store.bucket", json!("b")),
    ];
    options.seed.config.extend(more.map(|(name, value)| (name.to_owned(), value)));
    start(options)
}

#[tokio::test]
async fn when_a_token_is_needed() {
    let bearer = |text: &str| ("authorization", format!("Bearer {text}"));
    // Without, with a wrong, with a right one; from inside and through a proxy.
    let table = [
        (AuthMode::Local, [200, 200, 200], [200, 200, 200]),
        (AuthMode::ClusterOnly, [200, 401, 200], [401, 401, 200]),
        (AuthMode::Strict, [401, 401, 200], [401, 401, 200]),
    ];
    for (mode, inside, outside) in table {
        let core = core(mode);
        for (forwarded, expected) in [(false, inside), (true, outside)] {
            for (sent, expected) in [None, Some("wrong"), Some("in")].into_iter().zip(expected) {
                let authorization = sent.map(bearer);
                let mut headers: Vec<_> = authorization.iter().map(|(name, value)| (*name, value.as_str())).collect();
                headers.extend(forwarded.then_some(FORWARDED));
                let (status, body) = send(&core, "GET", "/api/nodes/72", None, &headers).await;
                assert_eq!(status, expected, "{mode:?} {headers:?}");
                assert_eq!(body["message"].is_string(), expected == 401);
            }
        }
        assert_eq!(get(&core, "/version").await.0, 200);
    }
}

#[tokio::test]
async fn who_may_do_what_with_configuration() {
    let core = core(AuthMode::Strict);
    let ask = async |who: &str, method: &str, path: &str, body: Option<Value>| {
        let authorization = format!("Bearer {who}");
        send(&core, method, path, body.as_ref(), &[("authorization", &authorization)]).await
    };
    let read = async |who: &str, prefix: &str| ask(who, "GET", &format!("/api/config/{prefix}"), None).await;

    assert_eq!(read("out", "public_api_v1").await, (200, json!({ "name": "p" })));
    assert_eq!(read("out", "frontend.facade").await, (200, json!({ "facade": "f" })));
    for closed in ["frontend", "runner_config", "system", "public_api_v10", "all", "detail/system.key"] {
        assert_eq!(read("out", closed).await.0, 403, "{closed}");
    }
    let redacted = json!({ "ConnectionString": REDACTED, "clientSecret": REDACTED, "bucket": "b" });
    assert_eq!(read("in", "store").await, (200, redacted.clone()));
    assert_eq!(read("in", "all").await.1["store"], redacted);
    assert_eq!(read("in", "detail/store.clientSecret").await.1["value"], json!(REDACTED));
    assert_eq!(read("root", "store").await.1["clientSecret"], json!("hush"));
    assert_eq!(read("root", "detail/store.clientSecret").await.1["value"], json!("hush"));
    assert_eq!(read("in", "nowhere").await.0, 404);
    assert_eq!(read("in", "stor").await.0, 404, "a prefix ends at a dot");

    let entry = |name: &str, value: &str| json!({ "name": name, "valueType": 0, "value": value });
    assert_eq!(ask("in", "POST", "/api/config", Some(entry("x.y", "1"))).await.0, 200);
    assert_eq!(ask("in", "POST", "/api/config", Some(entry("x.y", "1"))).await.0, 409);
    assert_eq!(ask("in", "PUT", "/api/config/x.y", Some(entry("x.y", "2"))).await.0, 200);
    assert_eq!(ask("in", "PUT", "/api/config/x.z", Some(entry("x.y", "2"))).await.0, 400);
    assert_eq!(ask("in", "PUT", "/api/config/x.z", Some(entry("x.z", "2"))).await.0, 404);
    assert_eq!(read("in", "x").await, (200, json!({ "y": "2" })));
    assert_eq!(ask("in", "POST", "/api/config", Some(entry("x", "0"))).await.0, 200);
    assert_eq!(ask("in", "POST", "/api/config", Some(entry("x.y.z", "3"))).await.0, 200);
    assert_eq!(read("in", "all").await.1["x"], json!({ "": "0", "y": { "": "2", "z": "3" } }));
    for (who, status) in [("out", 403), ("in", 403), ("root", 200)] {
        assert_eq!(ask(who, "PUT", "/api/config/system.key", Some(entry("system.key", "n"))).await.0, status);
        assert_eq!(ask(who, "DELETE", "/api/config/system.key", None).await.0, status);
    }
}

/// A token that is taken away while its bearer works.
#[tokio::test]
async fn tokens_change_under_way() {
    let core = core(AuthMode::Strict);
    let ask = async || send(&core, "GET", "/api/nodes/72", None, &[("authorization", "Bearer in")]).await.0;
    assert_eq!(ask().await, 200);
    core.set_auth(Auth { mode: AuthMode::Strict, tokens: Vec::new() });
    assert_eq!(ask().await, 401);
}
