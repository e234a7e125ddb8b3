//! What people read about the settings: what one is for stands at its flag, and variable, default and bounds come from the checks
//! themselves, so that the manual cannot disagree with what is accepted.

use std::collections::BTreeMap;

use clap::{Arg, Command};

use super::Settings;
use super::reader::{Known, Reader, variable};

/// Adds variable, default and bounds to the help of each setting.
pub fn explain(command: Command) -> Command {
    let settings = all();
    command.mut_args(|arg| explain_arg(arg, &settings))
}

fn explain_arg(arg: Arg, settings: &[Known]) -> Arg {
    let Some(setting) = settings.iter().find(|setting| arg.get_long() == Some(setting.name)) else { return arg };
    let short = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let long = arg.get_long_help().map_or_else(|| short.clone(), ToString::to_string);
    let Known { name, default, rule } = setting;
    let long = format!("{long}\n\n[default: {default}] [allowed: {rule}] [env: {}]", variable(name));
    // A negative number is a wrong value to be told with all others, not an unknown flag.
    arg.help(format!("{short} [default: {default}]")).long_help(long).allow_negative_numbers(true)
}

fn all() -> Vec<Known> {
    let nothing = BTreeMap::new();
    let mut reader = Reader::new(&nothing);
    let _ = Settings::default().read(&mut reader, None);
    reader.known
}

/// docs/runner-settings.md.
#[cfg(test)]
pub(super) fn markdown() -> String {
    use std::fmt::Write as _;

    use clap::CommandFactory as _;

    let mut text = String::from(
        "# Settings of the runner\n\n<!-- Made from runner/src/settings.rs by a test; UPDATE_EXPECT=1 cargo test writes it. -->\n\n\
         Each setting is a flag of `arbex-runner` and an environment variable; the flag wins. All that is wrong is told at once,\n\
         and a variable that begins with `ARBEX_RUNNER_` and is no setting is refused. `arbex-runner --help` says more about each.\n\
         Besides, as for every HEAT runner: `CORE_API_URL`, and `HEAT_SESSION_TOKEN` or `RuntimeSessionToken`.\n",
    );
    let settings = all();
    let mut heading = None;
    for arg in Settings::command().get_arguments() {
        let Some(setting) = settings.iter().find(|setting| arg.get_long() == Some(setting.name)) else { continue };
        if heading != arg.get_help_heading().map(ToOwned::to_owned) {
            heading = arg.get_help_heading().map(ToOwned::to_owned);
            let title = heading.as_deref().unwrap_or("Other");
            let _ = write!(
                text,
                "\n## {title}\n\n| Flag | Variable | Default | Allowed | Meaning |\n|---|---|---|---|---|\n"
            );
        }
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let Known { name, default, rule } = setting;
        let _ = writeln!(text, "| `--{name}` | `{}` | {default} | {rule} | {help} |", variable(name));
    }
    text
}
