//! Places in a script for people: lines and columns from 1, columns in UTF-16 code units, as editors and JavaScript count.
//!
//! The parsers count bytes of UTF-8. Lines end where QuickJS ends them in code: at a line feed, a carriage return, or both.

use arbex_abi::USER_FILE;

use crate::run::Place;

/// The place `offset` bytes from the beginning; past the end, the end.
pub(super) fn at(script: &str, offset: u32) -> Place {
    let before = script.get(..script.floor_char_boundary(offset as usize)).unwrap_or_default();
    // The second half of a line end belongs to the line that it ends.
    let (mut line, mut line_begins, mut bytes) = (1u32, 0, before.bytes().enumerate().peekable());
    while let Some((at, byte)) = bytes.next() {
        let ends = byte == b'\n' || byte == b'\r' && bytes.peek().is_none_or(|&(_, next)| next != b'\n');
        if ends {
            (line, line_begins) = (line.saturating_add(1), at + 1);
        }
    }
    let column = before.get(line_begins..).unwrap_or_default().encode_utf16().count() as u32 + 1;
    of(line, column)
}

/// `place` with its column counted for people, if it has one: the engine gives it in bytes.
pub(super) fn from_bytes(script: &str, place: Place) -> Place {
    let (Some(line), Some(column)) = (place.line, place.column) else { return place };
    let Some(text) = lines(script).nth((line as usize).saturating_sub(1)) else { return place };
    let before = text.get(..text.floor_char_boundary((column as usize).saturating_sub(1))).unwrap_or_default();
    of(line, before.encode_utf16().count() as u32 + 1)
}

fn of(line: u32, column: u32) -> Place {
    Place { stack: Some(format!("    at {USER_FILE}:{line}:{column}")), line: Some(line), column: Some(column) }
}

fn lines(script: &str) -> impl Iterator<Item = &str> {
    script.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(script: &str, offset: u32, line: u32, column: u32) {
        let place = at(script, offset);
        assert_eq!((place.line, place.column), (Some(line), Some(column)), "{script:?} at {offset}");
    }

    #[test]
    fn an_offset_is_a_line_and_a_column() {
        check("", 0, 1, 1);
        check("ab", 1, 1, 2);
        check("ab", 99, 1, 3);
        check("a\nb", 1, 1, 2);
        check("a\nb", 2, 2, 1);
        check("a\r\nb", 3, 2, 1);
        check("a\r\nb", 1, 1, 2);
        check("a\rb", 2, 2, 1);
        check("\r\r\n\n x", 5, 4, 2);
        check("é😀x", 6, 1, 4);
        // In the middle of a character: its beginning.
        check("é😀x", 3, 1, 2);
        check("a\u{2028}b", 4, 1, 3);
    }

    #[test]
    fn columns_of_bytes_become_code_units() {
        let column = |script: &str, line, column| {
            from_bytes(script, Place { line: Some(line), column: Some(column), stack: None }).column
        };
        assert_eq!(column("é😀x", 1, 7), Some(4));
        assert_eq!(column("a\r\né x", 2, 4), Some(3));
        assert_eq!(column("a\ré x", 2, 4), Some(3));
        // Not a line of this script: as it came.
        assert_eq!(column("a", 7, 3), Some(3));
        assert_eq!(from_bytes("a", Place::default()), Place::default());
    }
}
