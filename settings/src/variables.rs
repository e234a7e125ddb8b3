//! Variables of the environment: those with our prefix, and what nobody reads of them.

use std::collections::BTreeMap;

use crate::reader::{Reader, SettingFault};

/// What is less alike than this is not what was meant.
const ALIKE: f64 = 0.8;

/// The environment's variables that begin with `prefix`, and those of standards.
#[expect(clippy::disallowed_methods, reason = "the one place that reads variables of settings")]
pub fn variables(prefix: &str, standards: &[&str]) -> BTreeMap<String, String> {
    // What is not UTF-8 gets replacement characters, which no rule of a setting accepts.
    std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .filter(|(name, _)| name.starts_with(prefix) || standards.contains(&name.as_str()))
        .collect()
}

impl Reader<'_> {
    /// Variables with our prefix that nobody read are faults: most likely typing errors. Those for which `is_ours` holds are somebody
    /// else's among us; `lists` is the command that lists all settings.
    pub fn refuse_unknown(&mut self, is_ours: impl Fn(&str) -> bool, lists: &str) {
        let known: Vec<String> = self.effective.iter().map(|setting| setting.variable.clone()).collect();
        for (name, value) in self.variables {
            if !name.starts_with(self.prefix) || known.contains(name) || is_ours(name) || is_service_link(name, value) {
                continue;
            }
            let meant =
                self.meant(name, &known).map_or_else(|| ";".to_owned(), |known| format!("; did you mean {known}?"));
            let message = format!("is no setting of this version{meant} `{lists}` lists them all");
            self.faults.push(SettingFault { place: name.clone(), message });
        }
    }

    /// The variable that is most like `name`, if one is. The prefix, which all have, makes nothing alike.
    fn meant<'k>(&self, name: &str, known: &'k [String]) -> Option<&'k String> {
        let rest = |name| str::strip_prefix(name, self.prefix).unwrap_or(name);
        let alike = known.iter().map(|known| (strsim::jaro_winkler(rest(known), rest(name)), known));
        let nearest = alike.max_by(|(a, _), (b, _)| a.total_cmp(b));
        nearest.filter(|(likeness, _)| ALIKE <= *likeness).map(|(_, known)| known)
    }
}

/// Kubernetes gives each pod variables for each service of its namespace: for one named `arbex` (or `arbex-…`) they begin
/// with our prefix. They are nobody's typing error, and refusing them would keep the pod from starting.
fn is_service_link(name: &str, value: &str) -> bool {
    let is_address = ["tcp://", "udp://", "sctp://"].iter().any(|scheme| value.starts_with(scheme));
    let numbered = |(_, rest): (&str, &str)| rest.starts_with(|first: char| first.is_ascii_digit());
    name.ends_with("_SERVICE_HOST")
        || name.ends_with("_SERVICE_PORT")
        || name.contains("_SERVICE_PORT_")
        || (name.ends_with("_PORT") && is_address)
        || name.split_once("_PORT_").is_some_and(numbered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_reads_is_told_with_what_was_meant() {
        for (name, value, told) in [
            ("ARBEX_SLOT", "1", Some("; did you mean ARBEX_SLOTS?")),
            ("ARBEX_MAX_BODYMB", "1", Some("; did you mean ARBEX_MAX_BODY_MB?")),
            // The prefix alone is like nothing.
            ("ARBEX_", "1", Some(";")),
            ("ARBEX_ZEBRA", "1", Some(";")),
            ("ARBEX_slots", "1", Some(";")),
            ("ARBEX_PORT", "1", Some(";")),
            ("ARBEX_PORT", "tcp://10.0.0.1:80", None),
            ("ARBEX_PORT_80_TCP", "tcp://10.0.0.1:80", None),
            ("ARBEX_SERVICE_HOST", "10.0.0.1", None),
            ("ARBEX_SERVICE_PORT", "80", None),
            ("ARBEX_SERVICE_PORT_HTTP", "80", None),
            ("ARBEX_COMMIT", "1", None),
        ] {
            let variables = BTreeMap::from([(name.to_owned(), value.to_owned())]);
            let mut reader = Reader::new("ARBEX_", &variables);
            let _: u32 = reader.whole("slots", &None, 1, 1..=2, "");
            let _: u32 = reader.whole("max-body-mb", &None, 1, 1..=2, "MiB");
            reader.refuse_unknown(|name| name == "ARBEX_COMMIT", "arbex serve --help");
            let (_, faults) = reader.finish();
            let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
            let told = told
                .map(|told| format!("{name}: is no setting of this version{told} `arbex serve --help` lists them all"));
            assert_eq!(faults, Vec::from_iter(told), "{name}={value}");
        }
    }
}
