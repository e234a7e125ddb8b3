//! The names of what a script finds there, by the way it gets at them: `JSON.parse`, `Array.prototype.sort`.

use std::collections::{BTreeMap, BTreeSet};

use super::MIN_ADDRESS;
use crate::inside::{Atom, Entry, Holds, Object, Realm, Words};

/// Deeper ones have shorter names elsewhere.
const MAX_DEPTH: usize = 5;

/// Name those of `wanted` that are the engine's own and still have no name.
pub fn name_engine(wanted: &mut BTreeMap<Words, Option<String>>, pristine: impl FnOnce() -> Option<Realm>) {
    // What has an address in memory is none of them.
    if wanted.iter().all(|((code, _), name)| name.is_some() || MIN_ADDRESS <= *code) {
        return;
    }
    let Some(pristine) = pristine() else { return };
    walk(pristine, &mut |words, way| {
        if let Some(name) = wanted.get_mut(&words) {
            name.get_or_insert_with(|| way.text(pristine));
        }
    });
}

/// Tell `found` the functions that can be reached in a realm, each with the way there.
pub fn walk(realm: Realm, found: &mut dyn FnMut(Words, &Way<'_>)) {
    let mut walk = Walk { seen: BTreeSet::new(), found };
    if let Some(global) = realm.global() {
        walk.object(global, &Way { outer: None, step: Step::Global, depth: 0 });
    }
    // What is reached by values only, such as iterators.
    for (class, prototype) in realm.class_prototypes() {
        walk.object(prototype, &Way { outer: None, step: Step::Prototype(class), depth: 2 });
    }
}

/// The way to an object, from the inside out. Only few ways are ever written down.
pub struct Way<'a> {
    outer: Option<&'a Way<'a>>,
    step: Step<'a>,
    depth: usize,
}

enum Step<'a> {
    Global,
    Prototype(Atom),
    Member(Atom),
    Entry(&'a str),
}

impl<'a> Way<'a> {
    fn to(&'a self, step: Step<'a>) -> Self {
        Self { outer: Some(self), step, depth: self.depth + 1 }
    }

    /// As a script would write it.
    pub fn text(&self, realm: Realm) -> String {
        let outer = self.outer.map(|outer| outer.text(realm)).unwrap_or_default();
        let name = match self.step {
            Step::Global => return outer,
            Step::Prototype(class) => return format!("{}.prototype", realm.text(class).unwrap_or_default()),
            Step::Member(atom) => realm.text(atom).unwrap_or_default(),
            Step::Entry(name) => name.to_owned(),
        };
        // A symbol's text is what it is found by.
        match name.strip_prefix("Symbol.") {
            Some(_) if !outer.is_empty() => format!("{outer}[{name}]"),
            _ if outer.is_empty() => name,
            _ => format!("{outer}.{name}"),
        }
    }
}

struct Walk<'f> {
    seen: BTreeSet<Object>,
    found: &'f mut dyn FnMut(Words, &Way<'_>),
}

impl Walk<'_> {
    fn object(&mut self, object: Object, way: &Way<'_>) {
        if !self.seen.insert(object) {
            return;
        }
        if let Some(words) = object.words() {
            (self.found)(words, way);
        }
        if MAX_DEPTH <= way.depth {
            return;
        }
        for property in object.properties() {
            let way = way.to(Step::Member(property.name));
            match property.holds {
                Holds::Object(value) => self.object(value, &way),
                Holds::Accessors(getter, setter) => {
                    for accessor in [getter, setter].into_iter().flatten() {
                        self.object(accessor, &way);
                    }
                }
                Holds::Entry(entry) => self.entry(entry, &way),
                Holds::Other => {}
            }
        }
    }

    fn entry(&mut self, entry: Entry, way: &Way<'_>) {
        if let Some(words) = entry.words() {
            (self.found)(words, way);
        }
        if way.depth < MAX_DEPTH {
            for (name, inner) in entry.inner() {
                self.entry(inner, &way.to(Step::Entry(name)));
            }
        }
    }
}
