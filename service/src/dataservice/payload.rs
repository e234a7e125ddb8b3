//! The `$heat-dataservice` member: `{ version, groups, realms: [ { name, channels } ] }`. Of the older form, `{ channels, realm }`
//! with a `realm` in each channel, the realms are made here, in the order in which they are first named.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde_json::value::RawValue;

use super::DATASERVICE;
use super::channel::{self, Channel};
use super::object::{self, Object};
use crate::json::faults::{At, Faults};
use crate::json::section::Section;
use crate::json::{self, Plan};

const DEFAULT_VERSION: &str = "1.0";
const DEFAULT_REALM: &str = "default";

/// The platform's soft cap: more are told, not refused.
const MAX_USUAL_REALMS: usize = 50;

const PAYLOAD: Plan = Plan::Whole(&[
    ("version", Plan::Raw),
    ("groups", Plan::Raw),
    ("realms", Plan::Raw),
    ("realm", Plan::Raw),
    ("channels", Plan::Raw),
]);

const GROUP: Plan = Plan::Object(&[("id", Plan::Raw), ("name", Plan::Raw)]);

const REALM: Plan = Plan::Whole(&[("name", Plan::Raw), ("channels", Plan::Raw)]);

/// The ids of all channels, for a layout that refers to them.
pub(super) type ChannelIds<'a> = HashSet<Cow<'a, str>>;

/// What is known of a payload once it is written.
#[derive(Default)]
pub(super) struct Payload<'a> {
    pub(super) ids: ChannelIds<'a>,
    pub(super) warning: Option<String>,
}

/// What the channels of a payload are checked against.
#[derive(Default)]
pub(super) struct Known<'a> {
    /// The ids of the groups; none when there is no list of them to look into.
    pub(super) groups: Option<HashSet<Cow<'a, str>>>,
    /// Realm and id of each channel so far.
    pub(super) channels: HashSet<(usize, Cow<'a, str>)>,
    pub(super) ids: ChannelIds<'a>,
}

/// Write the normal form of `raw`.
pub(super) fn write<'a>(raw: &'a RawValue, at: &At<'_>, out: &mut String, faults: &mut Faults) -> Payload<'a> {
    let Some(opened) = json::opened(raw, &PAYLOAD, 0, at, faults) else { return Payload::default() };
    let Some(section) = Section::mandatory(&opened, *at, faults) else { return Payload::default() };

    let mut payload = Object::begin(out);
    let version = payload.member("version");
    match section.raw("version") {
        Some(raw) => {
            section.label("version", faults);
            version.push_str(raw.get());
        }
        None => version.extend(["\"", DEFAULT_VERSION, "\""]),
    }

    let mut known = Known::default();
    let groups = section.required("groups", faults);
    if let Some(raw) = groups {
        known.groups = Some(group_ids(raw, &section.at.key("groups"), faults));
        payload.member("groups").push_str(raw.get());
    }

    let realm = section.raw("realm").and_then(|_| section.label("realm", faults));
    let filled = |key| section.raw(key).filter(|raw| !is_empty_array(raw));
    let count = match (filled("realms"), filled("channels")) {
        (Some(realms), channels) => {
            if channels.is_some() {
                faults.add(at, "must have realms or channels, got both: move the channels into their realms");
            }
            write_realms(realms, &section.at.key("realms"), &mut known, payload.member("realms"), faults)
        }
        (None, Some(channels)) => {
            let at = section.at.key("channels");
            let default = realm.unwrap_or(Cow::Borrowed(DEFAULT_REALM));
            write_grouped(channels, default, &at, &mut known, payload.member("realms"), faults)
        }
        (None, None) => {
            // Neither is a mistake; an empty one is a dashboard without data.
            if section.raw("channels").is_none() {
                section.required("realms", faults);
            }
            let realms = payload.member("realms");
            realms.push('[');
            write_realm(realm.as_deref().unwrap_or(DEFAULT_REALM), "", realms);
            realms.push(']');
            1
        }
    };
    payload.others(section.others());
    payload.end();

    let warning = (MAX_USUAL_REALMS < count)
        .then(|| format!("{DATASERVICE} has {count} realms; dashboards are meant for at most {MAX_USUAL_REALMS}"));
    Payload { ids: known.ids, warning }
}

fn group_ids<'a>(raw: &'a RawValue, at: &At<'_>, faults: &mut Faults) -> HashSet<Cow<'a, str>> {
    let mut ids = HashSet::new();
    json::each(raw, &GROUP, at, faults, |entry, at, faults| {
        let Some(group) = Section::mandatory(entry, at, faults) else { return };
        let id = group.label("id", faults);
        group.label("name", faults);
        add_unique(id, &mut ids, "groups", &group.at.key("id"), faults);
    });
    ids
}

/// The nested form: gives how many realms there are.
fn write_realms<'a>(
    raw: &'a RawValue,
    at: &At<'_>,
    known: &mut Known<'a>,
    out: &mut String,
    faults: &mut Faults,
) -> usize {
    let mut names = HashSet::new();
    let mut index = 0;
    out.push('[');
    let count = json::each(raw, &REALM, at, faults, |entry, at, faults| {
        let Some(section) = Section::mandatory(entry, at, faults) else { return };
        index += 1;
        object::separate(out);
        let mut realm = Object::begin(out);
        let text = realm.member("name");
        let name = match section.raw("name") {
            Some(raw) => {
                text.push_str(raw.get());
                section.label("name", faults)
            }
            None => {
                text.extend(["\"", DEFAULT_REALM, "\""]);
                Some(Cow::Borrowed(DEFAULT_REALM))
            }
        };
        add_unique(name.clone(), &mut names, "realms", &section.at.key("name"), faults);

        let channels = realm.member("channels");
        channels.push('[');
        if let Some(raw) = section.required("channels", faults) {
            json::each(raw, &channel::PLAN, &section.at.key("channels"), faults, |entry, at, faults| {
                let Some(channel) = Channel::open(entry, at, faults) else { return };
                channel.belongs_to(name.as_deref(), faults);
                object::separate(channels);
                channel.write(index, known, channels, faults);
            });
        }
        channels.push(']');
        realm.others(section.others());
        realm.end();
    });
    out.push(']');
    count
}

/// The flat form: gives how many realms its channels name.
fn write_grouped<'a>(
    raw: &'a RawValue,
    default: Cow<'a, str>,
    at: &At<'_>,
    known: &mut Known<'a>,
    out: &mut String,
    faults: &mut Faults,
) -> usize {
    let mut realms: Vec<(Cow<'a, str>, String)> = Vec::new();
    let mut places = HashMap::new();
    json::each(raw, &channel::PLAN, at, faults, |entry, at, faults| {
        let Some(channel) = Channel::open(entry, at, faults) else { return };
        let name = channel.realm(faults).unwrap_or_else(|| default.clone());
        let place = *places.entry(name.clone()).or_insert_with(|| {
            realms.push((name, String::new()));
            realms.len() - 1
        });
        let Some((_, channels)) = realms.get_mut(place) else { return };
        if !channels.is_empty() {
            channels.push(',');
        }
        channel.write(place, known, channels, faults);
    });
    out.push('[');
    for (name, channels) in &realms {
        object::separate(out);
        write_realm(name, channels, out);
    }
    out.push(']');
    realms.len()
}

fn write_realm(name: &str, channels: &str, out: &mut String) {
    let mut realm = Object::begin(out);
    // A string has a JSON form.
    realm.member("name").push_str(&serde_json::to_string(name).unwrap_or_default());
    realm.member("channels").extend(["[", channels, "]"]);
    realm.end();
}

/// Add a name that must not stand twice among `these`.
fn add_unique<'a>(
    name: Option<Cow<'a, str>>,
    names: &mut HashSet<Cow<'a, str>>,
    these: &str,
    at: &At<'_>,
    faults: &mut Faults,
) {
    let Some(name) = name else { return };
    if names.contains(&name) {
        faults.add(at, format!("must be unique among the {these}, got {:?} again", json::shorten(&name)));
    } else {
        names.insert(name);
    }
}

fn is_empty_array(raw: &RawValue) -> bool {
    raw.get().strip_prefix('[').is_some_and(|rest| rest.trim_ascii_start().starts_with(']'))
}
