//! Label selectors, and the two field selectors that pods have here.

use std::collections::BTreeMap;

use crate::refusal::Refusal;

type Labels = BTreeMap<String, String>;

/// One requirement of a label selector.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Requirement {
    Has(String),
    HasNot(String),
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
}

/// All requirements together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Selector(Vec<Requirement>);

impl Selector {
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let requirements = split(text).into_iter().filter(|part| !part.is_empty()).map(requirement);
        requirements.collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn matches(&self, labels: &Labels) -> bool {
        self.0.iter().all(|requirement| match requirement {
            Requirement::Has(key) => labels.contains_key(key),
            Requirement::HasNot(key) => !labels.contains_key(key),
            Requirement::In(key, values) => labels.get(key).is_some_and(|value| values.contains(value)),
            // As Kubernetes has it: whoever lacks the label is not in the set.
            Requirement::NotIn(key, values) => labels.get(key).is_none_or(|value| !values.contains(value)),
        })
    }
}

/// At commas, but not at those between parentheses.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    let parts = text.split(move |letter: char| {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        letter == ',' && depth <= 0
    });
    parts.map(str::trim).collect()
}

fn requirement(text: &str) -> Result<Requirement, Refusal> {
    let fault = || Refusal::bad_request(format!("unable to parse requirement: {text:?}"));
    let values = |text: &str| {
        let inside = text.trim().strip_prefix('(').and_then(|text| text.strip_suffix(')')).ok_or_else(fault)?;
        inside.split(',').map(|value| checked_value(value.trim()).ok_or_else(fault)).collect::<Result<Vec<_>, _>>()
    };
    let key = |text: &str| checked_key(text.trim()).ok_or_else(fault);
    if let Some(rest) = text.strip_prefix('!') {
        return Ok(Requirement::HasNot(key(rest)?));
    }
    if let Some((name, rest)) = text.split_once(" notin ") {
        return Ok(Requirement::NotIn(key(name)?, values(rest)?));
    }
    if let Some((name, rest)) = text.split_once(" in ") {
        return Ok(Requirement::In(key(name)?, values(rest)?));
    }
    let one = |value: &str| checked_value(value.trim()).map(|value| vec![value]).ok_or_else(fault);
    for (operator, is_in) in [("!=", false), ("==", true), ("=", true)] {
        if let Some((name, value)) = text.split_once(operator) {
            let (name, value) = (key(name)?, one(value)?);
            return Ok(if is_in { Requirement::In(name, value) } else { Requirement::NotIn(name, value) });
        }
    }
    Ok(Requirement::Has(key(text)?))
}

fn checked_key(key: &str) -> Option<String> {
    let name = key.rsplit('/').next().unwrap_or_default();
    (!name.is_empty() && plain(name) && key.matches('/').count() <= 1).then(|| key.to_owned())
}

fn checked_value(value: &str) -> Option<String> {
    (value.is_empty() || plain(value)).then(|| value.to_owned())
}

/// The form of a label's name and of its value.
fn plain(text: &str) -> bool {
    let edge = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    text.len() <= 63
        && edge(text.chars().next())
        && edge(text.chars().last())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_select_as_kubernetes_documents_them() {
        let labels: Labels = [("app", "web"), ("tier", "front"), ("example.org/x", "")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into();
        for (selector, expected) in [
            ("", Some(true)),
            ("app=web", Some(true)),
            ("app==web", Some(true)),
            ("app=db", Some(false)),
            ("app!=db", Some(true)),
            ("app!=web", Some(false)),
            ("zone!=a", Some(true)),
            ("app", Some(true)),
            ("zone", Some(false)),
            ("!zone", Some(true)),
            ("!app", Some(false)),
            ("app in (db, web)", Some(true)),
            ("app notin (db,web)", Some(false)),
            ("zone notin (a)", Some(true)),
            ("app=web,tier in (front,back),!zone", Some(true)),
            ("app=web,tier=back", Some(false)),
            ("example.org/x=", Some(true)),
            ("app in db", None),
            ("=web", None),
            ("app=we b", None),
            ("app=web;drop", None),
            ("a/b/c=d", None),
        ] {
            let parsed = Selector::parse(selector);
            assert_eq!(parsed.as_ref().ok().map(|selector| selector.matches(&labels)), expected, "{selector:?}");
            if let Err(refusal) = parsed {
                assert_eq!((refusal.code, refusal.reason), (400, "BadRequest"));
            }
        }
    }
}
