//! JavaScript values as JMESPath sees them. All of JMESPath that is `unsafe` stands here.
//!
//! An instance has one engine with one context, so that a value here is only the engine's 8 bytes. The bindings' values carry
//! their context and count it with every copy.

use std::mem::{ManuallyDrop, MaybeUninit};

use rquickjs::qjs;

use super::{Fault, FaultKind};
use crate::engine::raw_context as context;

/// What a value is in JSON. What has no JSON form counts as null: `undefined`, functions, symbols, big integers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Null,
    Boolean,
    Number,
    Text,
    Array,
    Object,
}

impl Kind {
    /// What `type()` gives.
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::Text => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }

    /// For messages.
    pub fn described(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::Text => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

/// One reference to a JavaScript value.
#[repr(transparent)]
pub struct Val(qjs::JSValue);

impl Drop for Val {
    fn drop(&mut self) {
        // SAFETY: this owns one reference to a live value.
        unsafe {
            if qjs::JS_VALUE_HAS_REF_COUNT(self.0) {
                qjs::JS_FreeValue(context(), self.0);
            }
        }
    }
}

impl Clone for Val {
    fn clone(&self) -> Self {
        // SAFETY: a live value.
        unsafe {
            if qjs::JS_VALUE_HAS_REF_COUNT(self.0) {
                qjs::JS_DupValue(context(), self.0);
            }
        }
        Self(self.0)
    }
}

impl Val {
    pub const NULL: Self = Self(qjs::JS_NULL);

    /// Another reference to a value of the bindings.
    pub fn of(value: &rquickjs::Value<'_>) -> Self {
        let borrowed = ManuallyDrop::new(Self(value.as_raw()));
        Self::clone(&borrowed)
    }

    /// The value for the bindings, which take this reference over.
    pub fn into_value<'js>(self, ctx: &rquickjs::Ctx<'js>) -> rquickjs::Value<'js> {
        let raw = ManuallyDrop::new(self).0;
        // SAFETY: a live value of the one context; its reference is handed over.
        unsafe { rquickjs::Value::from_raw(ctx.clone(), raw) }
    }

    /// What an engine's function gave.
    fn checked(raw: qjs::JSValue) -> Result<Self, Fault> {
        // SAFETY: looks at the tag.
        if unsafe { qjs::JS_IsException(raw) } { Err(Fault::Thrown) } else { Ok(Self(raw)) }
    }

    pub fn boolean(value: bool) -> Self {
        Self(if value { qjs::JS_TRUE } else { qjs::JS_FALSE })
    }

    pub fn number(value: f64) -> Self {
        Self(qjs::JS_NewFloat64(value))
    }

    pub fn text(utf8: &[u8]) -> Result<Self, Fault> {
        // SAFETY: pointer and length of live bytes.
        Self::checked(unsafe { qjs::JS_NewStringLen(context(), utf8.as_ptr().cast(), utf8.len() as _) })
    }

    pub fn array(items: Vec<Self>) -> Result<Self, Fault> {
        let Ok(count) = i32::try_from(items.len()) else {
            return Err(Fault::new(FaultKind::Value, "the result has too many elements".to_owned()));
        };
        // The array takes the references over, and only they are forgotten: the buffer is freed.
        // SAFETY: `Val` is a `JSValue` in memory, and `count` of them are there.
        unsafe {
            let items: Vec<ManuallyDrop<Self>> = items.into_iter().map(ManuallyDrop::new).collect();
            Self::checked(qjs::JS_NewArrayFrom(context(), count, items.as_ptr().cast()))
        }
    }

    pub fn object() -> Result<Self, Fault> {
        // SAFETY: a plain call of the engine.
        Self::checked(unsafe { qjs::JS_NewObject(context()) })
    }

    /// Define a member of an object made here: neither setters of a prototype nor a frozen object are in the way.
    pub fn define(&self, name: &Name, value: Self) -> Result<(), Fault> {
        let value = ManuallyDrop::new(value).0;
        // SAFETY: live values; the engine takes the member over, also when it fails.
        let defined =
            unsafe { qjs::JS_DefinePropertyValue(context(), self.0, name.0, value, qjs::JS_PROP_C_W_E as i32) };
        if defined < 0 { Err(Fault::Thrown) } else { Ok(()) }
    }

    /// Parse JSON.
    pub fn parse(json: &str) -> Result<Self, Fault> {
        let len = json.len();
        let with_nul = [json.as_bytes(), &[0]].concat();
        // SAFETY: live text that ends with a zero, which the length does not count.
        Self::checked(unsafe {
            qjs::JS_ParseJSON(context(), with_nul.as_ptr().cast(), len as _, c"<literal>".as_ptr())
        })
    }

    /// As `JSON.stringify` says it.
    pub fn json(&self) -> Result<Self, Fault> {
        let undefined = qjs::JS_UNDEFINED;
        // SAFETY: a live value.
        Self::checked(unsafe { qjs::JS_JSONStringify(context(), self.0, undefined, undefined) })
    }

    pub fn kind(&self) -> Kind {
        // SAFETY: looks at the tag and the class of a live value.
        unsafe {
            if qjs::JS_IsNumber(self.0) {
                Kind::Number
            } else if qjs::JS_IsObject(self.0) {
                if self.is_array() {
                    Kind::Array
                } else if qjs::JS_IsFunction(context(), self.0) {
                    Kind::Null
                } else {
                    Kind::Object
                }
            } else if qjs::JS_IsString(self.0) {
                Kind::Text
            } else if qjs::JS_IsBool(self.0) {
                Kind::Boolean
            } else {
                Kind::Null
            }
        }
    }

    /// A proxy counts as what it stands for, as it does in `Array.isArray`.
    fn is_array(&self) -> bool {
        // SAFETY: looks at the class of a live value. A proxy's target is a reference to drop; of a revoked proxy there is
        // none, and an exception to forget.
        unsafe {
            if !qjs::JS_IsProxy(self.0) {
                return qjs::JS_IsArray(self.0);
            }
            let mut target = self.clone();
            while qjs::JS_IsProxy(target.0) {
                match Self::checked(qjs::JS_GetProxyTarget(context(), target.0)) {
                    Ok(inner) => target = inner,
                    Err(_) => {
                        drop(Self(qjs::JS_GetException(context())));
                        return false;
                    }
                }
            }
            qjs::JS_IsArray(target.0)
        }
    }

    /// Null for what counts as null.
    pub fn cleaned(self) -> Self {
        // SAFETY: looks at the tag.
        let is_plain = unsafe { qjs::JS_IsNumber(self.0) || qjs::JS_IsString(self.0) };
        if is_plain || self.kind() != Kind::Null { self } else { Self::NULL }
    }

    /// Of a cleaned value: whether it is null.
    pub fn is_null(&self) -> bool {
        self.is(&Self::NULL)
    }

    pub fn as_number(&self) -> Option<f64> {
        // SAFETY: looks at the tag, then reads what it says is there.
        unsafe {
            if qjs::JS_IsInt(self.0) {
                Some(f64::from(qjs::JS_VALUE_GET_INT(self.0)))
            } else if qjs::JS_IsNumber(self.0) {
                Some(qjs::JS_VALUE_GET_FLOAT64(self.0))
            } else {
                None
            }
        }
    }

    pub fn is_true(&self) -> bool {
        // SAFETY: looks at the tag, then reads what it says is there.
        unsafe { qjs::JS_IsBool(self.0) && qjs::JS_VALUE_GET_BOOL(self.0) }
    }

    /// Whether both are the same object, string, number or constant; equal strings and numbers may still be two.
    pub fn is(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    /// Elements of an array; UTF-16 units of a string.
    pub fn length(&self) -> Result<u32, Fault> {
        let mut length = 0;
        // SAFETY: a live value.
        if unsafe { qjs::JS_GetLength(context(), self.0, &mut length) } < 0 {
            return Err(Fault::Thrown);
        }
        // A proxy may say anything; what an array can have is enough.
        Ok(u32::try_from(length).unwrap_or(u32::MAX))
    }

    pub fn element(&self, index: u32) -> Result<Self, Fault> {
        // SAFETY: a live value.
        Self::checked(unsafe { qjs::JS_GetPropertyUint32(context(), self.0, index) }).map(Self::cleaned)
    }

    /// A member of an object, if it is its own and enumerable, as in JSON; else null.
    pub fn field(&self, name: &Name) -> Result<Self, Fault> {
        // SAFETY: a live object. The engine fills the descriptor in when it gives a positive number, and every value in it
        // is a reference to drop.
        unsafe {
            let mut descriptor = MaybeUninit::<qjs::JSPropertyDescriptor>::uninit();
            let found = qjs::JS_GetOwnProperty(context(), descriptor.as_mut_ptr(), self.0, name.0);
            if found < 0 {
                return Err(Fault::Thrown);
            }
            if found == 0 {
                return Ok(Self::NULL);
            }
            let descriptor = descriptor.assume_init();
            let (value, getter, _setter) = (Self(descriptor.value), Self(descriptor.getter), Self(descriptor.setter));
            if descriptor.flags & qjs::JS_PROP_ENUMERABLE as i32 == 0 {
                return Ok(Self::NULL);
            }
            if qjs::JS_IsProxy(self.0) {
                return Self::checked(qjs::JS_GetProperty(context(), self.0, name.0)).map(Self::cleaned);
            }
            if descriptor.flags & qjs::JS_PROP_GETSET as i32 == 0 {
                return Ok(value.cleaned());
            }
            if !qjs::JS_IsFunction(context(), getter.0) {
                return Ok(Self::NULL);
            }
            Self::checked(qjs::JS_Call(context(), getter.0, self.0, 0, std::ptr::null_mut())).map(Self::cleaned)
        }
    }

    /// Whether an object has a member of its own.
    pub fn has(&self, name: &Name) -> Result<bool, Fault> {
        // SAFETY: a live object.
        match unsafe { qjs::JS_GetOwnProperty(context(), std::ptr::null_mut(), self.0, name.0) } {
            found if found < 0 => Err(Fault::Thrown),
            found => Ok(found != 0),
        }
    }

    /// Names of an object's own enumerable members.
    pub fn names(&self) -> Result<Vec<Name>, Fault> {
        let mut table = std::ptr::null_mut();
        let mut count = 0;
        // SAFETY: a live object; the engine's table is read as long as it says, and then freed, each name with a reference
        // of its own.
        unsafe {
            let flags = (qjs::JS_GPN_STRING_MASK | qjs::JS_GPN_ENUM_ONLY) as i32;
            if qjs::JS_GetOwnPropertyNames(context(), &mut table, &mut count, self.0, flags) < 0 {
                return Err(Fault::Thrown);
            }
            let mut names = Vec::with_capacity(count as usize);
            for at in 0..count as usize {
                names.push(Name(qjs::JS_DupAtom(context(), (*table.add(at)).atom)));
            }
            qjs::JS_FreePropertyEnum(context(), table, count);
            Ok(names)
        }
    }

    /// The UTF-8 of a string.
    pub fn utf8(&self) -> Result<Utf8, Fault> {
        let mut len = 0;
        // SAFETY: a live string.
        let text = unsafe { qjs::JS_ToCStringLen2(context(), &mut len, self.0, false) };
        if text.is_null() { Err(Fault::Thrown) } else { Ok(Utf8 { text, len: len as usize }) }
    }
}

/// The name of a member.
pub struct Name(qjs::JSAtom);

impl Name {
    pub fn of(text: &Val) -> Result<Self, Fault> {
        // SAFETY: a live string.
        match unsafe { qjs::JS_ValueToAtom(context(), text.0) } {
            qjs::JS_ATOM_NULL => Err(Fault::Thrown),
            atom => Ok(Self(atom)),
        }
    }

    pub fn text(&self) -> Result<Val, Fault> {
        // SAFETY: a live atom.
        Val::checked(unsafe { qjs::JS_AtomToString(context(), self.0) })
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        // SAFETY: this owns one reference to a live atom.
        unsafe { qjs::JS_FreeAtom(context(), self.0) }
    }
}

/// The UTF-8 of a string. Compared as bytes it is in the order of code points.
pub struct Utf8 {
    text: *const core::ffi::c_char,
    len: usize,
}

impl Utf8 {
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: the engine gave `len` bytes, which stay until they are freed in `drop`.
        unsafe { std::slice::from_raw_parts(self.text.cast(), self.len) }
    }
}

impl Drop for Utf8 {
    fn drop(&mut self) {
        // SAFETY: it came from JS_ToCStringLen2 and is freed once.
        unsafe { qjs::JS_FreeCString(context(), self.text) };
    }
}

/// Make `message` the pending exception, an `Error`. Its message is defined, not set: a script may have planted a setter.
pub fn throw(message: &str) {
    // SAFETY: plain calls of the engine, which takes each value over.
    unsafe {
        let error = qjs::JS_NewError(context());
        let text = qjs::JS_NewStringLen(context(), message.as_ptr().cast(), message.len() as _);
        let flags = (qjs::JS_PROP_WRITABLE | qjs::JS_PROP_CONFIGURABLE) as i32;
        qjs::JS_DefinePropertyValueStr(context(), error, c"message".as_ptr(), text, flags);
        qjs::JS_Throw(context(), error);
    }
}

/// The pending exception is not thrown after all; its message.
pub fn take_exception() -> String {
    // SAFETY: the engine hands the exception over; reading its message runs no code of a script, as the engine made it.
    let exception = Val(unsafe { qjs::JS_GetException(context()) });
    let message = Val::text(b"message").and_then(|text| exception.field_of_error(&Name::of(&text)?));
    match message.and_then(|message| message.utf8()) {
        Ok(utf8) => arbex_abi::text::lossy(utf8.bytes()),
        Err(_) => String::new(),
    }
}

impl Val {
    fn field_of_error(&self, name: &Name) -> Result<Self, Fault> {
        // SAFETY: a live value.
        Self::checked(unsafe { qjs::JS_GetProperty(context(), self.0, name.0) })
    }
}
