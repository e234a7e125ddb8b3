//! The text of an input's bytes: a byte order mark says UTF-8 or UTF-16, else it is UTF-8. What does not decode becomes U+FFFD.

use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8};

use super::fetch::{Failure, Share};

/// Text as UTF-8, without a byte order mark. What is that already is not copied. For a copy of fetched bytes there must be room
/// beside them, which is taken before it is made: one of what does not decode is three times as long.
pub(super) fn decode(bytes: Bytes, share: Option<&mut Share>) -> Result<Bytes, Failure> {
    let (encoding, mark_bytes) = Encoding::for_bom(&bytes).unwrap_or((UTF_8, 0));
    let mut marked = bytes;
    let rest = marked.split_off(mark_bytes.min(marked.len()));
    let is_utf8 = encoding == UTF_8;
    if is_utf8 && std::str::from_utf8(&rest).is_ok() {
        return Ok(rest);
    }
    let decoder = encoding.new_decoder_without_bom_handling();
    let max_bytes =
        if is_utf8 { lossy_bytes(&rest) } else { decoder.max_utf8_buffer_length(rest.len()).unwrap_or(usize::MAX) };
    let Some(share) = share else { return Ok(copy(&rest, decoder, max_bytes)) };
    share.grow(rest.len().saturating_add(max_bytes))?;
    let text = copy(&rest, decoder, max_bytes);
    drop((marked, rest));
    share.shrink(text.len());
    Ok(text)
}

fn copy(bytes: &[u8], mut decoder: encoding_rs::Decoder, max_bytes: usize) -> Bytes {
    let mut text = String::with_capacity(max_bytes);
    if decoder.encoding() == UTF_8 {
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            if !chunk.invalid().is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
    } else {
        // There is room for all of it, so it never stops half way.
        let _ = decoder.decode_to_string(bytes, &mut text, true);
        text.shrink_to_fit();
    }
    Bytes::from(text)
}

/// How long UTF-8 becomes, exactly: a few odd bytes in a long text must not take room for as many as there could be.
fn lossy_bytes(bytes: &[u8]) -> usize {
    let length = |chunk: std::str::Utf8Chunk<'_>| {
        let odd = if chunk.invalid().is_empty() { 0 } else { char::REPLACEMENT_CHARACTER.len_utf8() };
        chunk.valid().len() + odd
    };
    bytes.utf8_chunks().map(length).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_the_text_that_a_browser_would_make_of_them() {
        for bytes in [
            &b""[..],
            b"a",
            "aé€𐍈".as_bytes(),
            b"\xef\xbb\xbfa",
            b"\xef\xbb\xbf\xef\xbb\xbfa",
            b"\x80",
            b"a\x80\x80b\xf0\x9f",
            b"\xf0\x9f\x98a\xe2\x82\xed\xa0\x80\xc0\x80\xff",
            b"\xef\xbb\xbfa\xff",
            b"\xff\xfe",
            b"\xff\xfea\0\x3d\xd8\x00\xde",
            b"\xff\xfe\x3d\xd8a\0b",
            b"\xfe\xff\0a\xd8\x3d",
            &[b"\xff\xfe".as_slice(), &[0x00, 0x4e].repeat(1000)].concat(),
            &[0x80].repeat(1000),
        ] {
            let expected = UTF_8.decode(bytes).0;
            let text = decode(Bytes::copy_from_slice(bytes), None).unwrap();
            assert_eq!(std::str::from_utf8(&text).unwrap(), expected, "{bytes:x?}");
        }
    }
}
