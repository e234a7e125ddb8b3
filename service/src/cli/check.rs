//! `arbex check`: whether a script parses.

use std::path::{Path, PathBuf};

use arbex_api::Failure;
use serde_json::json;

use super::output::print;
use super::run::{in_sandbox, refuse_request, usage};
use super::{Exit, refuse, report, request};
use crate::call::Call;
use crate::envelope;
use crate::run::{Outcome, Run, Thrown, Unparsable, Usage};
use crate::settings::{RunSettings, Surroundings};

/// The flags of `arbex check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Prints what is wrong as `file:line:column: message`, which editors understand; nothing when nothing is wrong.
The script is compiled by the engine that would run it, within the same limits; it is not run.

Exit codes: 0 it parses, 1 it does not, 2 a limit ended the check, 64 wrong usage, 70 a defect of Arbex.")]
pub struct CheckArgs {
    /// JavaScript or TypeScript to check
    script: PathBuf,

    #[command(flatten)]
    settings: RunSettings,
}

pub(super) fn perform(args: &CheckArgs, surroundings: &Surroundings) -> Exit {
    let (sandbox, ceilings) = match args.settings.check(surroundings) {
        Ok(settings) => settings,
        Err(faults) => return refuse(&faults),
    };
    let body = match request::read_text(&args.script) {
        Ok(script) => json!({ "configuration": { "script": script } }).to_string(),
        Err(fault) => return usage(&fault),
    };
    // The smallest request: its limits are those of a run that asks for nothing.
    let call = match Call::decode(body.as_bytes(), &ceilings) {
        Ok(call) => call,
        Err(rejection) => return refuse_request(&rejection),
    };
    match in_sandbox(sandbox, async |sandbox| sandbox.check(&call.script, &call.limits).await) {
        Ok(Ok(())) => Exit::Success,
        Ok(Err(outcome)) => tell(&args.script, outcome),
        Err(exit) => exit,
    }
}

fn tell(path: &Path, outcome: Outcome) -> Exit {
    let path = path.display();
    let Some(reason) = envelope::reason(&outcome) else { return Exit::Success };
    let lines = match outcome {
        Outcome::Unparsable(Unparsable { thrown, further }) => {
            let one = |Thrown { name, message, place }: Thrown| {
                let (line, column) = (place.line.unwrap_or(1), place.column.unwrap_or(1));
                let name = name.map(|name| format!("{name}: ")).unwrap_or_default();
                format!("{path}:{line}:{column}: {name}{message}\n")
            };
            std::iter::once(thrown).chain(further).map(one).collect()
        }
        other => {
            let run = Run { outcome: other, console: Vec::new(), usage: Usage::default(), profile: None };
            let output = envelope::envelope(run, "").output;
            let message = serde_json::from_str(output.get()).map(|failure: Failure| failure.message);
            format!("{path}: {reason}: {}\n", message.unwrap_or_default())
        }
    };
    match print(&lines) {
        Exit::Success => report::exit(reason),
        failed => failed,
    }
}
