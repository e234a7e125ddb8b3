//! What people read about settings: what one is for stands at its flag, and variable, default and bounds come from what was read, so
//! that the manual cannot disagree with what is accepted.

use std::fmt::Write as _;

use clap::{Arg, Command};

use crate::reader::Effective;

/// Adds variable, default and bounds to the help of each of `settings` among the arguments of `command`.
pub fn explain(command: Command, settings: &[Effective]) -> Command {
    command.mut_args(|arg| match setting_of(&arg, settings) {
        Some(setting) => explain_arg(arg, setting),
        None => arg,
    })
}

fn setting_of<'s>(arg: &Arg, settings: &'s [Effective]) -> Option<&'s Effective> {
    settings.iter().find(|setting| arg.get_long() == Some(setting.name))
}

fn explain_arg(arg: Arg, setting: &Effective) -> Arg {
    let short = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let long = arg.get_long_help().map_or_else(|| short.clone(), ToString::to_string);
    let Effective { default, rule, variable, .. } = setting;
    let long = format!("{long}\n\n[default: {default}] [allowed: {rule}] [env: {variable}]");
    // A negative number is a wrong value to be told with all others, not an unknown flag.
    arg.help(format!("{short} [default: {default}]")).long_help(long).allow_negative_numbers(true)
}

/// Those of `settings` that are arguments of `command`, as Markdown: a table for each heading.
pub fn tables(command: &Command, settings: &[Effective]) -> String {
    let mut text = String::new();
    let mut heading = None;
    for arg in command.get_arguments() {
        let Some(setting) = setting_of(arg, settings) else { continue };
        if heading != Some(arg.get_help_heading()) {
            heading = Some(arg.get_help_heading());
            let title = arg.get_help_heading().unwrap_or("Other");
            let head = "| Flag | Variable | Default | Allowed | Meaning |\n|---|---|---|---|---|";
            let _ = writeln!(text, "\n## {title}\n\n{head}");
        }
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let Effective { name, default, rule, variable, .. } = setting;
        let _ = writeln!(text, "| `--{name}` | `{variable}` | {default} | {rule} | {help} |");
    }
    text
}
