//! What people read about the settings: what one is for stands at its flag, and variable, default and bounds come from the checks
//! themselves.

use std::collections::BTreeMap;

use arbex_settings::{Effective, Reader};
use clap::Command;

use super::{PREFIX, Settings};

/// Adds variable, default and bounds to the help of each setting.
pub fn explain(command: Command) -> Command {
    arbex_settings::explain(command, &all())
}

fn all() -> Vec<Effective> {
    let nothing = BTreeMap::new();
    let mut reader = Reader::new(PREFIX, &nothing);
    let _ = Settings::default().read(&mut reader);
    reader.finish().0
}

/// docs/runner-settings.md.
#[cfg(test)]
pub(super) fn markdown() -> String {
    use clap::CommandFactory as _;

    let intro = "# Settings of the runner\n\n<!-- Made from runner/src/settings.rs by a test; UPDATE_EXPECT=1 cargo test writes it. -->\n\n\
         Each setting is a flag of `arbex-runner` and an environment variable; the flag wins. All that is wrong is told at once,\n\
         and a variable that begins with `ARBEX_RUNNER_` and is no setting is refused. `arbex-runner --help` says more about each.\n\
         Besides, as for every HEAT runner: `CORE_API_URL`, and `HEAT_SESSION_TOKEN` or `RuntimeSessionToken`.\n";
    intro.to_owned() + &arbex_settings::tables(&Settings::command(), &all())
}
