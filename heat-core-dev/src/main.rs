//! The Core as a process: `heat-core-dev --listen 127.0.0.1:5220 --seed demo.json`.

use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use heat_core_dev::{Auth, AuthMode, Caller, Core, CoreOptions, TaskRules, Token};

/// A small HEAT Core to develop runners against.
#[derive(Parser)]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:5220")]
    listen: SocketAddr,
    /// A JSON file with what is there at first.
    #[arg(long)]
    seed: Option<PathBuf>,
    /// When a token is needed.
    #[arg(long, value_enum, default_value = "local")]
    auth: Mode,
    /// A bearer token that is good for everything; may be given more than once.
    #[arg(long = "token")]
    tokens: Vec<String>,
    /// How long a silent runner keeps a task, in seconds.
    #[arg(long, default_value_t = 60)]
    lease_s: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Mode {
    Local,
    ClusterOnly,
    Strict,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "heat-core-dev: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let seed = match &arguments.seed {
        None => heat_core_dev::Seed::default(),
        Some(path) => {
            let text = fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))?
        }
    };
    let mode = match arguments.auth {
        Mode::Local => AuthMode::Local,
        Mode::ClusterOnly => AuthMode::ClusterOnly,
        Mode::Strict => AuthMode::Strict,
    };
    let tokens = arguments.tokens.into_iter().map(|text| Token { text, caller: Caller::Privileged }).collect();
    let core = Core::start(CoreOptions {
        listen: arguments.listen,
        seed,
        auth: Auth { mode, tokens },
        tasks: TaskRules { lease: Duration::from_secs(arguments.lease_s), ..TaskRules::default() },
        ..CoreOptions::default()
    })?;
    writeln!(io::stdout(), "heat-core-dev listens on {}", core.base_url())?;
    core.join();
    Ok(())
}
