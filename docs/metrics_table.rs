//! Makes the tables of metrics.md out of the registries of service and runner, whose tests include this file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use prometheus::proto::{MetricFamily, MetricType};

/// Labels whose values are not all there when a process starts: metric, label, what they are.
type Open = [(&'static str, &'static str, &'static str)];

/// Compares a section of docs/metrics.md with what is registered; with UPDATE_EXPECT, writes it.
#[expect(clippy::disallowed_methods, reason = "not a setting of the service")]
pub(super) fn check(title: &str, families: &[MetricFamily], open: &Open) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/metrics.md");
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let heading = format!("## {title}\n");
    let begin = committed.find(&heading).unwrap_or_else(|| panic!("docs/metrics.md has no section {title}"));
    let (before, rest) = committed.split_at(begin);
    let end = rest.find("\n## ").map_or(rest.len(), |newline| newline + 1);
    let wanted = format!("{before}{heading}\n{}{}", table(families, open), next_section(&rest[end..]));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(committed == wanted, "docs/metrics.md is stale; UPDATE_EXPECT=1 cargo test writes it");
}

fn next_section(rest: &str) -> String {
    if rest.is_empty() { String::new() } else { format!("\n{rest}") }
}

fn table(families: &[MetricFamily], open: &Open) -> String {
    let mut text = "| Metric | Type | Unit | Labels | Meaning |\n|---|---|---|---|---|\n".to_owned();
    for family in families {
        let (name, kind, labels) = (family.name(), kind(family.get_field_type()), labels(family, open));
        let _ = writeln!(text, "| `{name}` | {kind} | {} | {labels} | {} |", unit(name), family.help());
    }
    text
}

fn kind(of: MetricType) -> &'static str {
    match of {
        MetricType::COUNTER => "counter",
        MetricType::GAUGE => "gauge",
        MetricType::HISTOGRAM => "histogram",
        other => panic!("no metric of ours is {other:?}"),
    }
}

/// Names carry their units.
fn unit(name: &str) -> &'static str {
    let units = [("_seconds", "seconds"), ("_bytes", "bytes"), ("_fuel_", "fuel units"), ("_info", "–")];
    units.iter().find(|(part, _)| name.contains(part)).map_or("number", |(_, unit)| unit)
}

fn labels(family: &MetricFamily, open: &Open) -> String {
    let mut values = BTreeMap::<&str, BTreeSet<&str>>::new();
    for label in family.get_metric().iter().flat_map(|metric| metric.get_label()) {
        values.entry(label.name()).or_default().insert(label.value());
    }
    let words = |(label, values): (&str, BTreeSet<&str>)| {
        let open = open.iter().find(|(metric, of, _)| *metric == family.name() && *of == label);
        let closed = || values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
        format!("`{label}`: {}", open.map_or_else(closed, |(.., words)| (*words).to_owned()))
    };
    let all: Vec<_> = values.into_iter().map(words).collect();
    if all.is_empty() { "–".to_owned() } else { all.join("; ") }
}
