//! What people read about the settings. The struct's comments say what a setting is for; variable, default and bounds are
//! added here from the checks themselves, so that the manual cannot disagree with what is accepted.

use clap::{Arg, Command};

use super::reader::{Effective, Source, variable};
use super::surroundings::Surroundings;
use super::{Checked, Settings};

/// Defaults that depend on the machine, as the manual tells them.
const MACHINE_DEFAULTS: [(&str, &str); 3] = [
    ("memory-budget-mb", "75 % of the container's memory limit; off where there is none"),
    ("worker-threads", "one for each processor"),
    ("log-format", "text on a terminal, else json"),
];

/// Add variable, default and bounds to the help of each setting, in all subcommands.
pub fn explain(command: Command) -> Command {
    let settings = all();
    command.mut_subcommands(|subcommand| subcommand.mut_args(|arg| explain_arg(arg, &settings)))
}

fn explain_arg(arg: Arg, settings: &[Effective]) -> Arg {
    let Some(setting) = settings.iter().find(|setting| arg.get_long() == Some(setting.name)) else { return arg };
    let short = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let long = arg.get_long_help().map_or_else(|| short.clone(), ToString::to_string);
    let default = default_of(setting);
    let long = format!("{long}\n\n[default: {default}] [allowed: {}] [env: {}]", setting.rule, variable(setting.name));
    // A negative number is a wrong value to be told with all others, not an unknown flag.
    arg.help(format!("{short} [default: {default}]")).long_help(long).allow_negative_numbers(true)
}

fn default_of(setting: &Effective) -> String {
    let of_machine = MACHINE_DEFAULTS.iter().find(|(name, _)| *name == setting.name);
    match of_machine {
        Some((_, told)) => (*told).to_owned(),
        None => format!("{} {}", setting.default, setting.unit).trim_end().to_owned(),
    }
}

/// Every setting, as it is when nobody says anything.
fn all() -> Vec<Effective> {
    Settings::default().check(&Surroundings::default()).map(|checked| checked.effective).unwrap_or_default()
}

impl Checked {
    /// One setting a line, `name = value (source)`: what `--check-config` prints.
    pub fn listing(&self) -> String {
        let line = |setting: &Effective| {
            let source = match setting.source {
                Source::Variable => variable(setting.name),
                source => source.to_string(),
            };
            format!("{} = {} ({source})\n", setting.name, setting.value)
        };
        self.effective.iter().map(line).collect()
    }
}

/// docs/settings.md.
#[cfg(test)]
pub(super) fn markdown() -> String {
    use std::fmt::Write as _;

    use clap::Args as _;

    let mut text = String::from(
        "# Settings\n\n<!-- Made from service/src/settings.rs by a test; UPDATE_EXPECT=1 cargo test writes it. -->\n\n\
         Each setting is a flag of `arbex serve` and an environment variable; the flag wins. `arbex serve --check-config` prints\n\
         what is in force, or everything that is wrong. `arbex serve --help` says more about each. A variable that begins with\n\
         `ARBEX_` and is no setting is refused.\n",
    );
    let settings = all();
    let mut heading = None;
    for arg in Settings::augment_args(Command::new("serve")).get_arguments() {
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
        let (name, variable, default) = (setting.name, variable(setting.name), default_of(setting));
        let _ = writeln!(text, "| `--{name}` | `{variable}` | {default} | {} | {help} |", setting.rule);
    }
    text
}
