//! The official client, from its registry, drives a Core. Its requests are those that were recorded from it, and
//! everything it can call does what it expects. Where npm cannot install it, these tests say so and do nothing.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use heat_core_dev::{AuthMode, CoreHandle, EventKind};
use serde_json::Value;

use crate::support::{options, start};

const CLIENT: &str = "@vrai-ie/heat-runtime";
const VERSION: &str = "0.1.0";
const RECORDED: &str = include_str!("../../../heat-runtime/tests/wire/core-api.json");

static INSTALLED: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("official-client");
    let package = folder.join("node_modules").join(CLIENT);
    if package.join("package.json").is_file() {
        return Some(package);
    }
    let wanted = format!("{CLIENT}@{VERSION}");
    let npm = std::fs::create_dir_all(&folder).and_then(|()| {
        let quiet = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
        Command::new("npm").arg("install").arg("--prefix").arg(&folder).args(quiet).arg(wanted).output()
    });
    let why = match npm {
        Ok(Output { status, .. }) if status.success() => return Some(package),
        Ok(Output { stderr, .. }) => String::from_utf8_lossy(&stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    // Not `eprintln!`: that is shown of failing tests only.
    let _ = writeln!(io::stderr(), "SKIPPED: the official client; npm cannot install {CLIENT} {VERSION}: {why}");
    None
});

/// Runs one scenario of `official.mjs`; `false` where there is no client.
fn drive(core: &CoreHandle, scenario: &str) -> bool {
    let Some(package) = INSTALLED.as_deref() else { return false };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/official.mjs");
    let output = Command::new("node").arg(script).arg(scenario).arg(core.base_url()).arg(package).output();
    let Output { status, stdout, stderr } = output.expect("where npm is, node is");
    let said = String::from_utf8_lossy(&stdout) + String::from_utf8_lossy(&stderr);
    assert!(status.success() && said.contains("all asserted"), "{scenario}: {said}\n{:#?}", core.requests());
    true
}

/// The client's requests in one scenario are those of the recorded trace, to the letter.
fn as_recorded(trace: &str, mode: AuthMode) -> Option<CoreHandle> {
    let mut options = options();
    options.auth.mode = mode;
    let core = start(options);
    if !drive(&core, trace) {
        return None;
    }
    let recorded: Value = serde_json::from_str(RECORDED).expect("the recording is JSON");
    let traces = recorded["traces"].as_array().expect("traces");
    let expected = traces.iter().find(|recorded| recorded["trace"] == trace).expect("it was recorded");
    let expected = expected["requests"].as_array().expect("requests");
    let sent = core.requests();
    let paths: Vec<_> = sent.iter().map(|request| format!("{} {}", request.method, request.path)).collect();
    assert_eq!(sent.len(), expected.len(), "{trace}: {paths:#?}");
    for (sent, expected) in sent.iter().zip(expected) {
        let path = expected["path"].as_str().expect("a path");
        if let Some((before, after)) = path.split_once("{synthetic}") {
            assert!(sent.path.starts_with(before) && sent.path.ends_with(after), "{}", sent.path);
        } else {
            assert_eq!(sent.path, path, "{trace}");
        }
        let text = |name: &str| expected.get(name).and_then(Value::as_str).map(str::to_owned);
        assert_eq!(Some(&sent.method), text("method").as_ref(), "{trace}: {path}");
        assert_eq!(sent.authorization, text("authorization"), "{trace}: {path}");
        // Without a body it is the HTTP library's affair, of which npm installs what is newest.
        if sent.body.is_some() {
            assert_eq!(sent.content_type, text("contentType"), "{trace}: {path}");
        }
        assert_eq!(sent.body.as_ref(), expected.get("body"), "{trace}: {path}");
        assert_eq!(sent.status.map(u64::from), expected["response"]["status"].as_u64(), "{trace}: {path}");
    }
    Some(core)
}

fn kinds(core: &CoreHandle) -> Vec<EventKind> {
    core.journal().iter().map(|event| event.kind).collect()
}

#[test]
fn a_run_that_succeeds() {
    let Some(core) = as_recorded("success", AuthMode::Strict) else { return };
    use EventKind::{Claimed, Completed, Queued, Signalled};
    assert_eq!(kinds(&core), [Queued, Claimed, Signalled, Completed]);
    assert_eq!(core.outputs(72).last().expect("an output").data_path, "out");
    let node = core.node(72).expect("node 72");
    assert_eq!((node["lastState"].as_i64(), node["currentOutputId"].as_i64()), (Some(3), Some(777)));
}

#[test]
fn a_run_that_throws() {
    let Some(core) = as_recorded("process-throws", AuthMode::Strict) else { return };
    use EventKind::{Claimed, Failed, Queued, Signalled};
    assert_eq!(kinds(&core), [Queued, Claimed, Signalled, Failed]);
    let node = core.node(72).expect("node 72");
    assert_eq!((node["lastState"].as_i64(), node["statusDetails"].as_str()), (Some(2), Some("boom")));
}

#[test]
fn a_run_that_is_not_valid() {
    let Some(core) = as_recorded("validate-fails", AuthMode::Strict) else { return };
    use EventKind::{Claimed, Failed, Queued};
    assert_eq!(kinds(&core), [Queued, Claimed, Failed]);
}

#[test]
fn a_debug_run() {
    let Some(core) = as_recorded("debug", AuthMode::Local) else { return };
    assert!(core.journal().is_empty());
    assert_eq!(core.outputs(72).last().expect("an output").data_path, "out");
}

#[test]
fn the_environment_from_configuration() {
    as_recorded("loadEnv", AuthMode::Strict);
    as_recorded("loadEnv-fail", AuthMode::Strict);
}

/// A project from nothing, with everything the client can call on the way.
#[test]
fn a_service() {
    let mut options = options();
    options.auth.mode = AuthMode::Strict;
    let core = start(options);
    if !drive(&core, "service") {
        return;
    }
    let audit = core.audit();
    assert_eq!((audit.tasks, audit.ended_once), (2, 2));
    let refused: Vec<_> = core.requests().into_iter().filter(|request| request.status != Some(200)).collect();
    let refused: Vec<_> = refused.iter().map(|request| (request.path.as_str(), request.status)).collect();
    assert_eq!(refused, [("/api/tasks/claim", Some(404)), ("/api/config/detail/made.by.client", Some(404))]);
}

#[test]
fn lost_answers() {
    let core = start(options());
    if drive(&core, "lost-answers") {
        let audit = core.audit();
        assert_eq!((audit.tasks, audit.ended_once, audit.ended_again.len()), (1, 1, 0));
        assert_eq!(audit.counts[&EventKind::Refused], 1);
    }
}
