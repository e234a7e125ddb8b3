//! npm packages for tests. Without npm, or without what it fetches from, those tests say so and are left out; with
//! `HEAT_RUNTIME_REQUIRE_NPM=1` they fail instead.

use std::path::{Path, PathBuf};

use tokio::process::Command;
use tokio::sync::Mutex;

static INSTALLING: Mutex<()> = Mutex::const_new(());

/// A folder whose `node_modules` has these packages; `None` when it cannot be had.
pub async fn packages(test: &str, packages: &[&str]) -> Option<PathBuf> {
    match install(packages).await {
        Ok(folder) => Some(folder),
        Err(reason) => {
            let message = format!("{test} is LEFT OUT: {reason}");
            assert!(!required(), "{message}");
            println!("{message}");
            None
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's own setting")]
fn required() -> bool {
    std::env::var("HEAT_RUNTIME_REQUIRE_NPM").is_ok_and(|value| value == "1")
}

async fn install(packages: &[&str]) -> Result<PathBuf, String> {
    let _one_at_a_time = INSTALLING.lock().await;
    let names: String = packages.join("_").chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("npm-{names}"));
    let complete = folder.join("complete");
    if complete.exists() {
        return Ok(folder);
    }
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    std::fs::write(folder.join("package.json"), "{ \"private\": true }").map_err(|error| error.to_string())?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1", "--loglevel=error"])
        .args(packages);
    let output = npm
        .current_dir(&folder)
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| format!("there is no npm here ({error})"))?;
    if !output.status.success() {
        return Err(format!("npm install {packages:?}: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    std::fs::write(complete, "").map_err(|error| error.to_string())?;
    Ok(folder)
}
