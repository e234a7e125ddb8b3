//! From what was seen to what it is called: the guest's description of its places, and the profile that is made of it.

use std::collections::HashMap;

use arbex_abi::SiteKind;
use arbex_api::HotspotKind;
use indexmap::{IndexMap, IndexSet};

use super::super::peek::Site;
use super::Recorder;
use super::stacks::{Leaf, Seen, Weight};
use crate::profile::{Frame, Profile, Span, Stack};

/// What a place is, by the guest's word; it is hostile, and [`Frame::new`] makes it fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Described {
    pub kind: SiteKind,
    pub name: String,
    pub at: Option<(u32, u32)>,
    pub begins: Option<(u32, u32)>,
}

/// The profile of a run that is over.
pub(in super::super) fn profile_of(recorder: Recorder, described: &HashMap<Site, Described>) -> Profile {
    let is_named = recorder.is_worth_naming();
    let Recorder { began_unix_ms, stacks, samples, .. } = recorder;
    let mut samples = samples.into_taken();
    if !is_named {
        samples.iter_mut().for_each(|sample| sample.stack = None);
        return Profile { began_unix_ms, samples, ..Profile::default() };
    }
    let (seen, timeline) = stacks.into_parts();
    let mut frames = IndexSet::new();
    let mut named: IndexMap<Vec<u32>, Weight> = IndexMap::new();
    // Stacks that differ in what has no name are one now.
    let renumbered: Vec<u32> = seen
        .iter()
        .map(|(seen, weight)| {
            let path = path(seen, described, &mut frames);
            let entry = named.entry(path);
            let index = entry.index();
            let sum = entry.or_default();
            sum.ns = sum.ns.saturating_add(weight.ns);
            sum.hits += weight.hits;
            index as u32
        })
        .collect();
    let new = |stack: u32| renumbered.get(stack as usize).copied().unwrap_or_default();

    for sample in &mut samples {
        sample.stack = sample.stack.map(new);
    }
    Profile {
        began_unix_ms,
        samples,
        frames: frames.into_iter().collect(),
        stacks: named.into_iter().map(|(frames, Weight { ns, hits })| Stack { frames, self_ns: ns, hits }).collect(),
        timeline: timeline.into_iter().map(|Span { stack, ns }| Span { stack: new(stack), ns }).collect(),
    }
}

/// A stack's frames, outermost first.
fn path(seen: &Seen, described: &HashMap<Site, Described>, frames: &mut IndexSet<Frame>) -> Vec<u32> {
    let mut path = Vec::new();
    let mut push = |frame: Frame| path.push(frames.insert_full(frame).0 as u32);
    if seen.is_cut {
        push(built_in("(further out)"));
    }
    let mut is_inside = false;
    for site in seen.sites.iter().rev() {
        let frame = described.get(site).map_or_else(|| built_in("(other)"), frame);
        // What a built-in calls of its own kind is its own affair.
        let is_built_in = frame.kind == HotspotKind::BuiltIn;
        if !(is_inside && is_built_in) {
            push(frame);
        }
        is_inside = is_built_in;
    }
    match seen.leaf {
        Leaf::Run if seen.sites.is_empty() => push(built_in("(engine)")),
        Leaf::Run => {}
        Leaf::Wait(what) => push(wait(&format!("(waiting for the host: {what})"))),
        Leaf::Turn => push(wait("(waiting for a turn)")),
        Leaf::Other => push(built_in("(other)")),
    }
    path
}

fn frame(described: &Described) -> Frame {
    let Described { kind, name, at, begins } = described;
    match kind {
        SiteKind::User => Frame::new(HotspotKind::Script, name, at.or(*begins), *begins),
        SiteKind::Evaluated => Frame::new(HotspotKind::Evaluated, name, None, None),
        SiteKind::BuiltIn => built_in(if name.is_empty() { "(built-in)" } else { name }),
    }
}

fn built_in(name: &str) -> Frame {
    Frame::new(HotspotKind::BuiltIn, name, None, None)
}

fn wait(name: &str) -> Frame {
    Frame::new(HotspotKind::Wait, name, None, None)
}
