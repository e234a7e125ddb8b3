//! Script text to bytecode.

use arbex_abi::{CompileReply, USER_FILE};
use rquickjs::{Ctx, Value, qjs};

use crate::engine::Engine;
use crate::host::{self, Message};
use crate::thrown::Caught;

/// Compile `script` as a classic script named [`USER_FILE`], and reply.
pub fn compile(_: &Engine, ctx: Ctx<'_>, script: &Message) {
    let raw = ctx.as_raw().as_ptr();
    let file = c"arbex-user-script.js";
    debug_assert_eq!(file.to_str(), Ok(USER_FILE));
    let flags = (qjs::JS_EVAL_TYPE_GLOBAL | qjs::JS_EVAL_FLAG_COMPILE_ONLY) as i32;
    // SAFETY: the text ends with a zero that its length does not count, as JS_Eval asks.
    let compiled = unsafe {
        let text = script.bytes_with_nul().as_ptr().cast();
        let compiled = qjs::JS_Eval(raw, text, script.bytes().len() as _, file.as_ptr(), flags);
        Value::from_raw(ctx.clone(), compiled)
    };
    if compiled.is_exception() {
        return host::reply(&CompileReply::Rejected(Caught::pending(&ctx).as_thrown()), &[]);
    }
    let mut size = 0;
    // SAFETY: the value is what JS_Eval compiled; the buffer is the engine's own and lives until this instance ends.
    let bytecode = unsafe {
        let buffer = qjs::JS_WriteObject(raw, &mut size, compiled.as_raw(), qjs::JS_WRITE_OBJ_BYTECODE as i32);
        if buffer.is_null() { &[][..] } else { std::slice::from_raw_parts(buffer, size as usize) }
    };
    if bytecode.is_empty() {
        return host::reply(&CompileReply::Rejected(Caught::pending(&ctx).as_thrown()), &[]);
    }
    host::reply(&CompileReply::Program, bytecode);
}
