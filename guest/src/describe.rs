//! What the frames of a profile stand for: places that the host saw on the engine's stack become names, lines and columns.
//!
//! The places are numbers that were true when the host read them, and no address among them is followed: they are looked up among
//! the functions that are known to live. The script's own are reached from its program, which is kept for the whole run; those of
//! the SDK were listed before the snapshot; the engine's are found in a second realm that no script has seen. So a script can
//! neither rename what is not its own nor run code while this runs, which may be after a trap.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use arbex_abi::{DescribeReply, DescribeRequest, MAX_DESCRIBED_SITES, Site, SiteKind};

use crate::engine;
use crate::host::{self, Message};
use crate::inside::{Bytecode, Realm, Words};

mod functions;
mod names;

pub use functions::list_sdk;

/// Longest name that leaves the sandbox, in bytes.
const MAX_NAME_BYTES: usize = 128;

/// Addresses below are no objects: the stack lies there.
const MIN_ADDRESS: u32 = 64 * 1024;

thread_local! {
    static PROGRAM: Cell<Option<Bytecode>> = const { Cell::new(None) };
    static PRISTINE: Cell<Option<Realm>> = const { Cell::new(None) };
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
    let asked = request.sites.get(..MAX_DESCRIBED_SITES).unwrap_or(&request.sites);
    let described = describe_all(realm, asked);
    let sites = described.iter().map(Described::as_site).collect();
    host::reply(&DescribeReply { sites }, &[]);
}

/// An owned [`Site`].
#[derive(Clone)]
struct Described {
    kind: SiteKind,
    name: String,
    at: Option<(u32, u32)>,
    begins: Option<(u32, u32)>,
}

impl Described {
    fn built_in(name: String) -> Self {
        Self { kind: SiteKind::BuiltIn, name, at: None, begins: None }
    }

    fn as_site(&self) -> Site<'_> {
        Site { kind: self.kind, name: &self.name, at: self.at, begins: self.begins }
    }
}

fn describe_all(realm: Realm, sites: &[Words]) -> Vec<Described> {
    let mut wanted: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for (code, pc) in sites {
        wanted.entry(*code).or_default().insert(*pc);
    }
    let users = functions::of_program(realm, PROGRAM.get(), &wanted);
    let mut others: BTreeMap<Words, Option<String>> = BTreeMap::new();
    for (code, pc) in sites {
        if !users.contains_key(code) {
            others.insert(key_of(*code, *pc), None);
        }
    }
    functions::name_sdk(realm, &mut others);
    names::name_engine(&mut others, || pristine(realm));
    let describe = |&(code, pc): &Words| match users.get(&code) {
        Some(user) => Described {
            kind: SiteKind::User,
            name: printable(&user.name),
            at: user.places.get(&pc).map(|[line, column]| (*line, *column)),
            begins: Some(user.begins),
        },
        None => match others.get(&key_of(code, pc)) {
            Some(Some(name)) => Described::built_in(printable(name)),
            _ if code < MIN_ADDRESS => Described::built_in(String::new()),
            _ => Described { kind: SiteKind::Evaluated, name: String::new(), at: None, begins: None },
        },
    };
    sites.iter().map(describe).collect()
}

/// A realm that no script has seen; the same for all calls.
fn pristine(realm: Realm) -> Option<Realm> {
    PRISTINE.set(PRISTINE.get().or_else(|| realm.pristine()));
    PRISTINE.get()
}

/// The program counter tells engine's functions apart, but is of no use where there are no lines.
fn key_of(code: u32, pc: u32) -> Words {
    if code < MIN_ADDRESS { (code, pc) } else { (code, 0) }
}

/// Names are of a script's choosing.
fn printable(name: &str) -> String {
    let mut text: String =
        name.chars().map(|char| if char.is_control() { char::REPLACEMENT_CHARACTER } else { char }).collect();
    text.truncate(text.floor_char_boundary(MAX_NAME_BYTES));
    text
}
