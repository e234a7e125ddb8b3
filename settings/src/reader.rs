//! Reads one setting after another: flag over variable over default. A fault does not end the reading; all of them come
//! out together.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::ops::RangeInclusive;
use std::str::FromStr;

/// What stands in a fault of a value that is longer than this.
const MAX_QUOTED_CHARS: usize = 80;

/// One fault of the settings, for a person: where, what rule, what was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingFault {
    /// The flag or the variable at fault, as it was given.
    pub place: String,
    /// The rule and the value that breaks it.
    pub message: String,
}

impl Display for SettingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The command line.
    Flag,
    /// The environment.
    Variable,
    /// Neither said anything.
    Default,
}

impl Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag => "flag",
            Self::Variable => "environment",
            Self::Default => "default",
        })
    }
}

/// A setting as it came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// The flag without its dashes.
    pub name: &'static str,
    /// The variable.
    pub variable: String,
    /// The value in force; of a secret, whether there is one.
    pub value: String,
    /// Where it came from.
    pub source: Source,
    /// What holds when nobody says anything, with its unit.
    pub default: String,
    /// What is allowed, with its unit.
    pub rule: String,
}

/// What a setting is when nobody says anything: a value, and how a person is told of it.
pub struct Fallback<T> {
    /// The value.
    pub value: T,
    /// Its words.
    pub told: String,
}

impl<T: Display> From<T> for Fallback<T> {
    fn from(value: T) -> Self {
        let told = value.to_string();
        Self { value, told }
    }
}

/// Collects values and faults.
pub struct Reader<'a> {
    pub(crate) prefix: &'static str,
    pub(crate) variables: &'a BTreeMap<String, String>,
    pub(crate) effective: Vec<Effective>,
    pub(crate) faults: Vec<SettingFault>,
    faulty: Vec<&'static str>,
}

/// How a value is read, beside its rule.
#[derive(Clone, Copy, Default)]
struct Manner {
    /// The unit of the default; empty where there is none.
    unit: &'static str,
    /// Whether the value is shown to nobody.
    is_secret: bool,
    /// The variable of a standard, read where nothing of ours says anything.
    standard: Option<&'static str>,
}

impl<'a> Reader<'a> {
    /// For flags and these variables, whose names begin with `prefix`: after `ARBEX_`, the variable of `--timeout-ms` is
    /// `ARBEX_TIMEOUT_MS`.
    pub fn new(prefix: &'static str, variables: &'a BTreeMap<String, String>) -> Self {
        Self { prefix, variables, effective: Vec::new(), faults: Vec::new(), faulty: Vec::new() }
    }

    /// A whole number within `bounds`. Underscores may group digits.
    pub fn whole<T>(
        &mut self,
        name: &'static str,
        flag: &Option<String>,
        fallback: impl Into<Fallback<T>>,
        bounds: RangeInclusive<T>,
        unit: &'static str,
    ) -> T
    where
        T: FromStr + PartialOrd + Display,
    {
        let space = if unit.is_empty() { "" } else { " " };
        let rule = format!("a whole number from {} to {}{space}{unit}", bounds.start(), bounds.end());
        let manner = Manner { unit, ..Manner::default() };
        self.read(name, flag, fallback.into(), rule, manner, |text| parse_whole(text, &bounds))
    }

    /// A whole number within `bounds`, or `off`.
    pub fn whole_or_off<T>(
        &mut self,
        name: &'static str,
        flag: &Option<String>,
        fallback: Fallback<Option<T>>,
        bounds: RangeInclusive<T>,
        unit: &'static str,
    ) -> Option<T>
    where
        T: FromStr + PartialOrd + Display,
    {
        let rule = format!("a whole number from {} to {} {unit}, or off", bounds.start(), bounds.end());
        let manner = Manner { unit, ..Manner::default() };
        self.read(name, flag, fallback, rule, manner, |text| match text {
            "off" => Some(None),
            digits => parse_whole(digits, &bounds).map(Some),
        })
    }

    /// One of a few words.
    pub fn word<T: Copy>(
        &mut self,
        name: &'static str,
        flag: &Option<String>,
        fallback: Fallback<T>,
        words: &[(&str, T)],
    ) -> T {
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let rule = names.join(" or ");
        self.value(name, flag, fallback, rule, |text| {
            words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
        })
    }

    /// Any value: `parse` gives none when the text breaks `rule`. After a fault the fallback stands in, so that what comes
    /// later can still be checked.
    pub fn value<T>(
        &mut self,
        name: &'static str,
        flag: &Option<String>,
        fallback: impl Into<Fallback<T>>,
        rule: String,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> T {
        self.read(name, flag, fallback.into(), rule, Manner::default(), parse)
    }

    /// [`Self::value`], which may also be given by the variable of a standard: when it is not empty, and neither the flag nor our own
    /// variable is given.
    pub fn value_or_standard<T>(
        &mut self,
        name: &'static str,
        flag: &Option<String>,
        standard: &'static str,
        fallback: Fallback<T>,
        rule: String,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> T {
        let manner = Manner { standard: Some(standard), ..Manner::default() };
        self.read(name, flag, fallback, rule, manner, parse)
    }

    /// A value that is shown to nobody, right or wrong.
    pub fn secret<T>(
        &mut self,
        name: &'static str,
        flag: &Option<String>,
        fallback: Fallback<T>,
        rule: String,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> T {
        let manner = Manner { is_secret: true, ..Manner::default() };
        self.read(name, flag, fallback, rule, manner, parse)
    }

    fn read<T>(
        &mut self,
        name: &'static str,
        flag: &Option<String>,
        Fallback { value: fallback, told }: Fallback<T>,
        rule: String,
        Manner { unit, is_secret, standard }: Manner,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> T {
        let mut variable = format!("{}{}", self.prefix, name.replace('-', "_").to_uppercase());
        let mut from_variable = self.variables.get(&variable);
        if let (None, None, Some(standard)) = (flag, from_variable, standard) {
            from_variable = self.variables.get(standard).filter(|text| !text.trim().is_empty());
            if from_variable.is_some() {
                standard.clone_into(&mut variable);
            }
        }
        let (given, source) = match (flag, from_variable) {
            (Some(text), _) => (Some(text), Source::Flag),
            (None, Some(text)) => (Some(text), Source::Variable),
            (None, None) => (None, Source::Default),
        };
        let default = format!("{told} {unit}").trim_end().to_owned();
        let value = match given {
            Some(_) if is_secret => "given".to_owned(),
            Some(text) => text.trim().to_owned(),
            None => told,
        };
        let parsed = given.and_then(|text| parse(text.trim()));
        let broken = match given {
            Some(text) if parsed.is_none() => {
                let quoted: String = text.chars().take(MAX_QUOTED_CHARS).collect();
                let more = if quoted.len() < text.len() { " …" } else { "" };
                let got = if is_secret { String::new() } else { format!(", got {quoted:?}{more}") };
                Some(format!("must be {rule}{got}"))
            }
            _ => None,
        };
        self.effective.push(Effective { name, variable, value, source, default, rule });
        if let Some(message) = broken {
            self.fault(name, message);
        }
        parsed.unwrap_or(fallback)
    }

    /// A fault of `name`, at the place where its value came from.
    pub fn fault(&mut self, name: &'static str, message: String) {
        self.faulty.push(name);
        self.faults.push(SettingFault { place: self.place(name), message });
    }

    /// A fault of several settings together, told at the first. When one of them is wrong by itself, that fault says more.
    pub fn conflict(&mut self, names: &[&'static str], message: String) {
        let known = names.iter().any(|name| self.faulty.contains(name));
        if let (Some(first), false) = (names.first(), known) {
            self.fault(first, message);
        }
    }

    /// Whether somebody gave `name` a value.
    pub fn is_given(&self, name: &str) -> bool {
        self.find(name).is_some_and(|effective| effective.source != Source::Default)
    }

    /// Where the value of `name` came from: its variable, or else its flag.
    pub fn place(&self, name: &str) -> String {
        match self.find(name) {
            Some(Effective { source: Source::Variable, variable, .. }) => variable.clone(),
            _ => format!("--{name}"),
        }
    }

    /// Tell of a default that was changed to fit another setting.
    pub fn fit(&mut self, name: &str, value: String) {
        if let Some(effective) = self.effective.iter_mut().find(|effective| effective.name == name) {
            effective.value = value;
        }
    }

    /// The largest of one kind must fit into the room for all of them when it is alone. Of the two settings, one that nobody
    /// chose is fitted to the other.
    pub fn fit_pair(&mut self, [one, all]: [&'static str; 2], one_mb: usize, all_mb: usize) -> (usize, usize) {
        if one_mb <= all_mb {
            return (one_mb, all_mb);
        }
        if !self.is_given(all) {
            self.fit(all, one_mb.to_string());
            return (one_mb, one_mb);
        }
        if self.is_given(one) {
            let place = self.place(all);
            self.conflict(&[one, all], format!("must not be above {place} ({all_mb}), got {one_mb}"));
        } else {
            self.fit(one, all_mb.to_string());
        }
        (all_mb, all_mb)
    }

    fn find(&self, name: &str) -> Option<&Effective> {
        self.effective.iter().find(|effective| effective.name == name)
    }

    /// Everything that was read, and every fault.
    pub fn finish(self) -> (Vec<Effective>, Vec<SettingFault>) {
        (self.effective, self.faults)
    }
}

fn parse_whole<T: FromStr + PartialOrd>(text: &str, bounds: &RangeInclusive<T>) -> Option<T> {
    let digits = text.replace('_', "");
    // `+5` parses, but nobody means to write it.
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| plain && bounds.contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(flag: Option<&str>, variable: Option<&str>) -> (u32, Effective, Vec<String>) {
        let variables: BTreeMap<_, _> =
            variable.map(|text| ("P_MAX_MB".to_owned(), text.to_owned())).into_iter().collect();
        let mut reader = Reader::new("P_", &variables);
        let value = reader.whole("max-mb", &flag.map(str::to_owned), 5, 1..=1000, "MiB");
        let (effective, faults) = reader.finish();
        (value, effective[0].clone(), faults.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_flag_wins_over_its_variable_and_that_over_the_default() {
        for (flag, variable, value, source) in [
            (None, None, 5, Source::Default),
            (None, Some(" 1_000 "), 1000, Source::Variable),
            (Some("1"), Some("7"), 1, Source::Flag),
            // What is not used is not checked.
            (Some("1"), Some("x"), 1, Source::Flag),
        ] {
            let (read, effective, faults) = read(flag, variable);
            assert_eq!((read, effective.source, faults), (value, source, Vec::new()), "{flag:?} {variable:?}");
            assert_eq!((effective.variable.as_str(), effective.default.as_str()), ("P_MAX_MB", "5 MiB"));
        }
    }

    #[test]
    fn what_breaks_the_rule_is_told_where_it_was_given() {
        let rule = "must be a whole number from 1 to 1000 MiB, got";
        for (text, quoted) in [
            ("0", "\"0\""),
            ("1001", "\"1001\""),
            ("", "\"\""),
            ("+5", "\"+5\""),
            (&"x".repeat(80), &format!("{:?}", "x".repeat(80))),
            (&"x".repeat(81), &format!("{:?} …", "x".repeat(80))),
        ] {
            assert_eq!(read(Some(text), None).2, [format!("--max-mb: {rule} {quoted}")]);
            let (value, _, faults) = read(None, Some(text));
            assert_eq!((value, faults), (5, vec![format!("P_MAX_MB: {rule} {quoted}")]));
        }
    }

    #[test]
    fn a_secret_is_shown_to_nobody() {
        for (text, expected) in [("hush", Ok(4)), ("xy", Err("--token: must be longer"))] {
            let variables = BTreeMap::new();
            let mut reader = Reader::new("P_", &variables);
            let none = Fallback { value: None, told: "none".to_owned() };
            let long = |text: &str| (2 < text.len()).then_some(Some(text.len()));
            let len = reader.secret("token", &Some(text.to_owned()), none, "longer".to_owned(), long);
            let (effective, faults) = reader.finish();
            let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
            assert_eq!((len, faults.as_slice()), (expected.ok(), expected.err().map(str::to_owned).as_slice()));
            assert!(!format!("{effective:?}{faults:?}").contains(text), "{effective:?}");
        }
    }

    #[test]
    fn a_standards_variable_counts_where_ours_say_nothing() {
        for (flag, ours, standard, value, told) in [
            (None, None, None, 0, Ok("P_LEVEL")),
            (None, None, Some("3"), 3, Ok("STANDARD")),
            (None, None, Some(" "), 0, Ok("P_LEVEL")),
            (None, Some("2"), Some("3"), 2, Ok("P_LEVEL")),
            (Some("1"), None, Some("3"), 1, Ok("P_LEVEL")),
            (None, None, Some("x"), 0, Err("STANDARD: must be a number, got \"x\"")),
            (None, Some("x"), Some("3"), 0, Err("P_LEVEL: must be a number, got \"x\"")),
        ] {
            let given = [("P_LEVEL", ours), ("STANDARD", standard)];
            let given = given.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.to_owned())));
            let variables: BTreeMap<_, _> = given.collect();
            let mut reader = Reader::new("P_", &variables);
            let flag = flag.map(str::to_owned);
            let rule = "a number".to_owned();
            let level = reader.value_or_standard("level", &flag, "STANDARD", 0.into(), rule, |text| text.parse().ok());
            reader.refuse_unknown(|_| false, "p --help");
            let (effective, faults) = reader.finish();
            let told_faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
            assert_eq!((level, told_faults), (value, told.err().map(str::to_owned).into_iter().collect()));
            assert!(told.is_err() || effective[0].variable == told.unwrap_or_default(), "{effective:?}");
        }
    }
}
