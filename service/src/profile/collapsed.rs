//! Collapsed stacks: a line is the names from the outermost frame on with `;` between them, a space, and microseconds.

use std::fmt::Write as _;

use super::Profile;
use super::tree::{NOTHING, Tree, rest};

/// Longest text; the stacks beyond it are one line together.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The text.
pub(super) fn write(profile: &Profile) -> String {
    let tree = Tree::new(profile, |frame| frame);
    let labels: Vec<String> = profile.frames.iter().map(|frame| fit(&frame.label())).collect();
    let rest = rest().label();
    let mut text = String::new();
    let mut left_ns = 0;
    for (index, node) in tree.nodes.iter().enumerate().filter(|(_, node)| node.self_ns != 0) {
        let mut path = Vec::new();
        let mut at = Some(index as u32);
        while let Some(node) = at.and_then(|at| tree.nodes.get(at as usize)) {
            path.push(node.key.and_then(|key| labels.get(key as usize)).unwrap_or(&rest).as_str());
            at = node.parent;
        }
        path.reverse();
        let path = path.join(";");
        if MAX_BYTES < text.len() + path.len() {
            left_ns += node.self_ns;
            continue;
        }
        line(&mut text, &path, node.self_ns);
    }
    if left_ns != 0 {
        line(&mut text, &rest, left_ns);
    }
    if text.is_empty() {
        line(&mut text, NOTHING, 1000);
    }
    text
}

fn line(text: &mut String, path: &str, ns: u64) {
    // Readers take a line that begins so for a comment.
    let mark = if path.starts_with("# ") { "\\" } else { "" };
    // Writing to a string does not fail. Whole microseconds, and never none: there was time.
    let _ = writeln!(text, "{mark}{path} {}", (ns / 1000).max(1));
}

fn fit(label: &str) -> String {
    label.replace(';', ",")
}
