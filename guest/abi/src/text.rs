//! JavaScript text as UTF-8.

/// Bytes that the engine made of a string, as text. Half a surrogate pair, which the engine writes in a three-byte form that
/// is no UTF-8, becomes one U+FFFD, as in every other encoder.
pub fn lossy(bytes: &[u8]) -> String {
    if let Ok(text) = core::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let mut mended = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        match rest {
            [0xED, 0xA0..=0xBF, 0x80..=0xBF, after @ ..] => {
                mended.extend_from_slice("\u{FFFD}".as_bytes());
                rest = after;
            }
            _ => {
                mended.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&mended).into_owned()
}
