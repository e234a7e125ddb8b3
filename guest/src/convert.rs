//! Text, base64 and URL conversions for the web globals. The contracts stand in `sdk/runtime/encoding.js` and `url.js`.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use rquickjs::{ArrayBuffer, Ctx, IntoJs, String as JsString, Value};
use url::{Url, quirks};

use crate::text;

/// The alphabet and bits of forgiving base64; white space and padding are taken off before.
const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// A value, or `null`: rquickjs would make `undefined` of a `None`.
pub struct OrNull<T>(Option<T>);

impl<'js, T: IntoJs<'js>> IntoJs<'js> for OrNull<T> {
    fn into_js(self, ctx: &Ctx<'js>) -> rquickjs::Result<Value<'js>> {
        self.0.map_or_else(|| Ok(Value::new_null(ctx.clone())), |value| value.into_js(ctx))
    }
}

/// UTF-8 bytes of a string; lone surrogates become U+FFFD.
pub fn utf8_encode<'js>(ctx: Ctx<'js>, string: JsString<'js>) -> rquickjs::Result<ArrayBuffer<'js>> {
    ArrayBuffer::new_copy(ctx, text::lossy(&string).as_bytes())
}

/// Text of bytes; `null` when `fatal` and they are not UTF-8.
pub fn utf8_decode(buffer: ArrayBuffer<'_>, offset: usize, length: usize, fatal: bool) -> OrNull<String> {
    OrNull(decode(&buffer, offset, length, fatal))
}

fn decode(buffer: &ArrayBuffer<'_>, offset: usize, length: usize, fatal: bool) -> Option<String> {
    let bytes = buffer.as_bytes()?.get(offset..)?.get(..length)?;
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text.to_owned()),
        Err(_) if fatal => None,
        Err(_) => Some(String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// Base64 of a string, one byte a character; `null` when a character is above U+00FF.
pub fn base64_encode(latin1: JsString<'_>) -> OrNull<String> {
    let bytes: Option<Vec<u8>> = text::lossy(&latin1).chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    OrNull(bytes.map(|bytes| STANDARD.encode(bytes)))
}

/// Base64 of bytes.
pub fn base64_encode_bytes(buffer: ArrayBuffer<'_>, offset: usize, length: usize) -> OrNull<String> {
    let bytes = buffer.as_bytes().and_then(|bytes| bytes.get(offset..)?.get(..length));
    OrNull(bytes.map(|bytes| STANDARD.encode(bytes)))
}

/// Forgiving base64 as the Infra standard decodes it: one character a byte, `null` when it is not base64.
pub fn base64_decode(base64: JsString<'_>) -> OrNull<String> {
    let mut base64 = text::lossy(&base64);
    base64.retain(|c| !matches!(c, '\t' | '\n' | '\x0c' | '\r' | ' '));
    if base64.len() % 4 == 0 {
        let unpadded = base64.strip_suffix("==").or_else(|| base64.strip_suffix('=')).map_or(base64.len(), str::len);
        base64.truncate(unpadded);
    }
    OrNull(FORGIVING.decode(base64).ok().map(|bytes| bytes.into_iter().map(char::from).collect()))
}

/// Parse a URL; `null` when it is none.
pub fn url_parse(input: JsString<'_>, base: Option<JsString<'_>>) -> OrNull<Vec<String>> {
    OrNull(parse(&input, base))
}

fn parse(input: &JsString<'_>, base: Option<JsString<'_>>) -> Option<Vec<String>> {
    let base = match base {
        Some(base) => Some(Url::parse(&text::lossy(&base)).ok()?),
        None => None,
    };
    Url::options().base_url(base.as_ref()).parse(&text::lossy(input)).ok().as_ref().map(parts)
}

/// Set one part of a URL as the URL standard's setters do: what does not fit changes nothing, but `href` must parse.
pub fn url_set(href: JsString<'_>, field: String, value: JsString<'_>) -> OrNull<Vec<String>> {
    OrNull(set(&text::lossy(&href), &field, &text::lossy(&value)))
}

fn set(href: &str, field: &str, value: &str) -> Option<Vec<String>> {
    let mut url = Url::parse(href).ok()?;
    // The setters' errors mean "unchanged", as the standard wants.
    match field {
        "href" => url = Url::parse(value).ok()?,
        "protocol" => drop(quirks::set_protocol(&mut url, value)),
        "username" => drop(quirks::set_username(&mut url, value)),
        "password" => drop(quirks::set_password(&mut url, value)),
        "host" => drop(quirks::set_host(&mut url, value)),
        "hostname" => drop(quirks::set_hostname(&mut url, value)),
        "port" => drop(quirks::set_port(&mut url, value)),
        "pathname" => quirks::set_pathname(&mut url, value),
        "search" => quirks::set_search(&mut url, value),
        "hash" => quirks::set_hash(&mut url, value),
        _ => {}
    }
    Some(parts(&url))
}

/// In the order that `url.js` reads.
fn parts(url: &Url) -> Vec<String> {
    vec![
        quirks::href(url).to_owned(),
        quirks::origin(url),
        quirks::protocol(url).to_owned(),
        quirks::username(url).to_owned(),
        quirks::password(url).to_owned(),
        quirks::host(url).to_owned(),
        quirks::hostname(url).to_owned(),
        quirks::port(url).to_owned(),
        quirks::pathname(url).to_owned(),
        quirks::search(url).to_owned(),
        quirks::hash(url).to_owned(),
    ]
}
