//! `suggestedLayoutConfiguration`, the second version of layouts: `{ version, realms, configuration, components: { rows: [
//! { configuration, columns: [ { component, colspan, configuration } ] } ] } }`. Checked only; it is stored as it came.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::payload::ChannelIds;
use crate::json::faults::{At, Faults};
use crate::json::section::{self, Section};
use crate::json::{self, Opened, Plan};

/// The list of columns in a row. An assumption: no document of the platform shows its name.
const COLUMNS: &str = "columns";

/// What older layouts call it.
const LEGACY_COLUMNS: &str = "cols";

/// Columns of the grid.
const MAX_COLSPAN: u64 = 12;

const LAYOUT: Plan = Plan::Object(&[
    ("version", Plan::Raw),
    ("realms", Plan::Raw),
    ("configuration", ANY_OBJECT),
    ("components", Plan::Object(&[("rows", Plan::Raw)])),
]);

const ANY_OBJECT: Plan = Plan::Object(&[]);

const ROW: Plan = Plan::Object(&[("configuration", ANY_OBJECT), (COLUMNS, Plan::Raw), (LEGACY_COLUMNS, Plan::Raw)]);

const COLUMN: Plan = Plan::Object(&[
    ("component", Plan::Raw),
    ("colspan", Plan::Raw),
    (
        "configuration",
        Plan::Object(&[
            ("name", Plan::Raw),
            ("titleContent", Plan::Raw),
            ("channels", Plan::Raw),
            (
                "composableChartItem",
                Plan::Object(&[("anchor", Plan::Raw), ("xAxis", ANY_OBJECT), ("slices", Plan::Raw)]),
            ),
        ]),
    ),
]);

const SLICE: Plan = Plan::Object(&[
    ("type", Plan::Raw),
    ("label", Plan::Raw),
    ("height", Plan::Raw),
    ("order", Plan::Raw),
    ("series", Plan::Raw),
]);

const SERIES: Plan = Plan::Object(&[("id", Plan::Raw), ("label", Plan::Raw), ("channel", Plan::Raw)]);

const SLICE_TYPES: &[&str] = &["area", "events", "ranges", "legend", "static", "scatter"];
const ANCHORS: &[&str] = &["time", "index", "none"];

/// Check a layout; `ids` are those of the channels that are returned beside it, when there is a dataservice.
pub(super) fn check(raw: &RawValue, ids: Option<&ChannelIds<'_>>, at: &At<'_>, faults: &mut Faults) {
    if raw.get().starts_with('[') {
        faults.add(at, "must be an object with components.rows (a v2 layout), got an array, the legacy form");
        return;
    }
    let Some(opened) = json::opened(raw, &LAYOUT, 0, at, faults) else { return };
    let Some(layout) = Section::mandatory(&opened, *at, faults) else { return };
    layout.text("version", faults);
    if let Some(realms) = layout.raw("realms") {
        texts(realms, &layout.at.key("realms"), faults, |_, _, _| {});
    }
    layout.section("configuration", faults);
    if layout.is_absent("components") {
        faults.add(&layout.at.key("components"), "is required: an object with rows");
    }
    let Some(components) = layout.section("components", faults) else { return };
    let Some(rows) = components.required("rows", faults) else { return };
    json::each(rows, &ROW, &components.at.key("rows"), faults, |entry, at, faults| {
        let Some(row) = Section::mandatory(entry, at, faults) else { return };
        check_row(&row, ids, faults);
    });
}

fn check_row(row: &Section<'_, '_>, ids: Option<&ChannelIds<'_>>, faults: &mut Faults) {
    row.section("configuration", faults);
    let at = row.at.key(COLUMNS);
    let Some(columns) = row.raw(COLUMNS) else {
        let legacy = if row.raw(LEGACY_COLUMNS).is_some() { "; cols is its name in legacy layouts" } else { "" };
        faults.add(&at, format!("is required{legacy}"));
        return;
    };
    json::each(columns, &COLUMN, &at, faults, |entry, at, faults| {
        let Some(column) = Section::mandatory(entry, at, faults) else { return };
        column.label("component", faults);
        column.integer("colspan", 1..=MAX_COLSPAN, " (columns of the grid)", faults);
        if column.is_absent("configuration") {
            faults.add(&column.at.key("configuration"), "is required: an object");
        }
        let Some(configuration) = column.section("configuration", faults) else { return };
        configuration.text("name", faults);
        configuration.text("titleContent", faults);
        if let Some(channels) = configuration.raw("channels") {
            let at = configuration.at.key("channels");
            texts(channels, &at, faults, |channel, at, faults| check_channel(&channel, ids, at, faults));
        }
        if let Some(chart) = configuration.section("composableChartItem", faults) {
            check_chart(&chart, ids, faults);
        }
    });
}

fn check_chart(chart: &Section<'_, '_>, ids: Option<&ChannelIds<'_>>, faults: &mut Faults) {
    chart.one_of("anchor", ANCHORS, |name| ANCHORS.contains(&name).then_some(()), faults);
    chart.section("xAxis", faults);
    let Some(slices) = chart.raw("slices") else { return };
    json::each(slices, &SLICE, &chart.at.key("slices"), faults, |entry, at, faults| {
        let Some(slice) = Section::mandatory(entry, at, faults) else { return };
        slice.required("type", faults);
        slice.one_of("type", SLICE_TYPES, |name| SLICE_TYPES.contains(&name).then_some(()), faults);
        slice.text("label", faults);
        for number in ["height", "order"] {
            if slice.raw(number).is_some() {
                slice.finite(number, faults);
            }
        }
        let Some(series) = slice.raw("series") else { return };
        json::each(series, &SERIES, &slice.at.key("series"), faults, |entry, at, faults| {
            let Some(series) = Section::mandatory(entry, at, faults) else { return };
            series.text("id", faults);
            series.text("label", faults);
            if let Some(channel) = series.text("channel", faults) {
                check_channel(&channel, ids, &series.at.key("channel"), faults);
            }
        });
    });
}

/// A widget that is bound to a channel which nobody sends shows nothing, and does not say why.
fn check_channel(channel: &str, ids: Option<&ChannelIds<'_>>, at: &At<'_>, faults: &mut Faults) {
    if ids.is_some_and(|ids| !ids.contains(channel)) {
        let channel = json::shorten(channel);
        faults.add(at, format!("must be the id of a channel of the returned dataservice, got {channel:?}"));
    }
}

/// An array of strings.
fn texts(raw: &RawValue, at: &At<'_>, faults: &mut Faults, mut visit: impl FnMut(Cow<'_, str>, &At<'_>, &mut Faults)) {
    json::each(raw, &Plan::Raw, at, faults, |entry, at, faults| {
        let Opened::Raw(raw) = entry else { return };
        if let Some(text) = section::text(raw, &at, faults) {
            visit(text, &at, faults);
        }
    });
}
