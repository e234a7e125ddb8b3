//! Compiles the committed guest, and the module that strips types, for this target, so that the service carries machine code and no compiler, and records
//! what was built.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a build script has nobody to answer to but cargo, and its settings are the environment's"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

#[path = "src/sandbox/engine_config.rs"]
mod engine_config;

fn main() {
    println!("cargo:rerun-if-changed=src/sandbox/engine_config.rs");
    println!("cargo:rerun-if-changed=build.rs");
    let target = std::env::var("TARGET").expect("cargo sets TARGET");
    let mut config = engine_config::engine_config();
    // Named, even when it is the host: left out, the module would use whatever this machine's processor has.
    config.target(&target).unwrap_or_else(|error| panic!("no code generator for {target}: {error}"));
    let engine = wasmtime::Engine::new(&config).expect("the engine's settings are valid");
    precompile(&engine, "ARBEX_TYPESCRIPT", "typescript");
    let wasm = precompile(&engine, "ARBEX_GUEST", "guest");

    let sha256: String = Sha256::digest(&wasm).iter().map(|byte| format!("{byte:02x}")).collect();
    println!("cargo:rustc-env=ARBEX_GUEST_SHA256={sha256}");
    println!("cargo:rustc-env=ARBEX_WASMTIME_VERSION={}", locked_version("wasmtime"));
    describe_build();
}

/// Compile the committed module `name`, or the one that the variable `instead` names; gives what was compiled.
fn precompile(engine: &wasmtime::Engine, instead: &str, name: &str) -> Vec<u8> {
    let committed = || PathBuf::from(format!("../guest/prebuilt/{name}.wasm"));
    let path = std::env::var_os(instead).map_or_else(committed, PathBuf::from);
    println!("cargo:rerun-if-env-changed={instead}");
    println!("cargo:rerun-if-changed={}", path.display());
    let wasm =
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; `just guest` builds it", path.display()));
    let module = engine.precompile_module(&wasm).unwrap_or_else(|error| panic!("{name} does not compile: {error}"));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    std::fs::write(out.join(format!("{name}.cwasm")), module).expect("OUT_DIR can be written");
    wasm
}

/// The version a crate is locked at.
fn locked_version(name: &str) -> String {
    let lock = Path::new("../Cargo.lock");
    println!("cargo:rerun-if-changed={}", lock.display());
    let text = std::fs::read_to_string(lock).unwrap_or_default();
    let entry = text.split("[[package]]").find(|entry| entry.contains(&format!("name = \"{name}\"\n")));
    let version = entry.and_then(|entry| entry.lines().find_map(|line| line.strip_prefix("version = ")));
    version.unwrap_or("unknown").trim_matches('"').to_owned()
}

/// Commit and time of the build. Without git (a source archive), ARBEX_COMMIT may say; SOURCE_DATE_EPOCH pins the time.
fn describe_build() {
    println!("cargo:rerun-if-env-changed=ARBEX_COMMIT");
    println!("cargo:rerun-if-env-changed=SOURCE_DATE_EPOCH");
    let git = |args: &[&str]| {
        let output = Command::new("git").args(args).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    // A file that is not there would be a change each time, and in a worktree it is elsewhere.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]).filter(|log| Path::new(log).exists()) {
        println!("cargo:rerun-if-changed={log}");
    }
    let commit = std::env::var("ARBEX_COMMIT")
        .ok()
        .or_else(|| git(&["rev-parse", "HEAD"]))
        .unwrap_or_else(|| "unknown".to_owned());
    println!("cargo:rustc-env=ARBEX_COMMIT={commit}");

    let epoch = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
    let built =
        epoch.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok()).unwrap_or_else(jiff::Timestamp::now);
    println!("cargo:rustc-env=ARBEX_BUILD_UTC={}", built.strftime("%Y-%m-%dT%H:%M:%SZ"));
}
