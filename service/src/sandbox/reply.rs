//! From a guest's raw reply to an outcome. Everything in a reply is hostile: texts are cut again, numbers are only shown,
//! and the output is JSON only after it was parsed as such. Pure, and fuzzed.

use arbex_abi::{BuiltinsReply, CompileReply, DescribeReply, Location, RunReply, Thrown as WireThrown, decode};
use serde_json::value::RawValue;

use super::builtins::Names;
use super::exchange::RawReply;
use super::profiler::Described;
use crate::run::{Defect, Exceeded, Limit, Outcome, Place, Thrown, Unparsable};

/// The guest's own cuts are below these; a guest that was taken over is held to ours.
const MAX_NAME_BYTES: usize = 512;
const MAX_TEXT_BYTES: usize = 32 * 1024;

/// What `run` replied.
pub(super) fn run_outcome(reply: Option<RawReply>, max_output_bytes: u32) -> Outcome {
    let Some(RawReply { head, body }) = reply else { return Outcome::Defect(Defect::NoReply) };
    match decode::<RunReply<'_>>(&head) {
        Ok(RunReply::Returned) => returned(body),
        Ok(RunReply::Threw(thrown)) => Outcome::Threw(thrown_of(thrown)),
        Ok(RunReply::RunNotDefined { found }) => Outcome::RunNotDefined { found: cut(found, MAX_NAME_BYTES) },
        Ok(RunReply::NotSerializable(thrown)) => Outcome::NotSerializable(thrown_of(thrown)),
        Ok(RunReply::OutputTooLarge { bytes }) => Outcome::Exceeded(Exceeded {
            limit: Limit::Output,
            bound: u64::from(max_output_bytes),
            // A guest that says its output is too large when it is not has still refused to send it.
            used: bytes.max(u64::from(max_output_bytes) + 1),
            place: Place::default(),
        }),
        Ok(RunReply::Deadlock) => Outcome::Deadlock,
        Err(error) => Outcome::Defect(Defect::Undecodable(error.to_string())),
    }
}

fn returned(body: Vec<u8>) -> Outcome {
    let json = String::from_utf8(body).map_err(|error| error.to_string());
    match json.and_then(|json| RawValue::from_string(json).map_err(|error| error.to_string())) {
        Ok(json) => Outcome::Returned(json),
        Err(fault) => Outcome::Defect(Defect::Undecodable(fault)),
    }
}

/// What `compile` replied: bytecode, or why not.
pub(super) fn compile_outcome(reply: Option<RawReply>) -> Result<Vec<u8>, Outcome> {
    let RawReply { head, body } = reply.ok_or(Outcome::Defect(Defect::NoReply))?;
    match decode::<CompileReply<'_>>(&head) {
        Ok(CompileReply::Program) => Ok(body),
        Ok(CompileReply::Rejected(thrown)) => {
            Err(Outcome::Unparsable(Unparsable { thrown: thrown_of(thrown), further: Vec::new() }))
        }
        Err(error) => Err(Outcome::Defect(Defect::Undecodable(error.to_string()))),
    }
}

/// What `locate` replied; nothing when it did not come to that.
pub(super) fn place(reply: Option<RawReply>) -> Place {
    let Some(reply) = reply else { return Place::default() };
    let Ok(Location { stack, line, column }) = decode::<Location<'_>>(&reply.head) else { return Place::default() };
    let stack = Some(cut(stack, MAX_TEXT_BYTES)).filter(|stack| !stack.is_empty());
    Place { stack, line, column }
}

/// What `describe` replied; nothing when it did not come to that.
pub(super) fn described(reply: Option<RawReply>) -> Vec<Described> {
    let Some(reply) = reply else { return Vec::new() };
    let Ok(DescribeReply { sites }) = decode::<DescribeReply<'_>>(&reply.head) else { return Vec::new() };
    let described = sites.into_iter().map(|site| Described {
        kind: site.kind,
        name: cut(site.name, MAX_NAME_BYTES),
        at: site.at,
        begins: site.begins,
    });
    described.collect()
}

/// The names of the engine's functions.
pub(super) fn builtins(reply: Option<RawReply>) -> Option<Names> {
    let head = reply?.head;
    let BuiltinsReply { names } = decode(&head).ok()?;
    Some(names.into_iter().map(|(site, name)| (site, Box::from(cut(&name, MAX_NAME_BYTES)))).collect())
}

fn thrown_of(thrown: WireThrown<'_>) -> Thrown {
    Thrown {
        name: thrown.name.map(|name| cut(name, MAX_NAME_BYTES)),
        message: cut(thrown.message, MAX_TEXT_BYTES),
        place: Place {
            stack: thrown.stack.map(|stack| cut(stack, MAX_TEXT_BYTES)),
            line: thrown.line,
            column: thrown.column,
        },
    }
}

fn cut(text: &str, max_bytes: usize) -> String {
    let end = text.floor_char_boundary(max_bytes);
    text.get(..end).unwrap_or_default().to_owned()
}

/// The decoders above over arbitrary bytes, for the fuzzer: none may panic.
pub fn fuzz_reply(head: &[u8], body: &[u8]) {
    let reply = || Some(RawReply { head: head.to_vec(), body: body.to_vec() });
    drop(run_outcome(reply(), 1024));
    drop(compile_outcome(reply()));
    drop(place(reply()));
    drop(described(reply()));
}
