//! One run: load the program, build `ctx`, call `run(ctx)`, turn the event loop until its promise settles, reply.

use arbex_abi::{RunReply, RunRequest};
use rquickjs::function::{IntoArgs, This};
use rquickjs::{Ctx, FromJs, Function, Persistent, Promise, Value, promise::PromiseState, qjs};

use crate::engine::{Engine, Sdk};
use crate::host::{self, Message};
use crate::inside::Bytecode;
use crate::thrown::Caught;
use crate::{describe, engine, natives, settle, text};

/// How a run ended, when not with a value.
enum Ended {
    /// An exception is pending.
    Threw,
    /// A promise rejected with this.
    Rejected(Caught),
    /// No function `run`.
    RunNotDefined(&'static str),
    /// Nothing left that could settle the result.
    Deadlock,
}

impl From<rquickjs::Error> for Ended {
    fn from(_: rquickjs::Error) -> Self {
        Self::Threw
    }
}

/// Run the request and reply.
pub fn run(engine: &Engine, ctx: Ctx<'_>, message: &Message) {
    let Ok(request) = arbex_abi::decode::<RunRequest<'_>>(message.bytes()) else {
        // No reply: the host reports a guest that ended without one.
        return;
    };
    natives::begin_run(&request);
    if let Some(realm) = engine::realm() {
        realm.begin_polls();
    }
    // SAFETY: a live runtime, and a number.
    unsafe { qjs::JS_SetGCThreshold(qjs::JS_GetRuntime(ctx.as_raw().as_ptr()), request.gc_threshold_bytes as _) };
    let ended = match result_of(&engine.sdk, &ctx, &request) {
        Ok(value) => return reply_value(&ctx, value, request.max_output_bytes),
        Err(ended) => ended,
    };
    let caught;
    let head = match ended {
        Ended::Threw => {
            caught = Caught::pending(&ctx);
            RunReply::Threw(caught.as_thrown())
        }
        Ended::Rejected(reason) => {
            caught = reason;
            RunReply::Threw(caught.as_thrown())
        }
        Ended::RunNotDefined(found) => RunReply::RunNotDefined { found },
        Ended::Deadlock => RunReply::Deadlock,
    };
    host::reply(&head, &[]);
}

fn result_of<'js>(sdk: &Sdk, ctx: &Ctx<'js>, request: &RunRequest<'_>) -> Result<Value<'js>, Ended> {
    evaluate(ctx, request.program)?;
    let run: Value<'js> = call(ctx, &sdk.find_run, ())?;
    let Some(run) = run.as_function() else {
        return Err(Ended::RunNotDefined(natives::type_of(&run)));
    };
    let js_ctx: Value<'js> = call(ctx, &sdk.begin, (request.system_json.is_some(),))?;
    let returned: Value<'js> = run.call((This(Value::new_undefined(ctx.clone())), js_ctx))?;
    let promise = match returned.as_promise() {
        Some(promise) => promise.clone(),
        None if !returned.is_object() => return Ok(returned),
        None => call(ctx, &sdk.to_promise, (returned,))?,
    };
    turn(sdk, ctx, &promise)
}

fn evaluate(ctx: &Ctx<'_>, program: &[u8]) -> Result<(), Ended> {
    let raw = ctx.as_raw().as_ptr();
    // SAFETY: the bytecode was made by `compile` of this same module and kept by the host; it never comes from outside.
    let result = unsafe {
        let flags = qjs::JS_READ_OBJ_BYTECODE as i32;
        let function = qjs::JS_ReadObject(raw, program.as_ptr(), program.len() as _, flags);
        let function = Value::from_raw(ctx.clone(), function);
        if function.is_exception() {
            return Err(Ended::Threw);
        }
        // JS_EvalFunction takes the function over. One more reference is never given back: a profile asks for its lines at the end.
        let function = std::mem::ManuallyDrop::new(function);
        describe::keep_program(Bytecode::of(qjs::JS_DupValue(raw, function.as_raw())));
        Value::from_raw(ctx.clone(), qjs::JS_EvalFunction(raw, function.as_raw()))
    };
    if result.is_exception() { Err(Ended::Threw) } else { Ok(()) }
}

/// The event loop: jobs first, then what is due, and only then wait for the host.
fn turn<'js>(sdk: &Sdk, ctx: &Ctx<'js>, promise: &Promise<'js>) -> Result<Value<'js>, Ended> {
    loop {
        while ctx.execute_pending_job() {}
        natives::take_uncaught(ctx)?;
        match promise.state() {
            // `result` would throw the reason; reading it as a value is what `from_value` needs.
            PromiseState::Rejected => {
                return Err(match promise.result::<Value<'js>>() {
                    Some(Ok(value)) => Ended::Rejected(Caught::from_value(ctx, value)),
                    _ => Ended::Threw,
                });
            }
            PromiseState::Resolved => {
                natives::report_unhandled_rejections(ctx);
                return promise
                    .result::<Value<'js>>()
                    .unwrap_or_else(|| Ok(Value::new_undefined(ctx.clone())))
                    .map_err(Ended::from);
            }
            PromiseState::Pending => {}
        }
        // One timer a turn, and one look at the host: timers that are always due must not starve what was read meanwhile.
        let fired = call(ctx, &sdk.fire_due_timer, (natives::now_ms(),))?;
        let delay_ms = match fired {
            true => 0.0,
            false => call(ctx, &sdk.next_timer_delay_ms, (natives::now_ms(),))?,
        };
        if fired && !natives::operations_pending() {
            continue;
        }
        if delay_ms < 0.0 && !natives::operations_pending() {
            return Err(Ended::Deadlock);
        }
        if let Some(completion) = host::wait(delay_ms) {
            settle::settle(sdk, ctx, &completion)?;
        }
    }
}

fn reply_value<'js>(ctx: &Ctx<'js>, value: Value<'js>, max_output_bytes: u32) {
    if value.is_undefined() {
        return host::reply(&RunReply::Returned, b"null");
    }
    let not_serializable = |caught: &Caught| host::reply(&RunReply::NotSerializable(caught.as_thrown()), &[]);
    match ctx.json_stringify(value.clone()) {
        Err(_) => not_serializable(&Caught::pending(ctx)),
        Ok(None) => {
            let message = format!("a {} has no JSON form", natives::type_of(&value));
            not_serializable(&Caught::with_message(message));
        }
        Ok(Some(json)) => {
            let json = text::Utf8::of(&json);
            if (max_output_bytes as usize) < json.bytes().len() {
                return host::reply(&RunReply::OutputTooLarge { bytes: json.bytes().len() as u64 }, &[]);
            }
            host::reply(&RunReply::Returned, json.bytes());
        }
    }
}

/// Call one of the SDK's functions.
pub fn call<'js, A: IntoArgs<'js>, R: FromJs<'js>>(
    ctx: &Ctx<'js>,
    function: &Persistent<Function<'static>>,
    arguments: A,
) -> rquickjs::Result<R> {
    function.clone().restore(ctx)?.call(arguments)
}
