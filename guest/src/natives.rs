//! What the SDK may call: console, host operations, clock, and the conversions that JavaScript is slow at. One flat list,
//! handed to `install` in `sdk/runtime/main.js` and reachable from nowhere else.

use std::cell::{Cell, RefCell};
use std::time::{SystemTime, UNIX_EPOCH};

use arbex_abi::{ConsoleLevel, ListKind, Op, RunRequest};
use rquickjs::prelude::Func;
use rquickjs::{
    Array, Ctx, Exception, IntoJs, Object, Persistent, String as JsString, Value, promise::PromiseState, qjs,
};

use crate::{convert, host, tables, text};

/// The state of the one run of this instance.
struct Run {
    began_ms: Cell<f64>,
    max_console_message_chars: Cell<u32>,
    context_json: RefCell<String>,
    system_json: RefCell<String>,
    /// Operations started and not yet ended.
    operations: Cell<u32>,
    /// What a microtask threw with nobody to catch it.
    uncaught: RefCell<Option<Persistent<Value<'static>>>>,
    /// Rejected promises that nobody handles, with their reasons.
    unhandled: RefCell<Vec<(Persistent<Value<'static>>, Persistent<Value<'static>>)>>,
}

thread_local! {
    static RUN: Run = const {
        Run {
            began_ms: Cell::new(0.0),
            max_console_message_chars: Cell::new(0),
            context_json: RefCell::new(String::new()),
            system_json: RefCell::new(String::new()),
            operations: Cell::new(0),
            uncaught: RefCell::new(None),
            unhandled: RefCell::new(Vec::new()),
        }
    };
}

/// More than these unhandled rejections are not kept: each would be one more console entry.
const MAX_UNHANDLED: usize = 10;

/// The object that `install` takes.
pub fn object<'js>(ctx: &Ctx<'js>) -> rquickjs::Result<Object<'js>> {
    let natives = Object::new(ctx.clone())?;

    natives.set("console", Func::from(console))?;
    natives.set("maxConsoleMessageChars", Func::from(|| RUN.with(|run| run.max_console_message_chars.get())))?;
    natives.set("contextJson", Func::from(|| RUN.with(|run| run.context_json.take())))?;
    natives.set("systemJson", Func::from(|| RUN.with(|run| run.system_json.take())))?;
    natives.set("uncaught", Func::from(uncaught))?;
    natives.set("nowMs", Func::from(now_ms))?;

    natives.set("openJson", Func::from(|ctx: Ctx<'_>, input: u32| start(&ctx, &Op::OpenJson { input })))?;
    natives.set("openBinary", Func::from(|ctx: Ctx<'_>, input: u32| start(&ctx, &Op::OpenBinary { input })))?;
    natives.set("openTabular", Func::from(open_tabular))?;
    natives
        .set("readRows", Func::from(|ctx: Ctx<'_>, table: u32, max: u32| start(&ctx, &Op::ReadRows { table, max })))?;
    natives.set("closeTable", Func::from(close_table))?;
    natives.set("takeRow", Func::from(tables::take_row))?;
    natives.set("takeRows", Func::from(tables::take_rows))?;
    natives.set("makeNext", Func::from(tables::make_next))?;

    natives.set("readConfig", Func::from(read_config))?;
    natives.set("list", Func::from(list))?;
    natives.set("podMetrics", Func::from(pod_metrics))?;
    natives.set("exec", Func::from(exec))?;

    natives.set("jmespathSearch", Func::from(crate::jmespath::search))?;
    natives.set("promiseState", Func::from(promise_state))?;
    natives.set("proxyDetails", Func::from(proxy_details))?;
    natives.set("utf8Encode", Func::from(convert::utf8_encode))?;
    natives.set("utf8Decode", Func::from(convert::utf8_decode))?;
    natives.set("base64Encode", Func::from(convert::base64_encode))?;
    natives.set("base64Decode", Func::from(convert::base64_decode))?;
    natives.set("base64EncodeBytes", Func::from(convert::base64_encode_bytes))?;
    natives.set("urlParse", Func::from(convert::url_parse))?;
    natives.set("urlSet", Func::from(convert::url_set))?;
    Ok(natives)
}

/// Before the script: what the request says, and a seed for `Math.random` (javy's generator, whose state would otherwise
/// be the snapshot's in every run).
pub fn begin_run(request: &RunRequest<'_>) {
    RUN.with(|run| {
        run.max_console_message_chars.set(request.max_console_message_chars);
        run.context_json.replace(request.context_json.to_owned());
        run.system_json.replace(request.system_json.unwrap_or_default().to_owned());
        run.began_ms.set(clock_ms());
    });
    fastrand::seed(host::random_u64());
}

/// Milliseconds since the run began. Whole ones: the host's clock is no finer.
pub fn now_ms() -> f64 {
    clock_ms() - RUN.with(|run| run.began_ms.get())
}

fn clock_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_millis() as f64)
}

/// Whether an operation is under way.
pub fn operations_pending() -> bool {
    RUN.with(|run| run.operations.get() != 0)
}

/// One operation less.
pub fn operation_ended() {
    RUN.with(|run| run.operations.set(run.operations.get().saturating_sub(1)));
}

/// Throw what a microtask threw before, if it did.
pub fn take_uncaught(ctx: &Ctx<'_>) -> rquickjs::Result<()> {
    match RUN.with(|run| run.uncaught.take()) {
        Some(error) => Err(ctx.throw(error.restore(ctx)?)),
        None => Ok(()),
    }
}

/// Keep an account of rejections without a handler. The engine reports a rejection at once and takes it back when a handler
/// comes later.
pub fn track_rejection<'js>(ctx: &Ctx<'js>, promise: Value<'js>, reason: Value<'js>, handled: bool) {
    RUN.with(|run| {
        let mut unhandled = run.unhandled.borrow_mut();
        if handled {
            let same = |kept: &Persistent<Value<'static>>| kept.clone().restore(ctx).is_ok_and(|kept| kept == promise);
            unhandled.retain(|(kept, _)| !same(kept));
        } else if unhandled.len() < MAX_UNHANDLED {
            unhandled.push((Persistent::save(ctx, promise), Persistent::save(ctx, reason)));
        }
    });
}

/// One console entry for each rejection nobody handled: the run succeeded, but its author should know.
pub fn report_unhandled_rejections(ctx: &Ctx<'_>) {
    for (_, reason) in RUN.with(|run| run.unhandled.take()) {
        if let Ok(reason) = reason.restore(ctx) {
            let caught = crate::thrown::Caught::from_value(ctx, reason);
            host::console(ConsoleLevel::Error, format!("unhandled promise rejection: {}", caught.summary()).as_bytes());
        }
    }
}

/// `typeof value`
pub fn type_of(value: &Value<'_>) -> &'static str {
    match value.type_name() {
        "uninitialized" | "undefined" => "undefined",
        "bool" => "boolean",
        "int" | "float" => "number",
        "string" => "string",
        "symbol" => "symbol",
        "big_int" | "bigint" => "bigint",
        "function" | "constructor" => "function",
        _ => "object",
    }
}

fn start(ctx: &Ctx<'_>, op: &Op<'_>) -> rquickjs::Result<u32> {
    match host::start(op) {
        0 => Err(Exception::throw_message(ctx, "too many operations at once; await some before starting more")),
        id => {
            RUN.with(|run| run.operations.set(run.operations.get() + 1));
            Ok(id)
        }
    }
}

fn console(level: u32, message: JsString<'_>) -> bool {
    let level = ConsoleLevel::from_wire(level).unwrap_or(ConsoleLevel::Log);
    host::console(level, text::Utf8::of(&message).bytes())
}

fn uncaught<'js>(ctx: Ctx<'js>, error: Value<'js>) {
    RUN.with(|run| {
        // The first one is what a process would have died of.
        let mut kept = run.uncaught.borrow_mut();
        if kept.is_none() {
            *kept = Some(Persistent::save(&ctx, error));
        }
    });
}

fn open_tabular<'js>(
    ctx: Ctx<'js>,
    input: u32,
    delimiter: Option<JsString<'js>>,
    input_format: Option<JsString<'js>>,
) -> rquickjs::Result<u32> {
    let (delimiter, input_format) = (delimiter.as_ref().map(text::lossy), input_format.as_ref().map(text::lossy));
    start(&ctx, &Op::OpenTabular { input, delimiter: delimiter.as_deref(), input_format: input_format.as_deref() })
}

fn close_table(table: u32) {
    tables::closed(table);
    host::start(&Op::CloseTable { table });
}

fn read_config(ctx: Ctx<'_>, prefix: JsString<'_>) -> rquickjs::Result<u32> {
    start(&ctx, &Op::ReadConfig { prefix: &text::lossy(&prefix) })
}

fn list<'js>(
    ctx: Ctx<'js>,
    kind: usize,
    namespace: Option<JsString<'js>>,
    label_selector: Option<JsString<'js>>,
) -> rquickjs::Result<u32> {
    let Some(&kind) = ListKind::ALL.get(kind) else { return Err(Exception::throw_internal(&ctx, "no such list")) };
    let (namespace, label_selector) = (namespace.as_ref().map(text::lossy), label_selector.as_ref().map(text::lossy));
    start(&ctx, &Op::List { kind, namespace: namespace.as_deref(), label_selector: label_selector.as_deref() })
}

fn pod_metrics<'js>(ctx: Ctx<'js>, namespace: Option<JsString<'js>>) -> rquickjs::Result<u32> {
    let namespace = namespace.as_ref().map(text::lossy);
    start(&ctx, &Op::PodMetrics { namespace: namespace.as_deref() })
}

fn exec<'js>(
    ctx: Ctx<'js>,
    pod: Option<JsString<'js>>,
    namespace: Option<JsString<'js>>,
    container: Option<JsString<'js>>,
    command: Vec<JsString<'js>>,
) -> rquickjs::Result<u32> {
    let [pod, namespace, container] = [pod, namespace, container].map(|text| text.as_ref().map(text::lossy));
    let command: Vec<String> = command.iter().map(text::lossy).collect();
    start(
        &ctx,
        &Op::Exec {
            pod: pod.as_deref(),
            namespace: namespace.as_deref(),
            container: container.as_deref(),
            command: command.iter().map(String::as_str).collect(),
        },
    )
}

/// `["pending"]`, `["fulfilled", value]` or `["rejected", reason]`; `undefined` for what is no promise.
fn promise_state<'js>(ctx: Ctx<'js>, promise: Value<'js>) -> rquickjs::Result<Option<Array<'js>>> {
    let Some(promise) = promise.as_promise() else { return Ok(None) };
    // SAFETY: a live promise in its live context.
    let result = || unsafe {
        Value::from_raw(ctx.clone(), qjs::JS_PromiseResult(ctx.as_raw().as_ptr(), promise.as_value().as_raw()))
    };
    let (name, result) = match promise.state() {
        PromiseState::Pending => ("pending", None),
        PromiseState::Resolved => ("fulfilled", Some(result())),
        PromiseState::Rejected => ("rejected", Some(result())),
    };
    let mut state = vec![name.into_js(&ctx)?];
    state.extend(result);
    array_of(&ctx, state).map(Some)
}

/// `[target, handler]`, `[null, null]` once revoked; `undefined` for what is no proxy. Runs no trap.
fn proxy_details<'js>(ctx: Ctx<'js>, value: Value<'js>) -> rquickjs::Result<Option<Array<'js>>> {
    // SAFETY: looks at the tag and class of a live value, then at its slots.
    let slots = unsafe {
        if !qjs::JS_IsProxy(value.as_raw()) {
            return Ok(None);
        }
        let raw = ctx.as_raw().as_ptr();
        [qjs::JS_GetProxyTarget(raw, value.as_raw()), qjs::JS_GetProxyHandler(raw, value.as_raw())]
            .map(|slot| Value::from_raw(ctx.clone(), slot))
    };
    // The engine throws for a revoked proxy.
    if slots.iter().any(Value::is_exception) {
        drop(ctx.catch());
        let null = || Value::new_null(ctx.clone());
        return array_of(&ctx, vec![null(), null()]).map(Some);
    }
    array_of(&ctx, slots.to_vec()).map(Some)
}

/// An array of `items`, defined rather than set: a script may have planted setters on `Array.prototype`.
pub fn array_of<'js>(ctx: &Ctx<'js>, items: Vec<Value<'js>>) -> rquickjs::Result<Array<'js>> {
    let array = Array::new(ctx.clone())?;
    for (index, item) in items.into_iter().enumerate() {
        let property = rquickjs::object::Property::from(item).writable().enumerable().configurable();
        array.as_object().prop(index as u32, property)?;
    }
    Ok(array)
}
