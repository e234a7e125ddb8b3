//! What the frames of a profile stand for: places that the host saw on the engine's stack become names, lines and columns.
//!
//! The places are numbers that were true when the host read them, and no address among them is followed: they are looked up among
//! the functions that are known to live. The script's own are reached from its program, which is kept for the whole run; those of
//! the SDK were listed before the snapshot; the engine's are named once for all runs, in an instance that no script has seen. So a
//! script can neither rename what is not its own nor run code while this runs, which may be after a trap, in the midst of anything:
//! names are copied, and nothing else of the engine is asked to work.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use arbex_abi::{BuiltinsReply, DescribeReply, DescribeRequest, MAX_DESCRIBED_SITES, Site, SiteKind};

use crate::engine;
use crate::host::{self, Message};
use crate::inside::{Bytecode, Realm};

mod functions;
mod names;

pub use functions::list_sdk;

/// Longest name that leaves the sandbox, in bytes.
const MAX_NAME_BYTES: usize = 128;

/// Addresses below are no objects: the stack lies there.
const MIN_ADDRESS: u32 = 64 * 1024;

thread_local! {
    static PROGRAM: Cell<Option<Bytecode>> = const { Cell::new(None) };
}

/// Remember the script's program, which the caller keeps from being freed.
pub fn keep_program(program: Option<Bytecode>) {
    PROGRAM.set(program);
}

/// Reply to a `DescribeRequest`.
pub fn describe(message: &Message) {
    let (Ok(request), Some(realm)) = (arbex_abi::decode::<DescribeRequest>(message.bytes()), engine::realm()) else {
        // No reply: the profile has no names then.
        return;
    };
    let sites = request.sites.get(..MAX_DESCRIBED_SITES).unwrap_or(&request.sites);
    let mut wanted: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for (code, pc) in sites {
        wanted.entry(*code).or_default().insert(*pc);
    }
    let users = functions::of_program(realm, PROGRAM.get(), &wanted);
    let mut sdk = wanted.keys().filter(|code| !users.contains_key(code)).map(|code| (*code, None)).collect();
    functions::name_sdk(realm, &mut sdk);
    let sites = sites.iter().map(|(code, pc)| match (users.get(code), sdk.get(code)) {
        (Some(user), _) => Site {
            kind: SiteKind::User,
            name: &user.name,
            at: user.places.get(pc).map(|[line, column]| (*line, *column)),
            begins: Some(user.begins),
        },
        (None, Some(Some(name))) => Site { kind: SiteKind::BuiltIn, name, at: None, begins: None },
        _ if *code < MIN_ADDRESS => Site { kind: SiteKind::BuiltIn, name: "", at: None, begins: None },
        _ => Site { kind: SiteKind::Evaluated, name: "", at: None, begins: None },
    });
    host::reply(&DescribeReply { sites: sites.collect() }, &[]);
}

/// Reply with a `BuiltinsReply`.
pub fn list_builtins() {
    let Some(pristine) = engine::realm().and_then(Realm::pristine) else {
        return;
    };
    let mut names = BTreeMap::new();
    names::walk(pristine, &mut |words, way| {
        if words.0 < MIN_ADDRESS {
            names.entry(words).or_insert_with(|| Cow::Owned(cut(&way.text(pristine))));
        }
    });
    host::reply(&BuiltinsReply { names: names.into_iter().collect() }, &[]);
}

/// Names are of a script's choosing. What characters they may have is for the host to say.
fn cut(name: &str) -> String {
    name[..name.floor_char_boundary(MAX_NAME_BYTES)].to_owned()
}
