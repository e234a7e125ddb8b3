//! Completions of host operations, turned into JavaScript values and handed to the promises that wait for them.

use arbex_abi::{Completion, ConsoleLevel, Payload};
use rquickjs::{Ctx, Exception, IntoJs, TypedArray, Value, qjs};

use crate::engine::Sdk;
use crate::host::Message;
use crate::run::call;
use crate::{host, natives, tables, thrown};

/// Settle the promise of the operation in `message`.
pub fn settle<'js>(sdk: &Sdk, ctx: &Ctx<'js>, message: &Message) -> rquickjs::Result<()> {
    let completion: Completion<'_> = arbex_abi::decode(message.bytes())
        .map_err(|_| Exception::throw_internal(ctx, "the host's completion does not decode"))?;
    natives::operation_ended();
    let (value, failed) = match value_of(ctx, completion.payload, message) {
        Ok(settled) => settled,
        // An exception while the value was made (JSON that does not parse): that is the rejection's reason.
        Err(rquickjs::Error::Exception) => (ctx.catch(), true),
        Err(error) => return Err(error),
    };
    call(ctx, &sdk.settle, (completion.id, value, failed))
}

fn value_of<'js>(ctx: &Ctx<'js>, payload: Payload<'_>, message: &Message) -> rquickjs::Result<(Value<'js>, bool)> {
    let value = match payload {
        Payload::Json(json) => parse_json(ctx, json, message)?,
        Payload::Bytes { bytes } => TypedArray::<u8>::new(ctx.clone(), bytes)?.into_value(),
        Payload::Table { table, headers } => {
            let names = headers.iter().map(|header| header.into_js(ctx)).collect::<rquickjs::Result<Vec<_>>>()?;
            let opened =
                natives::array_of(ctx, vec![table.into_js(ctx)?, natives::array_of(ctx, names)?.into_value()])?;
            tables::opened(ctx, table, &headers);
            opened.into_value()
        }
        Payload::Rows { table, count, cells } => {
            tables::rows_came(table, cells);
            count.into_js(ctx)?
        }
        Payload::Listed { warning, json } => {
            if let Some(warning) = warning {
                host::console(ConsoleLevel::Warn, warning.as_bytes());
            }
            parse_json(ctx, json, message)?
        }
        Payload::Done => Value::new_undefined(ctx.clone()),
        Payload::Failed { name, message, status, reason, cause } => {
            let error = Exception::from_message(ctx.clone(), message)?;
            let object = error.as_object();
            object.prop("name", rquickjs::object::Property::from(name).writable().configurable())?;
            if let Some(status) = status {
                object.prop("status", rquickjs::object::Property::from(status).writable().configurable())?;
            }
            if let Some(reason) = reason {
                object.prop("reason", rquickjs::object::Property::from(reason).writable().configurable())?;
            }
            if let Some(cause) = cause {
                object.prop("cause", rquickjs::object::Property::from(cause).writable().configurable())?;
            }
            return Ok((error.into_value(), true));
        }
    };
    Ok((value, false))
}

/// Parse JSON that stands at the end of `message`, so that the zero after it is the one the engine's parser asks for.
fn parse_json<'js>(ctx: &Ctx<'js>, json: &str, message: &Message) -> rquickjs::Result<Value<'js>> {
    let tail = &message.bytes_with_nul()[message.bytes().len() - json.len()..];
    debug_assert_eq!(tail.as_ptr(), json.as_ptr());
    // SAFETY: the text ends with a zero that its length does not count.
    let value = unsafe {
        let value =
            qjs::JS_ParseJSON(ctx.as_raw().as_ptr(), tail.as_ptr().cast(), json.len() as _, c"<input>".as_ptr());
        Value::from_raw(ctx.clone(), value)
    };
    if value.is_exception() { Err(explain_json_fault(ctx, json)) } else { Ok(value) }
}

/// Say where the fault is (the engine knows, in its message or in the first frame of the stack: `<input>:2:7`) and how the
/// input begins, which is what tells an author "this is a CSV".
fn explain_json_fault(ctx: &Ctx<'_>, json: &str) -> rquickjs::Error {
    const SHOWN_CHARS: usize = 32;
    let caught = ctx.catch();
    let reason = caught.as_exception().and_then(Exception::message).unwrap_or_default();
    let stack = thrown::stack_of(&caught);
    let place = stack.split("<input>:").nth(1).and_then(|rest| {
        let mut numbers = rest.split(|c: char| !c.is_ascii_digit());
        Some((numbers.next()?.parse::<u32>().ok()?, numbers.next()?.parse::<u32>().ok()?))
    });
    let place = match place {
        Some((line, column)) if !reason.contains("(line ") => format!(" (line {line} column {column})"),
        _ => String::new(),
    };
    let begins: String = json.chars().take(SHOWN_CHARS).collect();
    Exception::throw_syntax(ctx, &format!("the input is not JSON: {reason}{place}; it begins {begins:?}"))
}
