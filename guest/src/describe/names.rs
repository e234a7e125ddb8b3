//! The names of what a script finds there, by the way it gets at them: `JSON.parse`, `Array.prototype.sort`.

use std::collections::BTreeSet;

use crate::inside::{Atom, Entry, Holds, Object, Realm, Words};

/// Deeper ones have shorter names elsewhere.
const MAX_DEPTH: usize = 5;

/// Tell `found` the functions that can be reached in a realm, each with the way there.
pub fn walk(realm: Realm, found: &mut dyn FnMut(Words, &Way<'_>)) {
    let mut walk = Walk { seen: BTreeSet::new(), found };
    if let Some(global) = realm.global() {
        let way = Way { outer: None, step: Step::Global, depth: 0 };
        walk.object(global, &way);
        // The constructor behind all typed arrays has no name that a script could write.
        if let Some(constructor) = typed_array(realm, global) {
            walk.object(constructor, &way.to(Step::Entry("TypedArray")));
        }
    }
    // What is reached by values only, such as iterators.
    for (class, prototype) in realm.class_prototypes() {
        walk.object(prototype, &Way { outer: None, step: Step::Prototype(class), depth: 2 });
    }
}

fn typed_array(realm: Realm, global: Object) -> Option<Object> {
    let mut properties = global.properties();
    let array = properties.find(|property| realm.text(property.name).as_deref() == Some("Uint8Array"))?;
    match array.holds {
        Holds::Object(array) => array.prototype(),
        _ => None,
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
