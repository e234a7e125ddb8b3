//! The class of rows in the engine: what it calls when a script looks at a virtual row, or does something to it.

use std::cell::Cell;
use std::ffi::{CStr, c_int};
use std::ptr::null_mut;

use rquickjs::{Ctx, qjs};

use super::{SPARE_READS, VirtualRow};

/// Plain data properties, as an object literal makes them.
const PLAIN: c_int = qjs::JS_PROP_C_W_E as c_int;

/// The class of rows, made before the snapshot.
#[derive(Clone, Copy)]
pub(super) struct Class {
    pub(super) id: qjs::JSClassID,
    /// `Object.prototype`, which lives as long as the engine.
    object_prototype: qjs::JSValue,
    /// `Reflect.get` as it was before any script, which lives as long as the engine.
    reflect_get: qjs::JSValue,
    /// The key of the cells beyond the headers.
    extra: qjs::JSAtom,
    /// The keys of an iterator's result.
    value: qjs::JSAtom,
    done: qjs::JSAtom,
    flags: Flags,
}

thread_local! {
    static CLASS: Cell<Option<Class>> = const { Cell::new(None) };
}

pub(super) fn class() -> Class {
    CLASS.get().expect("registered before the snapshot")
}

/// Register the class. Called once, before the snapshot; a failure is a failure of the build.
pub fn register(ctx: &Ctx<'_>) {
    static EXOTIC: qjs::JSClassExoticMethods = qjs::JSClassExoticMethods {
        get_own_property: Some(get_own_property),
        get_own_property_names: Some(get_own_property_names),
        delete_property: Some(delete_property),
        define_own_property: Some(define_own_property),
        has_property: None,
        get_property: Some(get_property),
        set_property: None,
    };
    let raw = ctx.as_raw().as_ptr();
    // SAFETY: a live context; the engine copies the definition and keeps the pointer to the static methods.
    let class = unsafe {
        let runtime = qjs::JS_GetRuntime(raw);
        let mut id = 0;
        qjs::JS_NewClassID(runtime, &mut id);
        let definition = qjs::JSClassDef {
            class_name: c"Object".as_ptr(),
            finalizer: Some(finalize),
            gc_mark: None,
            call: None,
            exotic: (&raw const EXOTIC).cast_mut(),
        };
        assert_eq!(qjs::JS_NewClass(runtime, id, &definition), 0, "the class registers");
        let plain = qjs::JS_NewObject(raw);
        let object_prototype = qjs::JS_GetPrototype(raw, plain);
        qjs::JS_FreeValue(raw, plain);
        qjs::JS_SetClassProto(raw, id, qjs::JS_DupValue(raw, object_prototype));
        let global = qjs::JS_GetGlobalObject(raw);
        let reflect = qjs::JS_GetPropertyStr(raw, global, c"Reflect".as_ptr());
        let reflect_get = qjs::JS_GetPropertyStr(raw, reflect, c"get".as_ptr());
        assert!(qjs::JS_IsFunction(raw, reflect_get), "the engine has Reflect.get");
        qjs::JS_FreeValue(raw, reflect);
        qjs::JS_FreeValue(raw, global);
        let atom = |name: &CStr| qjs::JS_NewAtom(raw, name.as_ptr());
        let (extra, value, done) = (atom(c"_extra"), atom(c"value"), atom(c"done"));
        Class { id, object_prototype, reflect_get, extra, value, done, flags: Flags::find(raw, id) }
    };
    CLASS.set(Some(class));
}

/// What an iterator's `next` gives for `value`, which it takes over.
///
/// # Safety
/// A live context and value.
pub unsafe fn iterator_result(ctx: *mut qjs::JSContext, value: qjs::JSValue) -> qjs::JSValue {
    let class = class();
    // SAFETY: as the caller says; the keys were made before the snapshot and are never freed.
    unsafe {
        let result = qjs::JS_NewObject(ctx);
        qjs::JS_DefinePropertyValue(ctx, result, class.value, value, PLAIN);
        qjs::JS_DefinePropertyValue(ctx, result, class.done, qjs::JS_FALSE, PLAIN);
        result
    }
}

/// Where an object keeps two flags that the engine has no function for.
#[derive(Clone, Copy)]
struct Flags {
    /// The byte of the object that holds both.
    byte: usize,
    extensible: u8,
    exotic: u8,
}

impl Flags {
    /// Find them by trying, so that another layout of the engine's objects fails the build instead of a script: the first
    /// changes when extensions are prevented, the second lies in the same byte and differs between a row and a plain object.
    unsafe fn find(raw: *mut qjs::JSContext, id: qjs::JSClassID) -> Self {
        const HEAD_BYTES: usize = 8;
        // SAFETY: a live context; objects are larger than what is read of them.
        unsafe {
            let head = |object| std::ptr::read(address(object).cast::<[u8; HEAD_BYTES]>());
            let (plain, row) = (qjs::JS_NewObject(raw), qjs::JS_NewObjectClass(raw, id));
            qjs::JS_SetOpaque(row, null_mut());
            let before = head(plain);
            let of_row = head(row);
            qjs::JS_PreventExtensions(raw, plain);
            let after = head(plain);
            let changed: Vec<usize> = (0..HEAD_BYTES).filter(|byte| before[*byte] != after[*byte]).collect();
            let [byte] = changed[..] else { panic!("preventing extensions changed bytes {changed:?} of the object") };
            let flags = Self { byte, extensible: before[byte] ^ after[byte], exotic: before[byte] ^ of_row[byte] };
            assert_eq!(flags.extensible.count_ones(), 1, "one flag says extensible");
            assert_eq!(flags.exotic.count_ones(), 1, "one flag says exotic");
            flags.set(plain, flags.extensible, true);
            assert_eq!(qjs::JS_IsExtensible(raw, plain), 1, "the flag is the one the engine reads");
            qjs::JS_FreeValue(raw, plain);
            qjs::JS_FreeValue(raw, row);
            flags
        }
    }

    unsafe fn set(self, object: qjs::JSValue, flag: u8, on: bool) {
        // SAFETY: `object` is a live object of the engine, whose layout `find` has looked at.
        unsafe {
            let byte = address(object).add(self.byte);
            *byte = if on { *byte | flag } else { *byte & !flag };
        }
    }
}

unsafe fn address(object: qjs::JSValue) -> *mut u8 {
    // SAFETY: a value that is an object holds a pointer to it.
    unsafe { qjs::JS_VALUE_GET_PTR(object).cast() }
}

/// What stands behind `object`; none when it is ordinary by now.
unsafe fn behind<'a>(object: qjs::JSValue) -> Option<&'a VirtualRow> {
    // SAFETY: the pointer is null or one that `Batch::take` made; it is taken away only by `make_ordinary` and `finalize`.
    unsafe { qjs::JS_GetAnyOpaque(object, &mut 0).cast::<VirtualRow>().as_ref() }
}

/// Give `object` its cells as properties and let the engine treat it as any other object from now on.
pub(super) unsafe fn make_ordinary(ctx: *mut qjs::JSContext, object: qjs::JSValue) {
    let Class { extra, flags, .. } = class();
    // SAFETY: a live context and row; the pointer came from a box and is taken back once.
    unsafe {
        let pointer = qjs::JS_GetAnyOpaque(object, &mut 0).cast::<VirtualRow>();
        if pointer.is_null() {
            return;
        }
        qjs::JS_SetOpaque(object, null_mut());
        let row = Box::from_raw(pointer);
        flags.set(object, flags.exotic, false);
        // A row that was closed to extensions before still has its cells.
        let extensible = qjs::JS_IsExtensible(ctx, object) == 1;
        flags.set(object, flags.extensible, true);
        let columns = &row.page.columns.atoms;
        for (position, column) in columns.iter().enumerate() {
            qjs::JS_DefinePropertyValue(ctx, object, *column, row.cell(ctx, position), PLAIN);
        }
        if columns.len() < row.width {
            let beyond = qjs::JS_NewArray(ctx);
            for (index, position) in (columns.len()..row.width).enumerate() {
                qjs::JS_DefinePropertyValueUint32(ctx, beyond, index as u32, row.cell(ctx, position), PLAIN);
            }
            qjs::JS_DefinePropertyValue(ctx, object, extra, beyond, PLAIN);
        }
        flags.set(object, flags.extensible, extensible);
    }
}

unsafe extern "C" fn finalize(_: *mut qjs::JSRuntime, object: qjs::JSValue) {
    // SAFETY: the engine finalizes an object once; the pointer is null or a box's.
    unsafe {
        let pointer = qjs::JS_GetAnyOpaque(object, &mut 0).cast::<VirtualRow>();
        if !pointer.is_null() {
            drop(Box::from_raw(pointer));
        }
    }
}

unsafe extern "C" fn get_property(
    ctx: *mut qjs::JSContext,
    object: qjs::JSValue,
    atom: qjs::JSAtom,
    receiver: qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: called by the engine with live values, at a point where the object may change.
    unsafe {
        let Some(row) = behind(object) else { return qjs::JS_UNDEFINED };
        let columns = &row.page.columns;
        if let Some(position) = columns.position(atom) {
            let cell = row.cell(ctx, position);
            let reads = row.reads.get() + 1;
            row.reads.set(reads);
            if columns.atoms.len() as u32 + SPARE_READS < reads {
                make_ordinary(ctx, object);
            }
            return cell;
        }
        let prototype = qjs::JS_GetPrototype(ctx, object);
        let value = if prototype == class().object_prototype {
            get_from_object_prototype(ctx, prototype, atom, receiver)
        } else if qjs::JS_IsObject(prototype) {
            // A prototype of the script's own making: the engine walks it, but only `Reflect.get` tells it the receiver.
            let key = qjs::JS_AtomToValue(ctx, atom);
            let mut arguments = [prototype, key, receiver];
            let value = qjs::JS_Call(ctx, class().reflect_get, qjs::JS_UNDEFINED, 3, arguments.as_mut_ptr());
            qjs::JS_FreeValue(ctx, key);
            value
        } else {
            qjs::JS_UNDEFINED
        };
        qjs::JS_FreeValue(ctx, prototype);
        value
    }
}

/// `then`, `toJSON`, `constructor`: what is asked of every object must not cost a row its cells.
unsafe fn get_from_object_prototype(
    ctx: *mut qjs::JSContext,
    prototype: qjs::JSValue,
    atom: qjs::JSAtom,
    receiver: qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: live values; the descriptor's values are ours when there is one.
    unsafe {
        let mut found: qjs::JSPropertyDescriptor = std::mem::zeroed();
        match qjs::JS_GetOwnProperty(ctx, &mut found, prototype, atom) {
            0 => qjs::JS_UNDEFINED,
            failed if failed < 0 => qjs::JS_EXCEPTION,
            _ if found.flags & qjs::JS_PROP_GETSET as c_int == 0 => found.value,
            _ => {
                let value = match qjs::JS_IsUndefined(found.getter) {
                    true => qjs::JS_UNDEFINED,
                    false => qjs::JS_Call(ctx, found.getter, receiver, 0, null_mut()),
                };
                qjs::JS_FreeValue(ctx, found.getter);
                qjs::JS_FreeValue(ctx, found.setter);
                value
            }
        }
    }
}

unsafe extern "C" fn get_own_property(
    ctx: *mut qjs::JSContext,
    descriptor: *mut qjs::JSPropertyDescriptor,
    object: qjs::JSValue,
    atom: qjs::JSAtom,
) -> c_int {
    // SAFETY: called by the engine with live values; the descriptor is null or to be filled.
    unsafe {
        let Some(row) = behind(object) else { return 0 };
        let Some(position) = row.page.columns.position(atom) else { return 0 };
        if let Some(descriptor) = descriptor.as_mut() {
            descriptor.flags = PLAIN;
            descriptor.value = row.cell(ctx, position);
            descriptor.getter = qjs::JS_UNDEFINED;
            descriptor.setter = qjs::JS_UNDEFINED;
        }
        1
    }
}

unsafe extern "C" fn get_own_property_names(
    ctx: *mut qjs::JSContext,
    names: *mut *mut qjs::JSPropertyEnum,
    count: *mut u32,
    object: qjs::JSValue,
) -> c_int {
    // SAFETY: called by the engine, which frees the list and the atoms in it; it allocates no empty lists.
    unsafe {
        let columns = behind(object).map_or(&[][..], |row| &row.page.columns.atoms);
        let list = qjs::js_malloc(ctx, (size_of::<qjs::JSPropertyEnum>() * columns.len().max(1)) as _);
        let list = list.cast::<qjs::JSPropertyEnum>();
        if list.is_null() {
            return -1;
        }
        for (index, column) in columns.iter().enumerate() {
            let atom = qjs::JS_DupAtom(ctx, *column);
            list.add(index).write(qjs::JSPropertyEnum { is_enumerable: true, atom });
        }
        *names = list;
        *count = columns.len() as u32;
        0
    }
}

unsafe extern "C" fn define_own_property(
    ctx: *mut qjs::JSContext,
    object: qjs::JSValue,
    atom: qjs::JSAtom,
    value: qjs::JSValue,
    getter: qjs::JSValue,
    setter: qjs::JSValue,
    flags: c_int,
) -> c_int {
    // SAFETY: called by the engine with live values; it does nothing more with the object after this.
    unsafe {
        make_ordinary(ctx, object);
        qjs::JS_DefineProperty(ctx, object, atom, value, getter, setter, flags)
    }
}

unsafe extern "C" fn delete_property(ctx: *mut qjs::JSContext, object: qjs::JSValue, atom: qjs::JSAtom) -> c_int {
    // SAFETY: called by the engine with live values; it does nothing more with the object after this.
    unsafe {
        make_ordinary(ctx, object);
        qjs::JS_DeleteProperty(ctx, object, atom, 0)
    }
}
