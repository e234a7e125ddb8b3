//! The stacks that were seen, each once, with their times; and their order. Bounded whatever a script does.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::Duration;

use indexmap::IndexMap;

use super::super::peek::Site;
use crate::profile::Span;

/// Most stacks that are told apart; what comes after them is one.
const MAX_STACKS: usize = 4096;

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
        let seen = Seen { leaf, is_cut, sites: sites.into() };
        let seen = match self.seen.get_index_of(&seen) {
            Some(index) => return index as u32,
            None if self.seen.len() < MAX_STACKS => seen,
            None => Seen { leaf: Leaf::Other, is_cut: false, sites: Box::default() },
        };
        let entry = self.seen.entry(seen);
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

    /// The places, those that were on the stack longest first, so many at most.
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
        sites.into_iter().take(max).map(|(site, _)| site).collect()
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
        let mut stacks = Stacks::default();
        for round in 0..2 {
            for site in 0..MAX_STACKS as u32 + 10 {
                let index = stacks.index(Leaf::Run, false, &[(site, 1)]);
                assert_eq!(index, site.min(MAX_STACKS as u32), "round {round}");
                stacks.add(index, Duration::from_nanos(2));
            }
        }
        let (seen, timeline) = stacks.into_parts();
        assert_eq!(seen.len(), MAX_STACKS + 1);
        assert_eq!(seen.values().map(|weight| weight.ns).sum::<u64>(), 4 * (MAX_STACKS as u64 + 10));
        assert_eq!(seen.last().map(|(seen, weight)| (seen.leaf, weight.hits)), Some((Leaf::Other, 20)));
        assert_eq!(timeline.iter().map(|span| span.ns).sum::<u64>(), 4 * (MAX_STACKS as u64 + 10));
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
    }
}
