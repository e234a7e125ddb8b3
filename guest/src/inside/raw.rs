//! The structures and functions of `engine-stack.h`.

use std::ffi::{c_char, c_void};

use arbex_abi::peek::Peek;
use rquickjs::qjs;

/// A function's bytecode; opaque here.
#[repr(C)]
pub struct JSFunctionBytecode(c_void);

#[repr(C)]
pub struct Code {
    pub begin: *const u8,
    pub length: u32,
    pub name: qjs::JSAtom,
    pub line: u32,
    pub column: u32,
    pub constants: *const qjs::JSValue,
    pub constant_count: u32,
}

#[repr(C)]
pub struct Naming {
    pub after: u32,
    pub constant: u32,
    pub name: qjs::JSAtom,
    pub accessor: u32,
}

#[repr(C)]
pub struct Property {
    pub name: qjs::JSAtom,
    pub value: *const c_void,
    pub getter: *const c_void,
    pub setter: *const c_void,
    pub entry: *const c_void,
}

unsafe extern "C" {
    pub fn arbex_peek_of(ctx: *mut qjs::JSContext, peek: *mut Peek);
    pub fn arbex_begin_polls(ctx: *mut qjs::JSContext);
    pub fn arbex_bytecode_of(value: qjs::JSValue) -> *const JSFunctionBytecode;
    pub fn arbex_each_bytecode(
        ctx: *mut qjs::JSContext,
        found: unsafe extern "C" fn(*mut c_void, *const JSFunctionBytecode),
        list: *mut c_void,
    );
    pub fn arbex_code_at(bytecode: *const JSFunctionBytecode, code: *mut Code);
    pub fn arbex_positions_at(
        bytecode: *const JSFunctionBytecode,
        offsets: *const u32,
        count: u32,
        places: *mut [u32; 2],
    );
    pub fn arbex_naming_from(bytecode: *const JSFunctionBytecode, at: u32, naming: *mut Naming) -> bool;
    pub fn arbex_property_at(object: *const c_void, index: u32, property: *mut Property) -> bool;
    pub fn arbex_prototype_of(object: *const c_void) -> *const c_void;
    pub fn arbex_object_of(value: qjs::JSValue) -> *const c_void;
    pub fn arbex_class_prototype(ctx: *mut qjs::JSContext, class: u32, name: *mut qjs::JSAtom) -> *const c_void;
    pub fn arbex_class_count(ctx: *mut qjs::JSContext) -> u32;
    pub fn arbex_function_words(object: *const c_void, words: *mut [u32; 2]) -> u32;
    pub fn arbex_entry_words(entry: *const c_void, words: *mut [u32; 2]) -> u32;
    pub fn arbex_inner_entry(entry: *const c_void, index: u32, name: *mut *const c_char) -> *const c_void;
}
