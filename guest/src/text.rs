//! JavaScript strings as UTF-8. A JavaScript string may hold half a surrogate pair, which UTF-8 cannot say; rquickjs
//! reports that as an error, and a script must not be able to cause one by logging a string.

use rquickjs::{String as JsString, qjs};

/// The engine's own UTF-8 copy of a string. Lone surrogates stand in it in their three-byte form.
pub struct Utf8<'a, 'js> {
    string: &'a JsString<'js>,
    text: *const core::ffi::c_char,
    len: usize,
}

impl<'a, 'js> Utf8<'a, 'js> {
    /// Convert `string`.
    pub fn of(string: &'a JsString<'js>) -> Self {
        let mut len = 0;
        // SAFETY: a live string in its live context.
        let text = unsafe { qjs::JS_ToCStringLen2(string.ctx().as_raw().as_ptr(), &mut len, string.as_raw(), false) };
        Self { string, text, len: len as usize }
    }

    /// The bytes; none when there was no memory for them.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: the engine gave `len` bytes, which stay until they are freed in `drop`.
        if self.text.is_null() { &[] } else { unsafe { std::slice::from_raw_parts(self.text.cast::<u8>(), self.len) } }
    }
}

impl Drop for Utf8<'_, '_> {
    fn drop(&mut self) {
        if !self.text.is_null() {
            // SAFETY: it came from JS_ToCStringLen2 and is freed once.
            unsafe { qjs::JS_FreeCString(self.string.ctx().as_raw().as_ptr(), self.text) };
        }
    }
}

/// As a Rust string; what UTF-8 cannot say becomes U+FFFD.
pub fn lossy(string: &JsString<'_>) -> String {
    arbex_abi::text::lossy(Utf8::of(string).bytes())
}
