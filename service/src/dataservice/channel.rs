//! One channel: `{ id, name, groupId, shape, data }`, and whatever else a widget may want of it (`metadata`, …).

use std::borrow::Cow;

use super::object::Object;
use super::payload::Known;
use super::points;
use crate::json::faults::{At, Faults};
use crate::json::section::Section;
use crate::json::{self, Opened, Plan};

pub(super) const PLAN: Plan = Plan::Whole(&[
    ("id", Plan::Raw),
    ("name", Plan::Raw),
    ("groupId", Plan::Raw),
    ("shape", Plan::Raw),
    ("realm", Plan::Raw),
    ("data", Plan::Raw),
]);

/// What a channel's data are.
#[derive(Clone, Copy)]
enum Shape {
    Series,
    Value,
    Events,
    Timestamps,
    Ranges,
    /// A widget's own form, which only the widget knows.
    MapDisplay,
}

impl Shape {
    const NAMES: &[&str] = &["series", "value", "events", "timestamps", "ranges", "mapdisplay"];

    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "series" => Self::Series,
            "value" => Self::Value,
            "events" => Self::Events,
            "timestamps" => Self::Timestamps,
            "ranges" => Self::Ranges,
            "mapdisplay" => Self::MapDisplay,
            _ => return None,
        })
    }

    /// The member of `data` that holds the points or the value. The documents state it for `value` only; the others are ours.
    const fn key(self) -> &'static str {
        match self {
            Self::Series => "series",
            Self::Value => "value",
            Self::Events => "events",
            Self::Timestamps => "timestamps",
            Self::Ranges => "ranges",
            Self::MapDisplay => "",
        }
    }

    const fn plan(self) -> &'static Plan {
        match self {
            Self::Series => const { &Plan::Whole(&[(Self::Series.key(), Plan::Raw)]) },
            Self::Value => const { &Plan::Whole(&[(Self::Value.key(), Plan::Raw)]) },
            Self::Events => const { &Plan::Whole(&[(Self::Events.key(), Plan::Raw)]) },
            Self::Timestamps => const { &Plan::Whole(&[(Self::Timestamps.key(), Plan::Raw)]) },
            Self::Ranges => const { &Plan::Whole(&[(Self::Ranges.key(), Plan::Raw)]) },
            Self::MapDisplay => &Plan::Raw,
        }
    }
}

pub(super) struct Channel<'s, 'a>(Section<'s, 'a>);

impl<'s, 'a> Channel<'s, 'a> {
    pub(super) fn open(entry: &'s Opened<'a>, at: At<'s>, faults: &mut Faults) -> Option<Self> {
        Section::mandatory(entry, at, faults).map(Self)
    }

    /// The realm that it names itself.
    pub(super) fn realm(&self, faults: &mut Faults) -> Option<Cow<'a, str>> {
        self.0.raw("realm")?;
        self.0.label("realm", faults)
    }

    /// Within a realm, it may name that realm only.
    pub(super) fn belongs_to(&self, realm: Option<&str>, faults: &mut Faults) {
        let (Some(own), Some(realm)) = (self.realm(faults), realm) else { return };
        if own != realm {
            let (own, realm) = (json::shorten(&own), json::shorten(realm));
            let message = format!("must be left out, or be the realm {realm:?} that it stands in, got {own:?}");
            faults.add(&self.0.at.key("realm"), message);
        }
    }

    /// Write its normal form. `realm` is a number for its realm, within which its id must be the only one.
    pub(super) fn write(&self, realm: usize, known: &mut Known<'a>, out: &mut String, faults: &mut Faults) {
        let section = &self.0;
        if let Some(id) = section.label("id", faults) {
            if !known.channels.insert((realm, id.clone())) {
                let id = json::shorten(&id);
                faults.add(&section.at.key("id"), format!("must be unique within its realm, got {id:?} again"));
            }
            known.ids.insert(id);
        }
        section.label("name", faults);
        if let (Some(group), Some(groups)) = (section.label("groupId", faults), &known.groups)
            && !groups.contains(&group)
        {
            let group = json::shorten(&group);
            faults.add(&section.at.key("groupId"), format!("must be the id of one of the groups, got {group:?}"));
        }
        section.required("shape", faults);
        let shape = section.one_of("shape", Shape::NAMES, Shape::from_name, faults);

        let mut channel = Object::begin(out);
        for key in ["id", "name", "groupId", "shape"] {
            channel.member(key).push_str(section.raw(key).map_or("null", |raw| raw.get()));
        }
        self.write_data(shape, channel.member("data"), faults);
        channel.others(section.others());
        channel.end();
    }

    /// `{ "<shape>": … }`; of the older form, the array alone, that is made here.
    fn write_data(&self, shape: Option<Shape>, out: &mut String, faults: &mut Faults) {
        let Some(raw) = self.0.required("data", faults) else { return };
        let Some(shape) = shape else { return };
        let (key, at) = (shape.key(), self.0.at.key("data"));
        let check: points::Check = match shape {
            Shape::MapDisplay => return out.push_str(raw.get()),
            Shape::Value => points::any,
            Shape::Series => points::series,
            Shape::Events => points::events,
            Shape::Timestamps => points::timestamps,
            Shape::Ranges => points::ranges,
        };
        if raw.get().starts_with('[') {
            let mut data = Object::begin(out);
            check(raw, &at, data.member(key), faults);
            return data.end();
        }
        let Some(opened) = json::opened(raw, shape.plan(), 0, &at, faults) else { return };
        let Some(section) = Section::mandatory(&opened, at, faults) else { return };
        let at = section.at.key(key);
        let mut data = Object::begin(out);
        match section.value(key) {
            Some(raw) => check(raw, &at, data.member(key), faults),
            None => faults.add(&at, "is required"),
        }
        data.others(section.others());
        data.end();
    }
}
