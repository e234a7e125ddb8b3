//! The header itself.

use axum::extract::OptionalFromRequestParts;
use axum::http::HeaderName;
use axum::http::request::Parts;

use crate::http::App;
use crate::http::problem::Problem;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

const MAX_KEY_CHARS: usize = 255;

/// A key that a caller chose: 1 to 255 visible ASCII characters. It may be worth something to others, so it has no `Debug`.
pub(in crate::http) struct IdempotencyKey(pub(super) Vec<u8>);

impl OptionalFromRequestParts<App> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Problem> {
        if app.http.idempotency.max_entries == 0 {
            return Ok(None);
        }
        let mut lines = parts.headers.get_all(IDEMPOTENCY_KEY).into_iter();
        let Some(line) = lines.next() else { return Ok(None) };
        let others = lines.count();
        if 0 < others {
            return Err(Problem::IdempotencyKey(format!("must be sent once, got {} of them", 1 + others)));
        }
        parse(line.as_bytes()).map(Self).map(Some).map_err(Problem::IdempotencyKey)
    }
}

/// `abc`, or `"abc"` as RFC 8941 writes strings: the same key.
fn parse(text: &[u8]) -> Result<Vec<u8>, String> {
    let text = text.trim_ascii();
    let key = match text.strip_prefix(b"\"") {
        None => text.to_vec(),
        Some(quoted) => unquote(quoted).ok_or("begins with a quotation mark, so it must be one string: \"…\"")?,
    };
    if !key.iter().all(u8::is_ascii_graphic) {
        return Err("must be visible ASCII characters, without spaces".to_owned());
    }
    match key.len() {
        1..=MAX_KEY_CHARS => Ok(key),
        count => Err(format!("must be 1 to {MAX_KEY_CHARS} characters long, got {count}")),
    }
}

/// What stands before the closing quotation mark, which must be the last character.
fn unquote(text: &[u8]) -> Option<Vec<u8>> {
    let mut key = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    loop {
        match *bytes.next()? {
            b'"' => return bytes.next().is_none().then_some(key),
            b'\\' => key.push(*bytes.next().filter(|escaped| matches!(escaped, b'"' | b'\\'))?),
            byte => key.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_plain_or_quoted() {
        let longest = "x".repeat(MAX_KEY_CHARS);
        for (text, key) in [
            ("k", "k"),
            ("arbex-7-00ff00ff00ff00ff", "arbex-7-00ff00ff00ff00ff"),
            ("  k\t", "k"),
            ("\"k\"", "k"),
            (r#""a\"b\\c""#, r#"a"b\c"#),
            (r"a\b", r"a\b"),
            (r#"a"b"#, r#"a"b"#),
            (&longest, &longest),
            (&format!("\"{longest}\""), &longest),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap(), key.as_bytes(), "{text}");
        }
        for (text, says) in [
            ("", "1 to 255 characters long, got 0"),
            ("\"\"", "got 0"),
            (&format!("{longest}x"), "got 256"),
            (&format!("\"{longest}x\""), "got 256"),
            ("a b", "visible ASCII"),
            ("\"a b\"", "visible ASCII"),
            ("ü", "visible ASCII"),
            ("a\tb", "visible ASCII"),
            ("\"", "must be one string"),
            ("\"a", "must be one string"),
            ("\"a\"b", "must be one string"),
            ("\"a\";p=1", "must be one string"),
            (r#""a\"#, "must be one string"),
            (r#""\a""#, "must be one string"),
        ] {
            let fault = parse(text.as_bytes()).unwrap_err();
            assert!(fault.contains(says), "{text}: {fault}");
        }
    }
}
