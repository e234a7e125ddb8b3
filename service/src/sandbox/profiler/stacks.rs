//! The stacks that were seen, each once, with their times; and their order. Bounded whatever a script does.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

use indexmap::IndexMap;

use super::super::peek::Site;
use crate::profile::Span;

/// Most stacks that are told apart whole; then so many more by their innermost frames, then by the innermost alone: recursion makes
/// thousands, and what runs after it is to have a name all the same. What comes after all of them is one.
const MAX_STACKS: usize = 4096;
const KEPT_FRAMES: [usize; 3] = [usize::MAX, 8, 1];

/// Most spans; when there are more, two neighbours become one.
const MAX_SPANS: usize = 32_768;

/// What a stack is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Leaf {
    /// It runs.
    Run,
    /// It started this, and waits for it.
    Wait(&'static str),
    /// It waits for others to have their turn.
    Turn,
    /// All that are not told apart.
    Other,
}

/// What a stack is known by.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Seen {
    pub leaf: Leaf,
    /// Whether there is more of it, further out.
    pub is_cut: bool,
    /// Its places, innermost first.
    pub sites: Box<[Site]>,
}

/// The time of a stack.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Weight {
    pub ns: u64,
    pub hits: u64,
}

#[derive(Debug, Default)]
pub(super) struct Stacks {
    seen: IndexMap<Seen, Weight>,
    timeline: Vec<Span>,
}

impl Stacks {
    /// The index of a stack.
    pub(super) fn index(&mut self, leaf: Leaf, is_cut: bool, sites: &[Site]) -> u32 {
        for (kept, room) in KEPT_FRAMES.into_iter().zip((1..).map(|times| times * MAX_STACKS)) {
            let inner = sites.get(..kept).unwrap_or(sites);
            let seen = Seen { leaf, is_cut: is_cut || inner.len() < sites.len(), sites: inner.into() };
            if let Some(index) = self.seen.get_index_of(&seen) {
                return index as u32;
            }
            if self.seen.len() < room {
                return self.seen.insert_full(seen, Weight::default()).0 as u32;
            }
        }
        let entry = self.seen.entry(Seen { leaf: Leaf::Other, is_cut: false, sites: Box::default() });
        let index = entry.index();
        entry.or_default();
        index as u32
    }

    /// It was seen, for so long.
    pub(super) fn add(&mut self, stack: u32, time: Duration) {
        let ns = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        if let Some((_, weight)) = self.seen.get_index_mut(stack as usize) {
            weight.ns = weight.ns.saturating_add(ns);
            weight.hits += 1;
        }
        match self.timeline.last_mut() {
            Some(last) if last.stack == stack => last.ns = last.ns.saturating_add(ns),
            _ => {
                if MAX_SPANS <= self.timeline.len() {
                    self.timeline = self.timeline.chunks(2).filter_map(merged).collect();
                }
                self.timeline.push(Span { stack, ns });
            }
        }
    }

    /// The places to ask about, so many at most: of each function the one that was on the stack longest, so that all have a name; then
    /// the others. The longest come first.
    pub(super) fn heaviest_sites(&self, max: usize) -> Vec<Site> {
        let mut times: HashMap<Site, u64> = HashMap::new();
        for (seen, weight) in self.seen.iter().filter(|(_, weight)| weight.hits != 0) {
            for site in &seen.sites {
                let time = times.entry(*site).or_default();
                *time = time.saturating_add(weight.ns);
            }
        }
        let mut sites: Vec<_> = times.into_iter().collect();
        sites.sort_unstable_by_key(|(site, ns)| (Reverse(*ns), *site));
        let mut functions = HashSet::new();
        let (first, others): (Vec<Site>, Vec<Site>) =
            sites.into_iter().map(|(site, _)| site).partition(|(function, _)| functions.insert(*function));
        first.into_iter().chain(others).take(max).collect()
    }

    pub(super) fn into_parts(self) -> (IndexMap<Seen, Weight>, Vec<Span>) {
        (self.seen, self.timeline)
    }
}

/// Neighbours as one: the longer stands for both.
fn merged(spans: &[Span]) -> Option<Span> {
    let longest = spans.iter().max_by_key(|span| span.ns)?;
    Some(Span { stack: longest.stack, ns: spans.iter().fold(0, |sum, span| span.ns.saturating_add(sum)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_are_told_apart_up_to_a_bound() {
        const MOST: u32 = 3 * MAX_STACKS as u32;
        let mut stacks = Stacks::default();
        for round in 0..2 {
            for site in 0..MOST + 10 {
                let index = stacks.index(Leaf::Run, false, &[(site, 1)]);
                assert_eq!(index, site.min(MOST), "round {round}");
                stacks.add(index, Duration::from_nanos(2));
            }
        }
        let (seen, timeline) = stacks.into_parts();
        assert_eq!(seen.len() as u32, MOST + 1);
        assert_eq!(seen.values().map(|weight| weight.ns).sum::<u64>(), 4 * u64::from(MOST + 10));
        assert_eq!(seen.last().map(|(seen, weight)| (seen.leaf, weight.hits)), Some((Leaf::Other, 20)));
        assert_eq!(timeline.iter().map(|span| span.ns).sum::<u64>(), 4 * u64::from(MOST + 10));
    }

    #[test]
    fn what_runs_after_a_recursion_has_a_stack_of_its_own() {
        let mut stacks = Stacks::default();
        // A tree of calls: every path is another stack.
        for path in 0..3 * MAX_STACKS {
            let sites: Vec<Site> = (0..16).map(|depth| (1, (path >> depth & 1) as u32)).collect();
            stacks.index(Leaf::Run, false, &sites);
        }
        let later = stacks.index(Leaf::Run, false, &[(2, 7), (3, 1)]);
        let (seen, _) = stacks.into_parts();
        let (seen, _) = seen.get_index(later as usize).unwrap();
        assert_eq!((seen.leaf, seen.sites.first()), (Leaf::Run, Some(&(2, 7))));
    }

    #[test]
    fn the_order_of_stacks_is_bounded_and_loses_no_time() {
        let mut stacks = Stacks::default();
        let indices = [1, 2].map(|site| stacks.index(Leaf::Run, false, &[(site, 0)]));
        for _ in 0..MAX_SPANS {
            stacks.add(indices[0], Duration::from_nanos(3));
            stacks.add(indices[1], Duration::from_nanos(1));
        }
        let (_, timeline) = stacks.into_parts();
        assert!(timeline.len() <= MAX_SPANS, "{}", timeline.len());
        assert_eq!(timeline.iter().map(|span| span.ns).sum::<u64>(), 4 * MAX_SPANS as u64);
    }

    #[test]
    fn the_heaviest_sites_come_first() {
        let mut stacks = Stacks::default();
        for (sites, ns) in [(&[(1, 0), (9, 0)][..], 5), (&[(2, 0), (9, 0)][..], 6), (&[(3, 0)][..], 7)] {
            let index = stacks.index(Leaf::Run, false, sites);
            stacks.add(index, Duration::from_nanos(ns));
        }
        stacks.index(Leaf::Wait("never"), false, &[(4, 0)]);
        assert_eq!(stacks.heaviest_sites(3), [(9, 0), (3, 0), (2, 0)]);
        // Every function before the second place of one.
        let index = stacks.index(Leaf::Run, false, &[(9, 1)]);
        stacks.add(index, Duration::from_nanos(100));
        assert_eq!(stacks.heaviest_sites(5), [(9, 1), (3, 0), (2, 0), (1, 0), (9, 0)]);
    }
}
