//! Functions with bytecode: the script's, and the SDK's.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::{cut, names};
use crate::inside::{Bytecode, Code, Naming, Realm};

/// A function of the script.
pub struct User {
    /// Its name; empty when it has none.
    pub name: String,
    /// Line and column where it begins, from 1.
    pub begins: (u32, u32),
    /// Lines and columns of those of its program counters that were asked for.
    pub places: BTreeMap<u32, [u32; 2]>,
}

impl User {
    fn new(bytecode: Bytecode, name: &str, pcs: &BTreeSet<u32>) -> Self {
        let Code { begin, length, begins, .. } = bytecode.code();
        // A program counter stands behind its instruction.
        let inside = pcs.iter().filter(|pc| begin < **pc && **pc - begin <= length);
        let (pcs, offsets): (Vec<u32>, Vec<u32>) = inside.map(|pc| (*pc, *pc - begin - 1)).unzip();
        Self { name: cut(name), begins, places: pcs.into_iter().zip(bytecode.positions(&offsets)).collect() }
    }
}

/// What the program's outermost code is called.
const OUTERMOST: &str = "(script)";

/// Those of `wanted` that are functions of the script's program, by the address of their bytecode; `wanted` has program counters by
/// such addresses.
pub fn of_program(
    realm: Realm,
    program: Option<Bytecode>,
    wanted: &BTreeMap<u32, BTreeSet<u32>>,
) -> BTreeMap<u32, User> {
    let mut users = BTreeMap::new();
    let mut keep = |bytecode: Bytecode, name: String| {
        if let Some(pcs) = wanted.get(&bytecode.address()) {
            users.insert(bytecode.address(), User::new(bytecode, &name, pcs));
        }
    };
    if let Some(program) = program {
        keep(program, OUTERMOST.to_owned());
    }
    let mut left = Vec::from_iter(program);
    while let Some(outer) = left.pop() {
        left.extend(outer.inner());
        let mut inner = outer.inner().filter(|inner| wanted.contains_key(&inner.address())).peekable();
        if inner.peek().is_none() {
            continue;
        }
        let mut given = names_given_in(realm, outer, |function| wanted.contains_key(&function.address()));
        for inner in inner {
            let name = given.remove(&inner).or_else(|| realm.text(inner.code().name));
            keep(inner, name.unwrap_or_default());
        }
    }
    users
}

/// The names that wanted functions get where they are made, rather than by their own declaration.
fn names_given_in(
    realm: Realm,
    bytecode: Bytecode,
    is_wanted: impl Fn(Bytecode) -> bool,
) -> BTreeMap<Bytecode, String> {
    let name = |naming: &Naming| format!("{}{}", naming.prefix, realm.text(naming.name).unwrap_or_default());
    bytecode
        .namings()
        .filter(|naming| is_wanted(naming.function))
        .map(|naming| (naming.function, name(&naming)))
        .collect()
}

/// The SDK's functions.
#[derive(Clone)]
struct Sdk {
    /// Addresses of their bytecode, which is never freed.
    addresses: Box<[u32]>,
    /// Those that a script can call, by address, with the name it calls them by.
    public: Box<[(u32, Box<str>)]>,
}

thread_local! {
    static SDK: OnceCell<Sdk> = const { OnceCell::new() };
}

/// List the SDK's functions. Called once, before the snapshot, when all of them are loaded and nothing else is.
pub fn list_sdk(realm: Realm) {
    let listed = listed(realm);
    // A copy lies where the work for the original lay; the original would keep that as a hole, and every run copies it.
    let copy = listed.clone();
    drop(listed);
    SDK.with(|list| assert!(list.set(copy).is_ok(), "listed once"));
}

fn listed(realm: Realm) -> Sdk {
    let mut addresses: Vec<u32> = realm.all_bytecode().into_iter().map(Bytecode::address).collect();
    addresses.sort_unstable();
    let mut public = BTreeMap::new();
    names::walk(realm, &mut |(code, _), way| {
        if addresses.binary_search(&code).is_ok() {
            public.entry(code).or_insert_with(|| way.text(realm).into_boxed_str());
        }
    });
    Sdk { addresses: addresses.into_boxed_slice(), public: public.into_iter().collect() }
}

/// Name those of `wanted` that are the SDK's.
pub fn name_sdk(realm: Realm, wanted: &mut BTreeMap<u32, Option<String>>) {
    SDK.with(|sdk| {
        let Some(sdk) = sdk.get() else { return };
        let mut given: Option<BTreeMap<Bytecode, String>> = None;
        for (code, name) in wanted.iter_mut() {
            if sdk.addresses.binary_search(code).is_err() {
                continue;
            }
            if let Ok(position) = sdk.public.binary_search_by_key(code, |(address, _)| *address) {
                *name = Some(sdk.public[position].1.to_string());
                continue;
            }
            // SAFETY: listed addresses are those of bytecode that is never freed.
            let Some(bytecode) = (unsafe { Bytecode::at(*code) }) else { continue };
            let given = given.get_or_insert_with(|| names_given_in_sdk(realm, &sdk.addresses));
            *name = given
                .get(&bytecode)
                .cloned()
                .or_else(|| realm.text(bytecode.code().name))
                .or_else(|| Some(String::new()));
        }
    });
}

fn names_given_in_sdk(realm: Realm, addresses: &[u32]) -> BTreeMap<Bytecode, String> {
    // SAFETY: listed addresses are those of bytecode that is never freed.
    let listed = addresses.iter().filter_map(|address| unsafe { Bytecode::at(*address) });
    listed.flat_map(|bytecode| names_given_in(realm, bytecode, |_| true)).collect()
}
