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

/// One setting as it came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// The flag without its dashes.
    pub name: &'static str,
    /// The value in force.
    pub value: String,
    /// Where it came from.
    pub source: Source,
    /// What holds when nobody says anything.
    pub default: String,
    /// What is allowed, with its unit.
    pub rule: String,
    /// The unit of the default; empty where there is none.
    pub unit: &'static str,
}

/// What a setting is when nobody says anything: a value, and how a person is told of it.
pub(super) struct Fallback<T> {
    pub(super) value: T,
    pub(super) told: String,
}

impl<T: Display> From<T> for Fallback<T> {
    fn from(value: T) -> Self {
        let told = value.to_string();
        Self { value, told }
    }
}

/// Collects values and faults.
pub(super) struct Reader<'a> {
    variables: &'a BTreeMap<String, String>,
    effective: Vec<Effective>,
    faults: Vec<SettingFault>,
    faulty: Vec<&'static str>,
}

/// The variable of a flag: `timeout-ms` is `ARBEX_TIMEOUT_MS`.
pub(super) fn variable(name: &str) -> String {
    format!("ARBEX_{}", name.replace('-', "_").to_uppercase())
}

impl<'a> Reader<'a> {
    pub(super) fn new(variables: &'a BTreeMap<String, String>) -> Self {
        Self { variables, effective: Vec::new(), faults: Vec::new(), faulty: Vec::new() }
    }

    /// A whole number within `bounds`. Underscores may group digits.
    pub(super) fn whole<T>(
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
        let value = self.value(name, flag, fallback, rule, |text| parse_whole(text, &bounds));
        self.measure(unit);
        value
    }

    /// A whole number within `bounds`, or `off`.
    pub(super) fn whole_or_off<T>(
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
        let value = self.value(name, flag, fallback, rule, |text| match text {
            "off" => Some(None),
            digits => parse_whole(digits, &bounds).map(Some),
        });
        self.measure(unit);
        value
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(
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
    pub(super) fn value<T>(
        &mut self,
        name: &'static str,
        flag: &Option<String>,
        fallback: impl Into<Fallback<T>>,
        rule: String,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> T {
        let Fallback { value: fallback, told: default } = fallback.into();
        let from_variable = self.variables.get(&variable(name));
        let (given, source) = match (flag, from_variable) {
            (Some(text), _) => (Some(text), Source::Flag),
            (None, Some(text)) => (Some(text), Source::Variable),
            (None, None) => (None, Source::Default),
        };
        let value = given.map_or_else(|| default.clone(), |text| text.trim().to_owned());
        let parsed = given.and_then(|text| parse(text.trim()));
        self.effective.push(Effective { name, value, source, default, rule, unit: "" });
        match (parsed, given) {
            (Some(parsed), _) => parsed,
            (None, None) => fallback,
            (None, Some(text)) => {
                let quoted: String = text.chars().take(MAX_QUOTED_CHARS).collect();
                let more = if quoted.len() < text.len() { " …" } else { "" };
                let rule = self.effective.last().map(|effective| effective.rule.clone()).unwrap_or_default();
                self.fault(name, format!("must be {rule}, got {quoted:?}{more}"));
                fallback
            }
        }
    }

    /// The setting read last is in this unit.
    fn measure(&mut self, unit: &'static str) {
        if let Some(setting) = self.effective.last_mut() {
            setting.unit = unit;
        }
    }

    /// A fault of `name`, at the place where its value came from.
    pub(super) fn fault(&mut self, name: &'static str, message: String) {
        self.faulty.push(name);
        self.faults.push(SettingFault { place: self.place(name), message });
    }

    /// A fault of several settings together, told at the first. When one of them is wrong by itself, that fault says more.
    pub(super) fn conflict(&mut self, names: &[&'static str], message: String) {
        let known = names.iter().any(|name| self.faulty.contains(name));
        if let (Some(first), false) = (names.first(), known) {
            self.fault(first, message);
        }
    }

    /// Whether somebody gave `name` a value.
    pub(super) fn is_given(&self, name: &str) -> bool {
        self.find(name).is_some_and(|effective| effective.source != Source::Default)
    }

    /// Where the value of `name` came from: its variable, or else its flag.
    pub(super) fn place(&self, name: &str) -> String {
        match self.find(name).map(|effective| effective.source) {
            Some(Source::Variable) => variable(name),
            _ => format!("--{name}"),
        }
    }

    /// Tell of a default that was changed to fit another setting.
    pub(super) fn fit(&mut self, name: &str, value: String) {
        if let Some(effective) = self.effective.iter_mut().find(|effective| effective.name == name) {
            effective.value = value;
        }
    }

    /// The largest of one kind must fit into the room for all of them when it is alone. Of the two settings, one that nobody
    /// chose is fitted to the other.
    pub(super) fn fit_pair(&mut self, [one, all]: [&'static str; 2], one_mb: usize, all_mb: usize) -> (usize, usize) {
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
    pub(super) fn finish(self) -> (Vec<Effective>, Vec<SettingFault>) {
        (self.effective, self.faults)
    }
}

fn parse_whole<T: FromStr + PartialOrd>(text: &str, bounds: &RangeInclusive<T>) -> Option<T> {
    let digits = text.replace('_', "");
    // `+5` parses, but nobody means to write it.
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| plain && bounds.contains(number))
}
