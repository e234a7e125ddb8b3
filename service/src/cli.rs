//! The command line: what can be asked of the binary, and the exit codes that answer. The texts here are the manual.

mod check;
mod healthcheck;
mod output;
mod report;
mod request;
mod run;
mod token;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::settings::{self, SettingFault, Settings, Surroundings};

use check::CheckArgs;
use healthcheck::HealthcheckArgs;
use run::RunArgs;
use token::TokenArgs;

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (commit ", env!("ARBEX_COMMIT"), ")");

const ABOUT: &str =
    "Runs JavaScript transforms, each in a fresh WebAssembly sandbox with fuel, time and memory limits.";

const EXAMPLES: &str = "\
Examples:
  arbex serve                           the API on 127.0.0.1:8080, metrics on 127.0.0.1:9090
  arbex serve --check-config            what is in force, or everything that is wrong
  arbex run sum.js --input rows.csv     one run, here and now; prints what it returns
  arbex check sum.js                    does it parse?

Exit codes:
  0   success
  1   the script failed: it threw, does not parse, defines no run, returned what is not JSON or not
      what dataserviceOutput asks for, or waits for ever; for healthcheck: not ready
  2   a limit ended the run: time, fuel, memory, stack, output or console
  64  wrong usage, settings or request; each fault is on standard error
  69  the service cannot run here: an address that is taken, a sandbox that does not start
  70  a defect of Arbex
  74  standard output cannot be written";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "arbex", version = VERSION, about = ABOUT, after_help = EXAMPLES, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What is asked of the binary.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the HTTP API
    ///
    /// Every setting is a flag and an environment variable; the flag wins. All faults are told at once, and a variable that
    /// begins with ARBEX_ but is no setting is one of them. SIGTERM stops the service: it answers what runs, and no more.
    #[command(after_help = "\
Examples:
  arbex serve --listen 127.0.0.1:9000 --admin-listen same
  ARBEX_LISTEN=0.0.0.0:8080 ARBEX_TOKENS_FILE=tokens arbex serve --slots 64 --memory-budget-mb 8192")]
    Serve(Box<ServeArgs>),

    /// Run one script, here and now, as the service would
    Run(RunArgs),

    /// Tell whether a script parses; nothing is run
    Check(CheckArgs),

    /// Print the OpenAPI document of the service
    Openapi,

    /// Ask a running service whether it is ready
    Healthcheck(HealthcheckArgs),

    /// Make a token for a caller of the service, and its line for --tokens-file
    Token(TokenArgs),
}

/// `arbex serve`
#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    /// The flags.
    #[command(flatten)]
    pub settings: Settings,

    /// Print the settings in force, or all their faults, and stop
    #[arg(long)]
    pub check_config: bool,
}

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// As asked.
    Success,
    /// The script failed, or the service is not ready.
    Failed,
    /// A limit ended the run.
    Limit,
    /// Wrong usage, settings or request.
    Usage,
    /// The service cannot start here.
    Unavailable,
    /// A defect of ours.
    Defect,
    /// Standard output cannot be written.
    Output,
}

impl Exit {
    /// The number; from 64 on as in `sysexits.h`.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failed => 1,
            Self::Limit => 2,
            Self::Usage => 64,
            Self::Unavailable => 69,
            Self::Defect => 70,
            Self::Output => 74,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Read the command line. An error is already told: help is a success, anything else wrong usage.
///
/// # Errors
///
/// How the process ends when there is nothing to do.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command, Exit> {
    let parsed = command().try_get_matches_from(args).and_then(|matches| Cli::from_arg_matches(&matches));
    parsed.map(|cli| cli.command).map_err(|error| {
        // Where neither output nor error can be written, the exit code is all there is to say.
        let _ = error.print();
        if error.use_stderr() { Exit::Usage } else { Exit::Success }
    })
}

/// The command line with its whole manual.
pub fn command() -> clap::Command {
    settings::explain(Cli::command())
}

/// Do what is asked, all but `serve`, which is main's.
pub fn perform(command: Command, surroundings: &Surroundings) -> Exit {
    match command {
        Command::Serve(args) => check_config(&args, surroundings),
        Command::Run(args) => run::perform(&args, surroundings),
        Command::Check(args) => check::perform(&args, surroundings),
        Command::Openapi => output::print(&format!("{}\n", crate::http::openapi_json().trim_end())),
        Command::Token(args) => token::perform(&args),
        Command::Healthcheck(args) => healthcheck::perform(&args, surroundings),
    }
}

/// `arbex serve --check-config`
fn check_config(args: &ServeArgs, surroundings: &Surroundings) -> Exit {
    match args.settings.check(surroundings) {
        Ok(checked) => output::print(&checked.listing()),
        Err(faults) => refuse(&faults),
    }
}

/// Tell all faults of the settings.
pub fn refuse(faults: &[SettingFault]) -> Exit {
    for fault in faults {
        eprintln!("arbex: {fault}");
    }
    Exit::Usage
}
