//! The `.cpuprofile` of V8's inspector protocol (`Profiler.Profile`): a tree of functions, and which of its nodes it was over time.
//! Lines inside a function are the node's `positionTicks`. The protocol counts lines and columns of functions from 0, lines of
//! ticks from 1, and times in microseconds.

use std::collections::{BTreeMap, HashMap};

use arbex_abi::USER_FILE;
use arbex_api::HotspotKind;
use serde::Serialize;

use super::tree::{NOTHING, Tree, rest};
use super::{Frame, Profile};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CpuProfile<'a> {
    nodes: Vec<Node<'a>>,
    start_time: u64,
    end_time: u64,
    samples: Vec<u32>,
    time_deltas: Vec<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Node<'a> {
    id: u32,
    call_frame: CallFrame<'a>,
    hit_count: u64,
    children: Vec<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    position_ticks: Vec<PositionTick>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallFrame<'a> {
    function_name: &'a str,
    script_id: &'static str,
    url: &'static str,
    line_number: i64,
    column_number: i64,
}

#[derive(Serialize)]
struct PositionTick {
    line: u32,
    ticks: u64,
}

/// The root that the format wants, whose id is 1.
const ROOT_ID: u32 = 1;

/// The file.
pub(super) fn write(profile: &Profile) -> Result<Vec<u8>, String> {
    // Frames of one function are one key.
    let mut functions: HashMap<_, u32> = HashMap::new();
    let mut first: Vec<&Frame> = Vec::new();
    let keys = profile.frames.iter().map(|frame| {
        *functions.entry((frame.kind, frame.function(), frame.begins)).or_insert_with(|| {
            first.push(frame);
            (first.len() - 1) as u32
        })
    });
    let keys: Vec<u32> = keys.collect();
    let tree = Tree::new(profile, |frame| keys.get(frame as usize).copied().unwrap_or_default());
    let rest = rest();

    let id = |node: u32| node.saturating_add(ROOT_ID + 1);
    let mut nodes = vec![Node {
        id: ROOT_ID,
        call_frame: named("(root)"),
        hit_count: 0,
        children: Vec::new(),
        position_ticks: Vec::new(),
    }];
    for (index, node) in tree.nodes.iter().enumerate() {
        let frame = node.key.and_then(|key| first.get(key as usize).copied()).unwrap_or(&rest);
        let index = index as u32;
        let parent = node.parent.map_or(0, |parent| parent as usize + 1);
        if let Some(parent) = nodes.get_mut(parent) {
            parent.children.push(id(index));
        }
        nodes.push(Node {
            id: id(index),
            call_frame: call_frame(frame),
            hit_count: node.hits,
            children: Vec::new(),
            position_ticks: Vec::new(),
        });
    }
    for (node, ticks) in ticks(profile, &tree) {
        if let Some(node) = nodes.get_mut(node as usize + 1) {
            node.position_ticks = ticks.into_iter().map(|(line, ticks)| PositionTick { line, ticks }).collect();
        }
    }
    if tree.nodes.is_empty() {
        nodes.push(Node {
            id: id(0),
            call_frame: named(NOTHING),
            hit_count: 0,
            children: Vec::new(),
            position_ticks: Vec::new(),
        });
        nodes.iter_mut().take(1).for_each(|root| root.children.push(id(0)));
    }

    let start_time = profile.began_unix_ms.saturating_mul(1000);
    // A delta is the time since the sample before, which is how long that one was: each stack is told again when it ends.
    let (mut samples, mut time_deltas, mut told_ns, mut told_us) = (Vec::new(), Vec::new(), 0u64, 0u64);
    let mut last = None;
    for span in &profile.timeline {
        let node = tree.of_stack.get(span.stack as usize).copied().map_or(ROOT_ID, id);
        samples.push(node);
        time_deltas.push(told_ns / 1000 - told_us);
        told_us = told_ns / 1000;
        told_ns = told_ns.saturating_add(span.ns);
        last = Some(node);
    }
    if let Some(last) = last {
        samples.push(last);
        time_deltas.push(told_ns / 1000 - told_us);
    }
    let end_time = start_time.saturating_add(told_ns / 1000);
    serde_json::to_vec(&CpuProfile { nodes, start_time, end_time, samples, time_deltas })
        .map_err(|error| error.to_string())
}

/// How often each line was seen at work, by node.
fn ticks(profile: &Profile, tree: &Tree) -> BTreeMap<u32, BTreeMap<u32, u64>> {
    let mut ticks: BTreeMap<u32, BTreeMap<u32, u64>> = BTreeMap::new();
    for (stack, node) in profile.stacks.iter().zip(&tree.of_stack) {
        let innermost = stack.frames.last().and_then(|&frame| profile.frames.get(frame as usize));
        let is_rest = tree.nodes.get(*node as usize).is_none_or(|node| node.key.is_none());
        if let (Some((line, _)), false) = (innermost.and_then(|frame| frame.at), is_rest) {
            *ticks.entry(*node).or_default().entry(line).or_default() += stack.hits;
        }
    }
    ticks
}

fn named(name: &str) -> CallFrame<'_> {
    CallFrame { function_name: name, script_id: "0", url: "", line_number: -1, column_number: -1 }
}

fn call_frame(frame: &Frame) -> CallFrame<'_> {
    if frame.kind != HotspotKind::Script {
        return named(frame.function());
    }
    let (line, column) =
        frame.begins.or(frame.at).map_or((0, 0), |(line, column)| (i64::from(line), i64::from(column)));
    CallFrame {
        function_name: frame.function(),
        script_id: "1",
        url: USER_FILE,
        line_number: line - 1,
        column_number: column - 1,
    }
}
