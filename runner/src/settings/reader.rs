//! Reads one setting after another: flag over variable over default. A fault does not end the reading; all come out together.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::ops::RangeInclusive;

/// Of a value that is longer, a fault shows the beginning.
const MAX_QUOTED_CHARS: usize = 80;
/// What is less alike than this is not what was meant.
const ALIKE: f64 = 0.8;

/// A fault, for a person: where, what rule, what was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingFault {
    /// The flag or the variable, as it was given.
    pub place: String,
    /// The rule, and the value that breaks it.
    pub message: String,
}

impl Display for SettingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// A setting, as the manual has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) default: String,
    pub(super) rule: String,
}

/// Collects settings and faults.
pub(super) struct Reader<'v> {
    variables: &'v BTreeMap<String, String>,
    pub(super) known: Vec<Known>,
    pub(super) faults: Vec<SettingFault>,
}

/// The variable of a flag.
pub(super) fn variable(name: &str) -> String {
    format!("ARBEX_RUNNER_{}", name.replace('-', "_").to_uppercase())
}

impl<'v> Reader<'v> {
    pub(super) fn new(variables: &'v BTreeMap<String, String>) -> Self {
        Self { variables, known: Vec::new(), faults: Vec::new() }
    }

    /// A whole number within bounds; underscores may group digits.
    pub(super) fn whole(
        &mut self,
        name: &'static str,
        flag: &Option<String>,
        default: u64,
        bounds: RangeInclusive<u64>,
        unit: &str,
    ) -> u64 {
        let with_unit = |text: String| format!("{text} {unit}").trim_end().to_owned();
        let rule = with_unit(format!("a whole number from {} to {}", bounds.start(), bounds.end()));
        let parsed = self.read(name, flag, with_unit(default.to_string()), rule, |text| {
            let digits = text.replace('_', "");
            // `+5` parses, but nobody means to write it.
            let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse().ok().filter(|number| plain && bounds.contains(number))
        });
        parsed.unwrap_or(default)
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(
        &mut self,
        name: &'static str,
        flag: &Option<String>,
        default: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let parse = |text: &str| words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        self.read(name, flag, default.to_owned(), names.join(" or "), parse)
    }

    /// Any value, `None` when nobody gave one, or when it breaks the rule: then there is a fault.
    pub(super) fn read<T>(
        &mut self,
        name: &'static str,
        flag: &Option<String>,
        default: String,
        rule: String,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let from_variable = self.variables.get(&variable(name));
        let given = flag.as_ref().or(from_variable).map(|text| text.trim());
        let parsed = given.and_then(parse);
        if let (Some(text), None) = (given, &parsed) {
            let place = if flag.is_some() { format!("--{name}") } else { variable(name) };
            let quoted: String = text.chars().take(MAX_QUOTED_CHARS).collect();
            let more = if quoted.len() < text.len() { " …" } else { "" };
            // A token has no rule but what a header can hold, and is shown to nobody.
            let got = if name.contains("token") { String::new() } else { format!(", got {quoted:?}{more}") };
            self.faults.push(SettingFault { place, message: format!("must be {rule}{got}") });
        }
        self.known.push(Known { name, default, rule });
        parsed
    }

    /// Variables with our prefix that nobody reads: most likely a typing error.
    pub(super) fn refuse_unknown(&mut self) {
        let known: Vec<_> = self.known.iter().map(|setting| variable(setting.name)).collect();
        for (name, value) in self.variables {
            if known.contains(name) || is_service_link(name, value) {
                continue;
            }
            let alike = known.iter().map(|known| (strsim::jaro_winkler(known, name), known));
            let nearest = alike.filter(|(likeness, _)| *likeness >= ALIKE).max_by(|(a, _), (b, _)| a.total_cmp(b));
            let meant = nearest.map_or_else(|| ";".to_owned(), |(_, known)| format!("; did you mean {known}?"));
            let message = format!("is no setting of this version{meant} `arbex-runner --help` lists them all");
            self.faults.push(SettingFault { place: name.clone(), message });
        }
    }
}

/// Kubernetes gives pods variables for each service of their namespace; for one named `arbex-runner` they begin with our prefix. They
/// are nobody's typing error.
fn is_service_link(name: &str, value: &str) -> bool {
    let is_address = ["tcp://", "udp://", "sctp://"].iter().any(|scheme| value.starts_with(scheme));
    let numbered = |(_, rest): (&str, &str)| rest.starts_with(|first: char| first.is_ascii_digit());
    name.ends_with("_SERVICE_HOST")
        || name.ends_with("_SERVICE_PORT")
        || name.contains("_SERVICE_PORT_")
        || (name.ends_with("_PORT") && is_address)
        || name.split_once("_PORT_").is_some_and(numbered)
}
