//! What authors are given: each example of the cookbook runs as it says, the types declare what the sandbox has, and the
//! scripting reference names all of it and shows no script that does anything else than it claims.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use arbex::call::Ceilings;
use arbex::http::public_router;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::cases::{kept, kept_document, with_files};
use crate::support;

const COMMAND: &str = "UPDATE_EXPECT=1 cargo test --release -p arbex --test it cookbook";
const REFERENCE_LINE: &str = "/// <reference path=\"heat-arbex.d.ts\" />\n";
const TEMPLATE: &str = "sample-arbex-composable-dashboard.template.json";
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// Interfaces for what scripts pass in, what the cluster answers, and what other interfaces are made of: no object of the
/// sandbox to compare them with.
const SHAPES: [&str; 31] = [
    "AsyncDisposable",
    "Disposable",
    "HeatArbexFetchError",
    "HeatArbexReader",
    "HeatBuildRootOptions",
    "HeatChannelSpec",
    "HeatClusterError",
    "HeatClusterNodeSummary",
    "HeatColumnConfig",
    "HeatConfigEntry",
    "HeatContainerSummary",
    "HeatDataserviceOptions",
    "HeatEventPoint",
    "HeatExecResult",
    "HeatIngressSummary",
    "HeatLayoutOptions",
    "HeatLayoutSettings",
    "HeatNamespaceOptions",
    "HeatNamespaceSummary",
    "HeatPlatformVersion",
    "HeatPodSummary",
    "HeatRangePoint",
    "HeatRowOptions",
    "HeatSeriesPoint",
    "HeatSeriesSpec",
    "HeatServiceSummary",
    "HeatSliceSpec",
    "HeatTimestampPoint",
    "HeatVolumeClaimSummary",
    "HeatWorkloadSummary",
    "SymbolConstructor",
];

/// Of what lib.es2023 declares, what the sandbox lacks.
const ABSENT: [&str; 3] = ["Atomics", "Intl", "SharedArrayBuffer"];

/// Of what the sandbox has, what is newer than lib.es2023 or the engine's own; and the script itself.
const UNDECLARED: [&str; 9] = [
    "AsyncDisposableStack",
    "DisposableStack",
    "Float16Array",
    "InternalError",
    "Iterator",
    "SuppressedError",
    "globalThis",
    "run",
    "undefined",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn examples() -> PathBuf {
    root().join("guest/sdk/examples")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read_json(path: impl AsRef<Path>) -> Value {
    serde_json::from_str(&read(path)).unwrap()
}

/// File names in a folder, sorted.
fn names(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Vec<String> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| wanted(path));
    let mut names: Vec<_> = paths.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[expect(clippy::disallowed_methods, reason = "a switch of this test, not of the service")]
fn update() -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some()
}

/// What differs from what is kept in `path`, if anything does.
fn difference(path: &Path, now: &str) -> Option<String> {
    if update() {
        std::fs::write(path, now).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    (expected != now).then(|| format!("{}: expected\n{expected}\nbut it is\n{now}", path.display()))
}

fn router() -> Router {
    public_router(support::app(support::sandbox(), Ceilings::default(), MAX_BODY_BYTES))
}

async fn post(router: &Router, target: &str, body: &str) -> Vec<u8> {
    let request = Request::post(target).header("content-type", "application/json");
    let response = router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let status = response.status();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    assert_eq!(status, StatusCode::OK, "{target}: {}", String::from_utf8_lossy(&bytes));
    bytes.to_vec()
}

async fn get(router: &Router, target: &str, known: Option<&str>) -> Response<Body> {
    let request = Request::get(target).header(header::IF_NONE_MATCH, known.unwrap_or("\"other\""));
    router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
}

fn head<'r>(response: &'r Response<Body>, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

/// The request of a case, with the script that it is for.
fn request_of(case: &str, script: &str) -> Value {
    let folder = examples().join("cases").join(case);
    let mut request: Value = serde_json::from_str(&with_files(&read(folder.join("request.json")), &folder)).unwrap();
    assert!(request["configuration"].get("script").is_none(), "{case} has a script of its own");
    request["configuration"]["script"] = script.into();
    request
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_example_of_the_cookbook_does_what_it_says() {
    let scripts = names(&examples(), |path| path.extension().is_some_and(|end| end == "js" || end == "ts"));
    let cases = names(&examples().join("cases"), Path::is_dir);
    let router = router();
    let mut faults = Vec::new();
    let mut used = BTreeSet::new();
    for case in &cases {
        // A case has the name of its script; a second case of the same script has more after it.
        let stem = |script: &str| script.rsplit_once('.').unwrap().0.to_owned();
        let script = scripts.iter().filter(|script| case.starts_with(&stem(script))).max_by_key(|script| script.len());
        let script = script.unwrap_or_else(|| panic!("no script for the case {case}"));
        used.insert(script);

        let request = request_of(case, &read(examples().join(script)));
        let persistence = request["configuration"]["dataserviceOutput"]["persistence"].clone();
        let request = request.to_string();
        let folder = examples().join("cases").join(case);
        let envelope = kept(&post(&router, "/execute", &request).await, &request);
        assert!(envelope.contains("\"status\": \"SUCCESS\""), "{case}: {envelope}");
        faults.extend(difference(&folder.join("envelope.json"), &envelope));
        if persistence == "dataservice-root" {
            let document = kept_document(&post(&router, "/execute?as=document", &request).await, &request);
            faults.extend(difference(&folder.join("document.json"), &document));
        }
    }
    assert_eq!(used.len(), scripts.len(), "a script without a case: {scripts:?}");
    assert!(faults.is_empty(), "Write what is meant with\n    {COMMAND}\nand look.\n\n{}", faults.join("\n"));
}

/// The template is a JSON file with the script in it, which nobody would keep the same by hand.
#[test]
fn the_session_template_has_the_script_and_the_configuration_of_the_example() {
    let path = examples().join(TEMPLATE);
    let text = read(&path);
    let script = read(examples().join("sample-arbex-composable-dashboard.js"));
    let mut configuration = read_json(&path)["nodes"][1]["defaultConfiguration"].take();
    let quoted = |script: &Value| script.to_string();
    let now = text.replace(&quoted(&configuration["script"]), &quoted(&script.as_str().into()));
    assert_eq!(difference(&path, &now), None, "write it with {COMMAND}");
    configuration["script"] = script.as_str().into();
    let request = request_of("sample-arbex-composable-dashboard", &script);
    assert_eq!(configuration, request["configuration"]);
}

#[tokio::test]
async fn the_cookbook_is_served() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Entry {
        name: String,
        title: String,
        file: String,
    }
    let router = router();
    let index: Vec<Entry> = serde_json::from_str(&text(get(&router, "/sdk/examples", None).await).await).unwrap();
    let mut listed: Vec<_> = index.iter().map(|entry| entry.file.clone()).collect();
    listed.sort();
    assert_eq!(listed, names(&examples(), Path::is_file), "service/src/http/sdk.rs lists the files of the folder");

    for Entry { name, title, file } in &index {
        let response = get(&router, &format!("/sdk/examples/{file}"), None).await;
        let (tag, kind) = (head(&response, "etag").to_owned(), head(&response, "content-type").to_owned());
        let served = text(response).await;
        assert_eq!(served, read(examples().join(file)));
        let (stem, end) = file.rsplit_once('.').unwrap();
        assert_eq!(name, stem);
        match end {
            "json" => assert_eq!(kind, "application/json"),
            "ts" => assert_eq!(kind, "application/typescript; charset=utf-8"),
            _ => assert_eq!(kind, "text/javascript; charset=utf-8"),
        }
        if end != "json" {
            let header = served.strip_prefix(REFERENCE_LINE).unwrap_or_else(|| panic!("{file} has no reference line"));
            let first = header.lines().next().unwrap();
            assert!(first.ends_with(&format!(": {title}")), "{file} is called otherwise: {first}");
            assert!(
                header.contains("\n// Configuration: ") && header.contains("\n// Output: "),
                "{file} lacks its header"
            );
        }
        let again = get(&router, &format!("/sdk/examples/{file}"), Some(&tag)).await;
        assert_eq!((again.status(), head(&again, "etag")), (StatusCode::NOT_MODIFIED, &*tag), "{file}");
        assert_eq!(text(again).await, "");
    }
}

/// A proxy may make the tag a strong one, and a client may know several versions.
#[tokio::test]
async fn a_version_that_is_known_is_not_sent_again() {
    let router = router();
    for target in ["/sdk/heat-arbex.d.ts", "/sdk/examples/binary-metadata.js"] {
        let tag = head(&get(&router, target, None).await, "etag").to_owned();
        let strong = tag.strip_prefix("W/").unwrap();
        let (list, others) = (format!("\"a\", W/\"b\",{strong} , \"c\""), r#""a", W/"b""#);
        let cut = strong.trim_matches('"');
        for (known, is_known) in [
            (tag.as_str(), true),
            (strong, true),
            (list.as_str(), true),
            ("*", true),
            (others, false),
            (cut, false),
            ("W/*", false),
            ("", false),
        ] {
            let status = get(&router, target, Some(known)).await.status();
            assert_eq!(status, if is_known { StatusCode::NOT_MODIFIED } else { StatusCode::OK }, "{target}: {known}");
        }
    }
}

#[tokio::test]
async fn only_what_the_index_lists_is_served() {
    let router = router();
    for name in [
        "nothing.js",
        "..%2Fheat-arbex.d.ts",
        "%2e%2e%2f%2e%2e%2fCargo.toml",
        "binary-metadata",
        "cases",
        "%00",
        "%ff",
        "é.js",
    ] {
        let response = get(&router, &format!("/sdk/examples/{name}"), None).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{name}");
        assert_eq!(head(&response, "content-type"), "application/problem+json", "{name}");
        let problem: Value = serde_json::from_str(&text(response).await).unwrap();
        assert_eq!(problem["type"], "/problems/no-such-example", "{name}");
        assert!(problem["detail"].as_str().unwrap().contains("/sdk/examples"), "{problem}");
    }
}

#[tokio::test]
async fn the_types_are_served() {
    let router = router();
    let response = get(&router, "/sdk/heat-arbex.d.ts", None).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(head(&response, "content-type"), "application/typescript; charset=utf-8");
    assert_eq!(head(&response, "cache-control"), "no-cache");
    let tag = head(&response, "etag").to_owned();
    assert_eq!(text(response).await, read(root().join("guest/sdk/heat-arbex.d.ts")));
    for known in [tag.clone(), format!("\"other\", {tag}"), "*".to_owned()] {
        assert_eq!(
            get(&router, "/sdk/heat-arbex.d.ts", Some(&known)).await.status(),
            StatusCode::NOT_MODIFIED,
            "{known}"
        );
    }
}

type Members = BTreeMap<String, BTreeSet<String>>;

/// `declared.json`, which `check.mjs` keeps equal to `heat-arbex.d.ts`, and what the script `enumerate.js` finds.
#[derive(Deserialize)]
struct Names<Globals> {
    globals: Globals,
    statics: Members,
    interfaces: Members,
}

#[derive(Deserialize)]
struct Globals {
    ours: BTreeSet<String>,
    language: BTreeSet<String>,
}

fn declared() -> Names<Globals> {
    serde_json::from_value(read_json(root().join("guest/sdk/tests/types/declared.json"))).unwrap()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn the_types_declare_what_the_sandbox_has() {
    let script = read(root().join("guest/sdk/tests/types/enumerate.js"));
    let request = json!({
        "configuration": {
            "script": script,
            "parent": { "nodeInstanceName": "a", "mode": "history", "tabularOptions": { "delimiter": "," } },
            "system": { "configPrefixes": ["system."] },
        },
        "context": {
            "session": { "nodes": [ { "instanceId": 1, "lastState": 3, "statusDetails": "" } ] },
            "parents": [ { "name": "a" } ],
        },
        "inputs": [ { "content": { "json": {} } }, { "content": { "text": "a,b\n1,2\n" } }, { "content": { "base64": "AA==" } } ],
    });
    let envelope = support::envelope_of(&support::sandbox(), &request).await;
    assert_eq!(envelope["status"], "SUCCESS", "{envelope}");
    let found: Names<BTreeSet<String>> = serde_json::from_value(envelope["output"].clone()).unwrap();
    let declared = declared();

    let Globals { ours, language } = &declared.globals;
    let all: BTreeSet<_> = ours.union(language).cloned().collect();
    let (absent, undeclared): (BTreeSet<_>, BTreeSet<_>) = (&all - &found.globals, &found.globals - &all);
    assert_eq!((absent, undeclared), (set(&ABSENT), set(&UNDECLARED)), "globals: absent, undeclared");

    let compared: BTreeSet<_> = found.interfaces.keys().cloned().collect();
    let known: BTreeSet<_> = declared.interfaces.keys().cloned().collect();
    assert_eq!(known, &compared | &set(&SHAPES), "an interface that is neither compared nor known as a mere shape");
    for (name, members) in &found.interfaces {
        let may = declared.interfaces[name].iter();
        let (optional, required): (BTreeSet<_>, BTreeSet<_>) =
            may.map(String::as_str).partition(|name| name.ends_with('?'));
        let optional: BTreeSet<_> = optional.iter().map(|name| name.trim_end_matches('?')).collect();
        let members: BTreeSet<_> = members.iter().map(String::as_str).collect();
        let (missing, extra) = (&required - &members, &(&members - &required) - &optional);
        assert!(
            missing.is_empty() && extra.is_empty(),
            "{name}: declared and missing {missing:?}, undeclared {extra:?}"
        );
    }
    assert_eq!(declared.statics, found.statics);
}

fn reference() -> String {
    read(root().join("docs/scripting.md"))
}

/// Names of the web platform are documented there; and `SymbolConstructor` is the language's.
#[test]
fn the_reference_names_all_that_is_declared() {
    let reference = reference();
    let words: BTreeSet<_> = reference
        .split(|letter: char| !letter.is_alphanumeric() && !"_$-".contains(letter))
        .map(str::to_owned)
        .collect();
    let declared = declared();
    let mut missing = Vec::new();
    for (interface, members) in &declared.interfaces {
        let is_ours = interface.starts_with("Heat");
        let names = members.iter().map(|name| name.trim_end_matches('?').trim_matches(['[', ']']));
        let names = names.map(|name| name.trim_start_matches("Symbol."));
        missing
            .extend(names.filter(|name| is_ours && !words.contains(*name)).map(|name| format!("{interface}.{name}")));
    }
    let globals = declared.globals.ours.iter().map(String::as_str).chain(ABSENT).chain(UNDECLARED);
    missing.extend(globals.filter(|name| !words.contains(*name)).map(str::to_owned));
    assert!(missing.is_empty(), "docs/scripting.md says nothing of {missing:#?}");
}

/// One ```js block of the reference that defines `run`.
struct Snippet {
    line: usize,
    /// From a comment `<!-- with NAME -->` above it: the case of the cookbook whose configuration and inputs it has.
    case: Option<String>,
    script: String,
    /// The ```json block that follows, if one does.
    output: Option<Value>,
}

fn snippets(reference: &str) -> Vec<Snippet> {
    let mut snippets: Vec<Snippet> = Vec::new();
    let mut lines = reference.lines().enumerate();
    let mut case = None;
    // The line on which a block of JSON would belong to the script before it.
    let mut expected_at = None;
    while let Some((at, line)) = lines.next() {
        if let Some(name) = line.strip_prefix("<!-- with ") {
            case = Some(name.trim_end_matches(" -->").to_owned());
        }
        if !["```js", "```ts", "```json"].contains(&line) {
            continue;
        }
        let body: Vec<_> = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
        let text = body.join("\n") + "\n";
        if line == "```json" && expected_at == Some(at) {
            let output =
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("docs/scripting.md:{}: {error}", at + 1));
            snippets.last_mut().unwrap().output = Some(output);
        } else if text.contains("function run(") {
            expected_at = Some(at + body.len() + 2);
            snippets.push(Snippet { line: at + 1, case: case.take(), script: text, output: None });
        }
    }
    snippets
}

#[tokio::test]
async fn the_script_of_the_readme_reads_and_builds() {
    let readme = std::fs::read_to_string("../README.md").unwrap();
    let script = readme.split("```js\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let mut request = support::request(script);
    request["configuration"]["dataserviceOutput"] = json!({ "enabled": true });
    request["inputs"] = json!([{ "content": { "text": std::fs::read_to_string("../examples/sales.csv").unwrap() } }]);
    let envelope = support::envelope_of(&support::sandbox(), &request).await;
    let channel = &envelope["output"]["$heat-dataservice"]["realms"][0]["channels"][0];
    assert_eq!(channel["data"]["value"]["categories"], json!(["north", "south", "east", "west"]), "{envelope}");
}

#[tokio::test]
async fn the_scripts_of_the_reference_give_what_it_says() {
    let snippets = snippets(&reference());
    assert!(6 <= snippets.len(), "only {} scripts were found", snippets.len());
    let sandbox = support::sandbox();
    for Snippet { line, case, script, output } in snippets {
        let request = match case {
            Some(case) => request_of(&case, &script),
            None => support::request(&script),
        };
        let envelope = support::envelope_of(&sandbox, &request).await;
        match output {
            Some(output) => assert_eq!(envelope["output"], output, "docs/scripting.md:{line}: {envelope}"),
            None => assert_eq!(envelope["status"], "SUCCESS", "docs/scripting.md:{line}: {envelope}"),
        }
    }
}
