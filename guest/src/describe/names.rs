//! The names of what a script finds there, by the way it gets at them: `JSON.parse`, `Array.prototype.sort`.

use std::collections::BTreeMap;

use crate::inside::{Atom, Entry, Holds, Object, Realm, Words};

/// Deeper ones have shorter names elsewhere.
const MAX_DEPTH: usize = 5;

/// Name those of `wanted` that are the engine's own and still have no name.
pub fn name_engine(realm: Realm, wanted: &mut BTreeMap<Words, Option<String>>) {
    if wanted.values().all(Option::is_some) {
        return;
    }
    let Some(pristine) = realm.pristine() else { return };
    walk(pristine, &mut |words, path| {
        if let Some(name) = wanted.get_mut(&words) {
            name.get_or_insert_with(|| path.to_owned());
        }
    });
}

/// Tell `found` the functions that can be reached in a realm, each with the way there.
pub fn walk(realm: Realm, found: &mut dyn FnMut(Words, &str)) {
    let mut walk = Walk { realm, seen: Vec::new(), found };
    if let Some(global) = realm.global() {
        walk.object(global, "", 0);
    }
    // What is reached by values only, such as iterators.
    for (class, prototype) in realm.class_prototypes() {
        let class = realm.text(class).unwrap_or_default();
        walk.object(prototype, &format!("{class}.prototype"), 1);
    }
}

struct Walk<'a> {
    realm: Realm,
    seen: Vec<Object>,
    found: &'a mut dyn FnMut(Words, &str),
}

impl Walk<'_> {
    fn object(&mut self, object: Object, path: &str, depth: usize) {
        let Err(place) = self.seen.binary_search(&object) else { return };
        self.seen.insert(place, object);
        if let Some(words) = object.words() {
            (self.found)(words, path);
        }
        if MAX_DEPTH <= depth {
            return;
        }
        for property in object.properties() {
            match property.holds {
                Holds::Object(value) => self.object(value, &self.member(path, property.name), depth + 1),
                Holds::Accessors(getter, setter) => {
                    let path = self.member(path, property.name);
                    for accessor in [getter, setter].into_iter().flatten() {
                        self.object(accessor, &path, depth + 1);
                    }
                }
                Holds::Entry(entry) => self.entry(entry, &self.member(path, property.name), depth + 1),
                Holds::Other => {}
            }
        }
    }

    fn entry(&mut self, entry: Entry, path: &str, depth: usize) {
        if let Some(words) = entry.words() {
            (self.found)(words, path);
        }
        if depth < MAX_DEPTH {
            for (name, inner) in entry.inner() {
                self.entry(inner, &joined(path, &name), depth + 1);
            }
        }
    }

    fn member(&self, path: &str, name: Atom) -> String {
        joined(path, &self.realm.text(name).unwrap_or_default())
    }
}

fn joined(path: &str, name: &str) -> String {
    match name {
        // A symbol's text.
        name if name.starts_with("Symbol.") => format!("{path}[{name}]"),
        name if path.is_empty() => name.to_owned(),
        name => format!("{path}.{name}"),
    }
}
