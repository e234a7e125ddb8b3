//! What stands in a channel's data, by its shape. Points are copied as they came; only ranges are written anew, with their
//! durations.

use serde_json::value::RawValue;

use super::object::{self, Object};
use crate::json::faults::{At, Faults};
use crate::json::section::Section;
use crate::json::{self, Plan};

/// Checks the entries and writes their normal form.
pub(super) type Check = fn(&RawValue, &At<'_>, &mut String, &mut Faults);

const SERIES: Plan = Plan::Object(&[("timeMs", Plan::Raw), ("value", Plan::Raw)]);
const EVENT: Plan = Plan::Object(&[("timeMs", Plan::Raw), ("occurred", Plan::Raw)]);
const TIMESTAMP: Plan = Plan::Object(&[("timeMs", Plan::Raw), ("annotation", Plan::Raw)]);
const RANGE: Plan = Plan::Whole(&[("startTimeMs", Plan::Raw), ("endTimeMs", Plan::Raw), ("durationMs", Plan::Raw)]);

/// `value`: any JSON.
pub(super) fn any(value: &RawValue, _: &At<'_>, out: &mut String, _: &mut Faults) {
    out.push_str(value.get());
}

/// `[{ timeMs, value }]`, each value a number, a category, or `null` for a gap, which is also what JSON makes of `NaN`.
pub(super) fn series(points: &RawValue, at: &At<'_>, out: &mut String, faults: &mut Faults) {
    json::each(points, &SERIES, at, faults, |entry, at, faults| {
        let Some(point) = Section::mandatory(entry, at, faults) else { return };
        point.finite("timeMs", faults);
        let at = point.at.key("value");
        match point.value("value") {
            None => faults.add(&at, "is required"),
            Some(value) if !is_plottable(value) => {
                let shown = json::shown(value);
                faults.add(&at, format!("must be a finite number, a string, true, false or null, got {shown}"));
            }
            Some(_) => {}
        }
    });
    out.push_str(points.get());
}

fn is_plottable(value: &RawValue) -> bool {
    value.get().starts_with('"') || matches!(value.get(), "true" | "false" | "null") || json::finite(value).is_some()
}

/// `[{ timeMs, occurred }]`
pub(super) fn events(points: &RawValue, at: &At<'_>, out: &mut String, faults: &mut Faults) {
    json::each(points, &EVENT, at, faults, |entry, at, faults| {
        let Some(point) = Section::mandatory(entry, at, faults) else { return };
        point.finite("timeMs", faults);
        point.required("occurred", faults);
        point.boolean("occurred", faults);
    });
    out.push_str(points.get());
}

/// `[{ timeMs, annotation }]`; an instant may be without a text.
pub(super) fn timestamps(points: &RawValue, at: &At<'_>, out: &mut String, faults: &mut Faults) {
    json::each(points, &TIMESTAMP, at, faults, |entry, at, faults| {
        let Some(point) = Section::mandatory(entry, at, faults) else { return };
        point.finite("timeMs", faults);
        if let Some(annotation) = point.raw("annotation")
            && !annotation.get().starts_with('"')
        {
            let shown = json::shown(annotation);
            faults.add(&point.at.key("annotation"), format!("must be a string, got {shown}"));
        }
    });
    out.push_str(points.get());
}

/// `[{ startTimeMs, endTimeMs, durationMs }]`
pub(super) fn ranges(points: &RawValue, at: &At<'_>, out: &mut String, faults: &mut Faults) {
    out.push('[');
    json::each(points, &RANGE, at, faults, |entry, at, faults| {
        let Some(section) = Section::mandatory(entry, at, faults) else { return };
        let (start, end) = (section.finite("startTimeMs", faults), section.finite("endTimeMs", faults));
        let duration = section.raw("durationMs").map(|raw| {
            if section.finite("durationMs", faults).is_some_and(|duration| duration < 0.0) {
                faults.add(&section.at.key("durationMs"), format!("must not be negative, got {}", json::shown(raw)));
            }
            raw.get().to_owned()
        });
        let (Some(start_ms), Some(end_ms)) = (start, end) else { return };
        let (Some(start), Some(end)) = (section.raw("startTimeMs"), section.raw("endTimeMs")) else { return };
        if end_ms < start_ms {
            let (start, end) = (json::shown(start), json::shown(end));
            faults.add(&section.at.key("endTimeMs"), format!("must not be before startTimeMs {start}, got {end}"));
            return;
        }
        let Some(duration) = duration.or_else(|| difference(start, end, end_ms - start_ms)) else {
            faults.add(
                &section.at.key("durationMs"),
                "must be given where endTimeMs - startTimeMs is too large a number",
            );
            return;
        };
        object::separate(out);
        let mut range = Object::begin(out);
        range.member("startTimeMs").push_str(start.get());
        range.member("endTimeMs").push_str(end.get());
        range.member("durationMs").push_str(&duration);
        range.others(section.others());
        range.end();
    });
    out.push(']');
}

/// `end - start` as JSON, the way JavaScript would spell it where it is a whole number.
fn difference(start: &RawValue, end: &RawValue, rounded: f64) -> Option<String> {
    if let (Some(start), Some(end)) = (json::whole_number(start), json::whole_number(end)) {
        return Some((end - start).to_string());
    }
    let whole = RawValue::from_string(serde_json::to_string(&rounded).ok()?).ok()?;
    match json::whole_number(&whole) {
        Some(whole) => Some(whole.to_string()),
        None => rounded.is_finite().then(|| whole.get().to_owned()),
    }
}
