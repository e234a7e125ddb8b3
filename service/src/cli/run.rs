//! `arbex run`: one script, once, in the same sandbox as the service's.

use std::io::IsTerminal;
use std::path::PathBuf;

use arbex_api::{ConsoleEntry, Envelope, Failure, Persistence, Reason, Status, document};

use super::output::{pretty, print};
use super::request::{self, Sources};
use super::{Exit, refuse, report};
use crate::call::{Call, Rejection};
use crate::caller::{Caller, Capability};
use crate::envelope::{envelope, reason};
use crate::profile::{Format, Profile};
use crate::sandbox::{Sandbox, SandboxError, SandboxSettings};
use crate::settings::{LogFormat, LogSettings, RunSettings, Surroundings};
use crate::telemetry;

/// The flags of `arbex run`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Standard output gets the output as JSON and nothing else; standard error gets the console, and what failed and where.

Examples:
  arbex run sum.js --input rows.csv
  arbex run trend.js --input monday.csv --input tuesday.csv --history
  arbex run sum.js --input rows.csv --config node.json --envelope | jq .metrics
  arbex run board.js --input rows.csv --config node.json --as document
  arbex run slow.js --input rows.csv --profile slow.svg
  arbex run sum.js --input rows.csv --as-request | curl -sS http://127.0.0.1:8080/execute \\
      -H 'content-type: application/json' --data-binary @-

Exit codes: 0 success, 1 the script failed, 2 a limit ended it, 64 wrong usage or request,
70 a defect of Arbex, 74 standard output or the profile cannot be written.")]
pub struct RunArgs {
    /// JavaScript or TypeScript that defines `run(ctx)`
    script: PathBuf,

    /// A file that the script reads as an input; may be given several times
    ///
    /// Its name, size and time of change become dataPath, sizeBytes and createdAtUtc. UTF-8 is passed as text, anything else
    /// as base64.
    #[arg(long = "input", short, value_name = "FILE")]
    inputs: Vec<PathBuf>,

    /// Show all inputs as ctx.inputs.history (parent.mode "history")
    ///
    /// Without it, one input is ctx.inputs.latest, and several are refused unless --config names a parent.mode.
    #[arg(long)]
    history: bool,

    /// Node configuration as a JSON object; its `script` is replaced by SCRIPT
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Print the request that would be run, as POST /execute takes it, and run nothing
    #[arg(long, conflicts_with_all = ["envelope", "form"])]
    as_request: bool,

    /// Print the whole envelope, of a failed run too, and nothing on standard error: short for --as envelope
    #[arg(long, conflicts_with = "form")]
    envelope: bool,

    /// What to print
    #[arg(long = "as", value_enum, value_name = "FORM", default_value = "output")]
    form: Form,

    /// Write a profile of the run, of a failed one too; the name's end chooses what it is
    ///
    /// .svg is a flame graph, .cpuprofile is for DevTools of Chrome, .json for profiler.firefox.com, .folded and .txt are
    /// collapsed stacks.
    #[arg(long, value_name = "FILE", value_parser = profile_file, conflicts_with = "as_request")]
    profile: Option<ProfileFile>,

    /// JSON on several lines; the default on a terminal
    #[arg(long, conflicts_with = "compact")]
    pretty: bool,

    /// JSON on one line; the default elsewhere
    #[arg(long)]
    compact: bool,

    #[command(flatten)]
    settings: RunSettings,
}

/// What is printed of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// The output; console and failure go to standard error
    Output,
    /// The whole envelope, of a failed run too, and nothing on standard error
    Envelope,
    /// What a runner would store (dataserviceOutput.persistence), of a failed run too, and nothing on standard error
    Document,
}

/// A file for a profile.
#[derive(Debug, Clone)]
struct ProfileFile {
    path: PathBuf,
    format: Format,
}

fn profile_file(name: &str) -> Result<ProfileFile, String> {
    let path = PathBuf::from(name);
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let Some(format) = Format::from_extension(extension) else {
        let known: Vec<_> =
            Format::ALL.iter().flat_map(|format| format.extensions()).map(|known| format!(".{known}")).collect();
        return Err(format!("must end in one of: {}", known.join(", ")));
    };
    Ok(ProfileFile { path, format })
}

pub(super) fn perform(args: &RunArgs, surroundings: &Surroundings) -> Exit {
    let (sandbox, ceilings) = match args.settings.check(surroundings) {
        Ok(settings) => settings,
        Err(faults) => return refuse(&faults),
    };
    let (script, body) = match prepare(args) {
        Ok(prepared) => prepared,
        Err(fault) => return usage(&fault),
    };
    if args.as_request {
        return print_json(args, &String::from_utf8_lossy(&body));
    }
    let mut call = match Call::decode(&body, &ceilings) {
        Ok(call) => call,
        Err(rejection) => return refuse_request(&rejection),
    };
    if args.profile.is_some() {
        let Some(profiler) = &mut call.features.profiler else {
            return usage("--profile: the configuration has profiler.enabled false");
        };
        profiler.is_thorough = true;
    }
    let (snapshot, persistence) = (call.snapshot.clone(), call.features.persistence());
    let run = match in_sandbox(sandbox, async |sandbox| sandbox.execute(call, &operator()).await) {
        Ok(run) => run,
        Err(exit) => return exit,
    };
    let failed_for = reason(&run.outcome);
    let written = args.profile.as_ref().map_or(Exit::Success, |file| write_profile(file, run.profile.as_ref()));
    let told = tell(args, &script, &envelope(run, &snapshot), persistence, failed_for);
    if written == Exit::Success { told } else { written }
}

/// What a script that was never run has of a profile is empty.
fn write_profile(ProfileFile { path, format }: &ProfileFile, profile: Option<&Profile>) -> Exit {
    let file = match profile.unwrap_or(&Profile::default()).file(*format) {
        Ok(file) => file,
        Err(error) => return defect(&format!("the profile: {error}")),
    };
    match std::fs::write(path, file) {
        Ok(()) => Exit::Success,
        Err(error) => {
            eprintln!("arbex: {}: {error}", path.display());
            Exit::Output
        }
    }
}

/// Who is at the keyboard may do what the flags say; there is nobody else to ask.
fn operator() -> Caller {
    Caller { name: "operator".into(), capabilities: Capability::ALL.into_iter().collect() }
}

/// The script's text, for reports, and the whole request.
fn prepare(args: &RunArgs) -> Result<(String, Vec<u8>), String> {
    let script = request::read_text(&args.script)?;
    let config = args.config.as_deref();
    let body = request::build(&Sources { script: &script, inputs: &args.inputs, history: args.history, config })?;
    Ok((script, body))
}

fn tell(
    args: &RunArgs,
    script: &str,
    envelope: &Envelope,
    persistence: Persistence,
    failed_for: Option<Reason>,
) -> Exit {
    let exit = failed_for.map_or(Exit::Success, report::exit);
    let form = if args.envelope { Form::Envelope } else { args.form };
    let whole = match form {
        Form::Output => None,
        Form::Envelope => Some(serde_json::to_string(envelope)),
        Form::Document => Some(serde_json::to_string(&document(envelope, persistence))),
    };
    let printed = if let Some(whole) = whole {
        match whole {
            Ok(json) => print_json(args, &json),
            Err(error) => return defect(&format!("the envelope: {error}")),
        }
    } else {
        envelope.console.iter().for_each(tell_entry);
        if envelope.status == Status::Success {
            print_json(args, envelope.output.get())
        } else {
            match serde_json::from_str::<Failure>(envelope.output.get()) {
                Ok(failure) => eprint!("{}", report::describe(&failure, &args.script.display().to_string(), script)),
                Err(error) => return defect(&format!("the failure: {error}")),
            }
            Exit::Success
        }
    };
    if printed == Exit::Success { exit } else { printed }
}

fn tell_entry(entry: &ConsoleEntry) {
    eprintln!("{}: {}", entry.level, entry.message);
}

fn print_json(args: &RunArgs, json: &str) -> Exit {
    let on_lines = args.pretty || (!args.compact && std::io::stdout().is_terminal());
    if on_lines { print(&format!("{}\n", pretty(json))) } else { print(&format!("{json}\n")) }
}

/// Start a sandbox and a runtime for one task. Faults are told here.
pub(super) fn in_sandbox<T>(
    settings: SandboxSettings,
    task: impl AsyncFnOnce(&Sandbox) -> Result<T, SandboxError>,
) -> Result<T, Exit> {
    // A defect's cause is in the log only, as is which commands were run in pods; there is no service that keeps either.
    let filter = "error,arbex::bridge::system=info,arbex_cluster::exec=info".to_owned();
    telemetry::start(&LogSettings { format: LogFormat::Text, filter }, None);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| defect(&format!("no runtime: {error}")))?;
    let sandbox = Sandbox::new(settings).map_err(|error| defect(&error.to_string()))?;
    runtime.block_on(task(&sandbox)).map_err(|error| defect(&error.to_string()))
}

pub(super) fn refuse_request(rejection: &Rejection) -> Exit {
    match rejection {
        Rejection::Malformed { message, line, column } => usage(&format!("request:{line}:{column}: {message}")),
        Rejection::Invalid(faults) => {
            for fault in faults {
                eprintln!("arbex: {}: {}", fault.pointer, fault.message);
            }
            Exit::Usage
        }
    }
}

pub(super) fn usage(fault: &str) -> Exit {
    eprintln!("arbex: {fault}");
    Exit::Usage
}

fn defect(fault: &str) -> Exit {
    eprintln!("arbex: a defect of Arbex: {fault}");
    Exit::Defect
}
