//! A flame graph: wide is long, and what stands on something was called from it. The picture can be clicked and searched.

use inferno::flamegraph::{self, Options, TextTruncateDirection};

use super::{Profile, collapsed};

/// The picture.
pub(super) fn write(profile: &Profile) -> Result<Vec<u8>, String> {
    let stacks = collapsed::write(profile);
    let mut options = Options::default();
    options.title = "arbex-user-script.js".to_owned();
    options.count_name = "µs".to_owned();
    options.name_type = "Function (line:column):".to_owned();
    // Names begin with what tells them apart.
    options.text_truncate_direction = TextTruncateDirection::Right;
    // The same profile, the same colours.
    options.hash = true;
    options.deterministic = true;
    let mut picture = Vec::new();
    flamegraph::from_lines(&mut options, stacks.lines(), &mut picture).map_err(|error| error.to_string())?;
    Ok(picture)
}
