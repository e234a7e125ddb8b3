//! From what was seen to what it is called: the guest's description of its places, and the profile that is made of it.

use std::collections::HashMap;

use arbex_abi::SiteKind;
use arbex_api::HotspotKind;
use indexmap::{IndexMap, IndexSet};

use super::super::builtins::Names;
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

impl Described {
    /// The guest leaves the engine's functions to [`Unnamed::into_profile`].
    fn is_nameless_builtin(&self) -> bool {
        self.kind == SiteKind::BuiltIn && self.name.is_empty()
    }
}

/// What was seen of a run that is over, and what the guest said of the places.
pub(in super::super) struct Unnamed {
    pub recorder: Recorder,
    pub described: HashMap<Site, Described>,
}

impl Unnamed {
    /// Whether the engine's own functions are among the places.
    pub(in super::super) fn wants_builtins(&self) -> bool {
        self.described.values().any(Described::is_nameless_builtin)
    }

    /// With names for all.
    pub(in super::super) fn into_profile(mut self, builtins: Option<&Names>) -> Profile {
        for (site, described) in &mut self.described {
            let name = builtins.and_then(|names| names.get(site));
            if let (true, Some(name)) = (described.is_nameless_builtin(), name) {
                described.name = name.to_string();
            }
        }
        profile_of(self.recorder, &self.described)
    }
}

fn profile_of(recorder: Recorder, described: &HashMap<Site, Described>) -> Profile {
    let is_named = recorder.is_worth_naming();
    let Recorder { began_unix_ms, stacks, samples, .. } = recorder;
    let mut samples = samples.into_taken();
    if !is_named {
        samples.iter_mut().for_each(|sample| sample.stack = None);
        return Profile { began_unix_ms, samples, ..Profile::default() };
    }
    let (seen, timeline) = stacks.into_parts();
    let mut frames = Frames::new(described);
    let mut named: IndexMap<Vec<u32>, Weight> = IndexMap::new();
    // Stacks that differ in what has no name are one now.
    let renumbered: Vec<u32> = seen
        .iter()
        .map(|(seen, weight)| {
            let path = frames.path(seen);
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
        frames: frames.frames.into_iter().collect(),
        stacks: named.into_iter().map(|(frames, Weight { ns, hits })| Stack { frames, self_ns: ns, hits }).collect(),
        timeline: timeline.into_iter().map(|Span { stack, ns }| Span { stack: new(stack), ns }).collect(),
    }
}

/// The frames of a profile, each once.
struct Frames<'d> {
    described: &'d HashMap<Site, Described>,
    frames: IndexSet<Frame>,
    /// Which of them a place is, of those that were met.
    of_sites: HashMap<Site, u32>,
    /// The script's functions, by the first number of their places: those of their places that were too many to ask about are told
    /// as the function.
    functions: HashMap<u32, &'d Described>,
}

impl<'d> Frames<'d> {
    fn new(described: &'d HashMap<Site, Described>) -> Self {
        let functions = described.iter().filter(|(_, described)| described.kind == SiteKind::User);
        let functions = functions.map(|((function, _), described)| (*function, described)).collect();
        Self { described, frames: IndexSet::new(), of_sites: HashMap::new(), functions }
    }

    fn of_site(&mut self, site: Site) -> u32 {
        if let Some(index) = self.of_sites.get(&site) {
            return *index;
        }
        let frame = match (self.described.get(&site), self.functions.get(&site.0)) {
            (Some(described), _) => frame(described),
            (None, Some(function)) => whole(function),
            (None, None) => built_in("(other)"),
        };
        let index = self.index(frame);
        self.of_sites.insert(site, index);
        index
    }

    fn index(&mut self, frame: Frame) -> u32 {
        self.frames.insert_full(frame).0 as u32
    }

    /// A stack's frames, outermost first.
    fn path(&mut self, seen: &Seen) -> Vec<u32> {
        let mut path = Vec::new();
        if seen.is_cut {
            path.push(self.index(built_in("(further out)")));
        }
        let mut is_inside = false;
        for site in seen.sites.iter().rev() {
            let described = self.described.get(site).or_else(|| self.functions.get(&site.0).copied());
            let is_built_in = described.is_none_or(|described| described.kind == SiteKind::BuiltIn);
            // What a built-in calls of its own kind is its own affair.
            if !(is_inside && is_built_in) {
                path.push(self.of_site(*site));
            }
            is_inside = is_built_in;
        }
        match seen.leaf {
            Leaf::Run if seen.sites.is_empty() => path.push(self.index(built_in("(engine)"))),
            Leaf::Run => {}
            Leaf::Wait(what) => path.push(self.index(wait(&format!("(waiting for the host: {what})")))),
            Leaf::Turn => path.push(self.index(wait("(waiting for a turn)"))),
            Leaf::Other => path.push(self.index(built_in("(other)"))),
        }
        path
    }
}

fn frame(described: &Described) -> Frame {
    let Described { kind, name, at, begins } = described;
    match kind {
        SiteKind::User => Frame::new(HotspotKind::Script, name, at.or(*begins), *begins),
        SiteKind::Evaluated => Frame::new(HotspotKind::Evaluated, name, None, None),
        SiteKind::BuiltIn => built_in(if name.is_empty() { "(built-in)" } else { name }),
    }
}

/// Somewhere in a function.
fn whole(function: &Described) -> Frame {
    Frame::new(HotspotKind::Script, &function.name, None, function.begins)
}

fn built_in(name: &str) -> Frame {
    Frame::new(HotspotKind::BuiltIn, name, None, None)
}

fn wait(name: &str) -> Frame {
    Frame::new(HotspotKind::Wait, name, None, None)
}
