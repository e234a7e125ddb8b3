//! The engine's structures as they lie in memory: what `engine-stack.h` puts into the engine's own file, as Rust. Nothing here runs
//! code of a script, allocates, or follows an address that the engine did not keep itself.

use std::ffi::{CStr, c_void};
use std::ptr::{NonNull, null};

use arbex_abi::peek::Peek;
use rquickjs::qjs;

mod raw;

/// A context that lives as long as the instance.
#[derive(Clone, Copy)]
pub struct Realm(NonNull<qjs::JSContext>);

impl Realm {
    /// Around the engine's pointer.
    ///
    /// # Safety
    /// The context is never freed.
    pub unsafe fn new(context: *mut qjs::JSContext) -> Option<Self> {
        NonNull::new(context).map(Self)
    }

    /// A new one beside this, as the engine makes it, without what the SDK changed.
    pub fn pristine(self) -> Option<Self> {
        // SAFETY: a live context, of an instance that did nothing yet.
        unsafe { Self::new(qjs::JS_NewContext(qjs::JS_GetRuntime(self.0.as_ptr()))) }
    }

    /// Where the host finds what.
    pub fn peek(self) -> Peek {
        let mut peek = Peek::UNKNOWN;
        // SAFETY: a live context; the C function fills all words of the structure.
        unsafe { raw::arbex_peek_of(self.0.as_ptr(), &mut peek) };
        peek
    }

    /// Count jumps from here, at the interval that the host chose.
    pub fn begin_polls(self) {
        // SAFETY: a live context, in which a number is set.
        unsafe { raw::arbex_begin_polls(self.0.as_ptr()) };
    }

    /// The text of a name; none when there is none, or it cannot be made.
    pub fn text(self, atom: Atom) -> Option<String> {
        if atom.0 == 0 {
            return None;
        }
        // SAFETY: a live context and atom; the text is copied and given back.
        unsafe {
            let mut length = 0;
            let text = qjs::JS_AtomToCStringLen(self.0.as_ptr(), &mut length, atom.0);
            if text.is_null() {
                return None;
            }
            // A name may have a zero in it.
            let bytes = std::slice::from_raw_parts(text.cast::<u8>(), length as usize);
            let copy = String::from_utf8_lossy(bytes).into_owned();
            qjs::JS_FreeCString(self.0.as_ptr(), text);
            Some(copy)
        }
    }

    /// The global object.
    pub fn global(self) -> Option<Object> {
        // SAFETY: a live context; the reference is kept for ever.
        unsafe { Object::of(qjs::JS_GetGlobalObject(self.0.as_ptr())) }
    }

    /// All bytecode there is. Not after a trap, which may have met the engine's list of it half changed.
    pub fn all_bytecode(self) -> Vec<Bytecode> {
        unsafe extern "C" fn found(list: *mut c_void, bytecode: *const raw::JSFunctionBytecode) {
            // SAFETY: the list that is handed over below.
            unsafe { (*list.cast::<Vec<Bytecode>>()).extend(NonNull::new(bytecode.cast_mut()).map(Bytecode)) };
        }
        let mut list = Vec::new();
        // SAFETY: a live context; the list lives until the call is over.
        unsafe { raw::arbex_each_bytecode(self.0.as_ptr(), found, (&raw mut list).cast()) };
        list
    }

    /// The prototypes of the engine's classes, with the classes' names.
    pub fn class_prototypes(self) -> impl Iterator<Item = (Atom, Object)> {
        // SAFETY: a live context; classes are counted.
        let count = unsafe { raw::arbex_class_count(self.0.as_ptr()) };
        (0..count).filter_map(move |class| {
            let mut name = 0;
            // SAFETY: as above.
            let object = unsafe { raw::arbex_class_prototype(self.0.as_ptr(), class, &mut name) };
            Some((Atom(name), Object(NonNull::new(object.cast_mut())?)))
        })
    }
}

/// The name of a property or function, as the engine keeps it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Atom(qjs::JSAtom);

/// The bytecode of a function. Whoever has one keeps it from being freed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytecode(NonNull<raw::JSFunctionBytecode>);

/// What a function's bytecode says of it.
pub struct Code {
    /// Address of the first instruction.
    pub begin: u32,
    /// Bytes of instructions.
    pub length: u32,
    /// The name that its declaration gives it.
    pub name: Atom,
    /// Line and column where it begins, from 1.
    pub begins: (u32, u32),
}

/// A name that a function gets where it is made.
pub struct Naming {
    /// The function.
    pub function: Bytecode,
    /// Its name.
    pub name: Atom,
    /// What stands before the name: `get `, `set `, or nothing.
    pub prefix: &'static str,
}

impl Bytecode {
    /// Behind a value.
    ///
    /// # Safety
    /// The value lives as long as the instance.
    pub unsafe fn of(value: qjs::JSValue) -> Option<Self> {
        // SAFETY: looks at the tag of a live value, then at its class.
        NonNull::new(unsafe { raw::arbex_bytecode_of(value) }.cast_mut()).map(Self)
    }

    /// At an address that [`Self::address`] gave.
    ///
    /// # Safety
    /// It was not freed since.
    pub unsafe fn at(address: u32) -> Option<Self> {
        NonNull::new(address as usize as *mut raw::JSFunctionBytecode).map(Self)
    }

    /// By which its frames are known.
    pub fn address(self) -> u32 {
        self.0.as_ptr() as usize as u32
    }

    fn raw(self) -> raw::Code {
        let mut code =
            raw::Code { begin: null(), length: 0, name: 0, line: 0, column: 0, constants: null(), constant_count: 0 };
        // SAFETY: live bytecode; the C function fills the structure.
        unsafe { raw::arbex_code_at(self.0.as_ptr(), &mut code) };
        code
    }

    /// What it says of its function.
    pub fn code(self) -> Code {
        let code = self.raw();
        Code {
            begin: code.begin as usize as u32,
            length: code.length,
            name: Atom(code.name),
            begins: (code.line, code.column),
        }
    }

    fn constants(&self) -> &[qjs::JSValue] {
        let code = self.raw();
        match code.constant_count {
            0 => &[],
            // SAFETY: the constants live as long as the bytecode.
            count => unsafe { std::slice::from_raw_parts(code.constants, count as usize) },
        }
    }

    /// The functions that are written inside this one.
    pub fn inner(&self) -> impl Iterator<Item = Self> {
        // SAFETY: constants are live values.
        self.constants().iter().filter_map(|constant| unsafe { Self::of(*constant) })
    }

    /// The names that functions get by its instructions.
    pub fn namings(&self) -> impl Iterator<Item = Naming> {
        let constants = self.constants();
        let mut at = 0;
        let next = move || {
            let mut naming = raw::Naming { after: 0, constant: 0, name: 0, accessor: 0 };
            // SAFETY: live bytecode, from the beginning or behind an instruction of it.
            if !unsafe { raw::arbex_naming_from(self.0.as_ptr(), at, &mut naming) } {
                return None;
            }
            at = naming.after;
            Some(naming)
        };
        std::iter::from_fn(next).filter_map(|naming| {
            let constant = constants.get(naming.constant as usize)?;
            let prefix = match naming.accessor {
                1 => "get ",
                2 => "set ",
                _ => "",
            };
            // SAFETY: constants are live values.
            Some(Naming { function: unsafe { Self::of(*constant) }?, name: Atom(naming.name), prefix })
        })
    }

    /// Lines and columns of the instructions that lie at `offsets`, which ascend; from 1.
    pub fn positions(self, offsets: &[u32]) -> Vec<[u32; 2]> {
        let mut places = vec![[0; 2]; offsets.len()];
        // SAFETY: live bytecode, and as many places as offsets, which are compared with the engine's table only.
        unsafe {
            raw::arbex_positions_at(self.0.as_ptr(), offsets.as_ptr(), offsets.len() as u32, places.as_mut_ptr());
        }
        places
    }
}

/// An object that is never freed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object(NonNull<c_void>);

/// A property that holds or makes functions.
pub struct Property {
    /// Its name.
    pub name: Atom,
    /// What it holds.
    pub holds: Holds,
}

/// What a property holds, when that can lead to functions.
pub enum Holds {
    /// An object.
    Object(Object),
    /// Functions that read and write it.
    Accessors(Option<Object>, Option<Object>),
    /// An object that the engine makes when it is asked for.
    Entry(Entry),
    /// Nothing of that.
    Other,
}

/// A function that is known by two words: bytecode and 0, or what an engine's own function consists of.
pub type Words = (u32, u32);

impl Object {
    /// Behind a value.
    ///
    /// # Safety
    /// The value lives as long as the instance.
    unsafe fn of(value: qjs::JSValue) -> Option<Self> {
        // SAFETY: looks at the tag of a live value.
        NonNull::new(unsafe { raw::arbex_object_of(value) }.cast_mut()).map(Self)
    }

    /// The words that frames of this function are known by, when it is one.
    pub fn words(self) -> Option<Words> {
        let mut words = [0; 2];
        // SAFETY: a live object.
        let kind = unsafe { raw::arbex_function_words(self.0.as_ptr(), &mut words) };
        (kind != 0).then_some((words[0], words[1]))
    }

    /// What it inherits from, as it lies there.
    pub fn prototype(self) -> Option<Self> {
        // SAFETY: a live object.
        NonNull::new(unsafe { raw::arbex_prototype_of(self.0.as_ptr()) }.cast_mut()).map(Self)
    }

    /// Its own properties, as they lie there.
    pub fn properties(self) -> impl Iterator<Item = Property> {
        (0..).map_while(move |index| {
            let mut property = raw::Property { name: 0, value: null(), getter: null(), setter: null(), entry: null() };
            // SAFETY: a live object; the C function compares the index with the number of its properties.
            unsafe { raw::arbex_property_at(self.0.as_ptr(), index, &mut property) }.then(|| {
                let object = |pointer: *const c_void| NonNull::new(pointer.cast_mut()).map(Self);
                let holds = match (object(property.value), NonNull::new(property.entry.cast_mut())) {
                    (Some(value), _) => Holds::Object(value),
                    (None, Some(entry)) => Holds::Entry(Entry(entry)),
                    (None, None) if property.getter.is_null() && property.setter.is_null() => Holds::Other,
                    (None, None) => Holds::Accessors(object(property.getter), object(property.setter)),
                };
                Property { name: Atom(property.name), holds }
            })
        })
    }
}

/// What the engine makes a function or an object from.
#[derive(Clone, Copy)]
pub struct Entry(NonNull<c_void>);

impl Entry {
    /// The words that frames of the function will be known by, when it is one.
    pub fn words(self) -> Option<Words> {
        let mut words = [0; 2];
        // SAFETY: an entry of the engine's static tables.
        let kind = unsafe { raw::arbex_entry_words(self.0.as_ptr(), &mut words) };
        (kind != 0).then_some((words[0], words[1]))
    }

    /// The entries of the object that will be made, with their names.
    pub fn inner(self) -> impl Iterator<Item = (&'static str, Self)> {
        (0..).map_while(move |index| {
            let mut name = null();
            // SAFETY: an entry of the engine's static tables; the C function compares the index with their length.
            let entry = unsafe { raw::arbex_inner_entry(self.0.as_ptr(), index, &mut name) };
            let entry = NonNull::new(entry.cast_mut())?;
            // SAFETY: names of entries are static texts.
            Some((unsafe { CStr::from_ptr(name) }.to_str().unwrap_or_default(), Self(entry)))
        })
    }
}
