//! From whatever a script threw to a [`Thrown`]: name, message, the user's own frames, line and column.
//!
//! All of it may be hostile: getters, proxies, megabytes of message. Reading properties runs user code, which the host
//! meters like any other; texts are cut.

use arbex_abi::{Thrown, USER_FILE};
use rquickjs::{Ctx, Value};

use crate::text;

/// Longest name, message and stack that leave the sandbox, in bytes.
const MAX_NAME_BYTES: usize = 256;
const MAX_MESSAGE_BYTES: usize = 16 * 1024;
const MAX_STACK_BYTES: usize = 16 * 1024;

/// How the engine writes a frame of the SDK, which has no debug information.
const SDK_FRAME: &str = "(<null>:";

/// An owned [`Thrown`].
#[derive(Default)]
pub struct Caught {
    name: Option<String>,
    message: String,
    stack: Option<UserStack>,
}

/// A stack trace without the frames of the SDK.
#[derive(Default)]
pub struct UserStack {
    /// The frames, one a line.
    pub text: String,
    /// Line of the innermost frame in the user's file.
    pub line: Option<u32>,
    /// Column of the innermost frame in the user's file.
    pub column: Option<u32>,
}

impl Caught {
    /// Take the pending exception.
    pub fn pending(ctx: &Ctx<'_>) -> Self {
        Self::from_value(ctx, ctx.catch())
    }

    /// Describe a thrown value or a rejection's reason.
    pub fn from_value(ctx: &Ctx<'_>, value: Value<'_>) -> Self {
        if !value.is_error() {
            return Self {
                message: text_of(ctx, &value).unwrap_or_else(|| String::from("(a value without text)")),
                ..Self::default()
            };
        }
        let property = |name: &str| {
            let value = value.as_object()?.get::<_, Value<'_>>(name);
            let value = value.inspect_err(|_| drop(ctx.catch())).ok()?;
            if value.is_undefined() { None } else { text_of(ctx, &value) }
        };
        Self {
            name: property("name").map(|name| cut(name, MAX_NAME_BYTES)),
            message: property("message").map(|message| cut(message, MAX_MESSAGE_BYTES)).unwrap_or_default(),
            stack: Some(UserStack::from_raw(&stack_of(&value))),
        }
    }

    /// An error of our own wording.
    pub fn with_message(message: String) -> Self {
        Self { message, ..Self::default() }
    }

    /// `Name: message`, for a console entry.
    pub fn summary(&self) -> String {
        match &self.name {
            Some(name) => format!("{name}: {}", self.message),
            None => self.message.clone(),
        }
    }

    /// As it goes over the wire.
    pub fn as_thrown(&self) -> Thrown<'_> {
        let stack = self.stack.as_ref();
        Thrown {
            name: self.name.as_deref(),
            message: &self.message,
            stack: stack.map(|stack| stack.text.as_str()).filter(|text| !text.is_empty()),
            line: stack.and_then(|stack| stack.line),
            column: stack.and_then(|stack| stack.column),
        }
    }
}

impl UserStack {
    /// Keep the frames that are not the SDK's, and find the innermost one in the user's file.
    pub fn from_raw(stack: &str) -> Self {
        let mut user = Self::default();
        for frame in stack.lines().filter(|frame| !frame.contains(SDK_FRAME)) {
            // A function that has called nothing yet has no position; the engine says "missing".
            let frame = &*frame.replace("(missing)", "(arbex-user-script.js)");
            if user.line.is_none()
                && let Some((line, column)) = position(frame)
            {
                (user.line, user.column) = (Some(line), Some(column));
            }
            if user.text.len() + frame.len() < MAX_STACK_BYTES {
                user.text.push_str(frame);
                user.text.push('\n');
            }
        }
        user.text.truncate(user.text.trim_end().len());
        user
    }
}

/// `…arbex-user-script.js:12:5)` gives (12, 5).
fn position(frame: &str) -> Option<(u32, u32)> {
    let after = &frame[frame.rfind(USER_FILE)? + USER_FILE.len()..];
    let mut numbers = after.trim_end_matches(')').strip_prefix(':')?.splitn(2, ':').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The `stack` of an error, or nothing.
pub fn stack_of(error: &Value<'_>) -> String {
    let stack = error.as_object().and_then(|error| error.get::<_, Value<'_>>("stack").ok());
    stack.as_ref().and_then(Value::as_string).map(text::lossy).unwrap_or_default()
}

/// `String(value)`, without letting a throw out.
fn text_of(ctx: &Ctx<'_>, value: &Value<'_>) -> Option<String> {
    let text = match value.as_symbol() {
        Some(symbol) => {
            format!("Symbol({})", symbol.description().ok()?.as_string().map(text::lossy).unwrap_or_default())
        }
        None => match value.get::<rquickjs::Coerced<rquickjs::String<'_>>>() {
            Ok(text) => text::lossy(&text.0),
            Err(_) => {
                drop(ctx.catch());
                return None;
            }
        },
    };
    Some(cut(text, MAX_MESSAGE_BYTES))
}

fn cut(mut text: String, max_bytes: usize) -> String {
    if max_bytes < text.len() {
        let end = (0..=max_bytes).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}
