//! What people read about the settings. The struct's comments say what a setting is for; variable, default and bounds come from the
//! checks themselves.

use arbex_settings::{Effective, Source};
use clap::Command;

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
    command.mut_subcommands(|subcommand| arbex_settings::explain(subcommand, &settings))
}

/// Every setting, as it is when nobody says anything.
fn all() -> Vec<Effective> {
    let checked = Settings::default().check(&Surroundings::default());
    let mut settings = checked.map(|checked| checked.effective).unwrap_or_default();
    for setting in &mut settings {
        if let Some((_, told)) = MACHINE_DEFAULTS.iter().find(|(name, _)| *name == setting.name) {
            (*told).clone_into(&mut setting.default);
        }
    }
    settings
}

impl Checked {
    /// One setting a line, `name = value (source)`: what `--check-config` prints.
    pub fn listing(&self) -> String {
        let line = |setting: &Effective| {
            let source = match setting.source {
                Source::Variable => setting.variable.clone(),
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
    use clap::Args as _;

    let intro = "# Settings\n\n<!-- Made from service/src/settings.rs by a test; UPDATE_EXPECT=1 cargo test writes it. -->\n\n\
         Each setting is a flag of `arbex serve` and an environment variable; the flag wins. `arbex serve --check-config` prints\n\
         what is in force, or everything that is wrong. `arbex serve --help` says more about each. A variable that begins with\n\
         `ARBEX_` and is no setting is refused.\n";
    intro.to_owned() + &arbex_settings::tables(&Settings::augment_args(Command::new("serve")), &all())
}
