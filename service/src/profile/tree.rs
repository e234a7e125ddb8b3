//! Stacks as a tree of calls, bounded whatever a script did.

use std::cmp::Reverse;
use std::collections::HashMap;

use arbex_api::HotspotKind;

use super::{Frame, Profile};

/// Most nodes of a tree; each may have one more, for the rest of what it calls.
pub(super) const MAX_NODES: usize = 12_288;

/// A tree over keys that frames are mapped to.
#[derive(Debug)]
pub(super) struct Tree {
    /// The nodes, each after its parent.
    pub nodes: Vec<Node>,
    /// The node of each stack's innermost frame.
    pub of_stack: Vec<u32>,
}

/// A call.
#[derive(Debug)]
pub(super) struct Node {
    /// Index of the node that called it; none: nobody did.
    pub parent: Option<u32>,
    /// The key; none for the rest.
    pub key: Option<u32>,
    /// Time of its own, in nanoseconds.
    pub self_ns: u64,
    /// How often it was seen at work.
    pub hits: u64,
}

impl Tree {
    /// The tree of `profile`; `key_of` gives the key of a frame's index.
    pub(super) fn new(profile: &Profile, key_of: impl Fn(u32) -> u32) -> Self {
        let mut tree = Self { nodes: Vec::new(), of_stack: vec![0; profile.stacks.len()] };
        let mut known_calls = 0;
        let mut known: HashMap<(Option<u32>, Option<u32>), u32> = HashMap::new();
        // The heaviest first: what does not fit is what matters least, and hangs where the way to it ends.
        let mut heaviest: Vec<_> = profile.stacks.iter().zip(0_usize..).collect();
        heaviest.sort_by_key(|(stack, _)| Reverse(stack.self_ns));
        for (stack, index) in heaviest {
            let mut parent = None;
            for &frame in &stack.frames {
                let key = Some(key_of(frame));
                let fits = known_calls < MAX_NODES || known.contains_key(&(parent, key));
                let place = (parent, key.filter(|_| fits));
                let node = *known.entry(place).or_insert_with(|| {
                    known_calls += usize::from(fits);
                    tree.nodes.push(Node { parent: place.0, key: place.1, self_ns: 0, hits: 0 });
                    (tree.nodes.len() - 1) as u32
                });
                parent = Some(node);
                if !fits {
                    break;
                }
            }
            let innermost = parent.unwrap_or_default();
            if let Some(node) = tree.nodes.get_mut(innermost as usize) {
                node.self_ns += stack.self_ns;
                node.hits += stack.hits;
            }
            if let Some(node) = tree.of_stack.get_mut(index) {
                *node = innermost;
            }
        }
        tree
    }
}

/// What stands for all that did not fit.
pub(super) fn rest() -> Frame {
    Frame::new(HotspotKind::BuiltIn, "(other)", None, None)
}

/// What stands in a file of a run that was too short to be looked at.
pub(super) const NOTHING: &str = "(too short to be sampled)";
