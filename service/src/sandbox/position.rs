//! Places in a script for people: lines and columns from 1, columns in UTF-16 code units, as editors and JavaScript count.
//!
//! The engine and the parser count bytes of UTF-8. Lines end where the language ends them: at a line feed, a carriage return,
//! both together, and the two separators of Unicode.

use arbex_abi::USER_FILE;

use crate::run::Place;

/// The place `offset` bytes from the beginning; past the end, the end.
pub(super) fn at(script: &str, offset: u32) -> Place {
    let before = script.get(..script.floor_char_boundary(offset as usize)).unwrap_or_default();
    let (lines, last) = lines(before).fold((0u32, ""), |(count, _), line| (count.saturating_add(1), line));
    of(lines, last.encode_utf16().count() as u32 + 1)
}

fn stack_from_bytes(script: &str, stack: &str) -> String {
    let frame = |line: &str| -> Option<String> {
        let (before, place) = line.rsplit_once(USER_FILE)?;
        let numbers = place.strip_prefix(':')?;
        let (numbers, after) = numbers.strip_suffix(')').map_or((numbers, ""), |numbers| (numbers, ")"));
        let (row, column) = numbers.split_once(':')?;
        let column = column_from_bytes(script, row.parse().ok()?, column.parse().ok()?)?;
        Some(format!("{before}{USER_FILE}:{row}:{column}{after}"))
    };
    let frames: Vec<String> = stack.split('\n').map(|line| frame(line).unwrap_or_else(|| line.to_owned())).collect();
    frames.join("\n")
}

/// The place of a syntax error with its column counted for people, if it has one: the engine gives it in bytes.
pub(super) fn from_bytes(script: &str, place: Place) -> Place {
    let (Some(line), Some(column)) = (place.line, place.column) else { return place };
    column_from_bytes(script, line, column).map_or(place, |column| of(line, column))
}

/// The place of a running script with all its columns counted for people.
pub(super) fn frames_from_bytes(script: &str, place: &mut Place) {
    if script.is_ascii() {
        return;
    }
    if let (Some(line), Some(column)) = (place.line, place.column) {
        place.column = column_from_bytes(script, line, column).or(place.column);
    }
    place.stack = place.stack.take().map(|stack| stack_from_bytes(script, &stack));
}

/// Many places of a script, lines and columns, with their columns counted for people.
pub(super) fn columns_from_bytes<'p>(script: &str, places: impl Iterator<Item = &'p mut (u32, u32)>) {
    if script.is_ascii() {
        return;
    }
    let lines: Vec<&str> = lines(script).collect();
    let mut places: Vec<_> = places.collect();
    // In this order each line is gone through once, however long it is and however many places it has.
    places.sort_unstable();
    for places in places.chunk_by_mut(|one, next| one.0 == next.0) {
        let text = places.first().and_then(|(line, _)| lines.get((*line as usize).checked_sub(1)?));
        let Some(text) = text else { continue };
        let (mut counted, mut units) = (0, 0);
        for (_, column) in places {
            let Some(before) = column.checked_sub(1) else { continue };
            let before = text.floor_char_boundary(before as usize);
            units += text.get(counted..before).map_or(0, |more| more.encode_utf16().count());
            counted = before;
            *column = units as u32 + 1;
        }
    }
}

/// UTF-16 code units before a column of bytes.
fn units_before(line: &str, column: u32) -> Option<u32> {
    let before = line.get(..line.floor_char_boundary((column as usize).checked_sub(1)?))?;
    Some(before.encode_utf16().count() as u32)
}

fn column_from_bytes(script: &str, line: u32, column: u32) -> Option<u32> {
    let text = lines(script).nth((line as usize).checked_sub(1)?)?;
    Some(units_before(text, column)? + 1)
}

fn of(line: u32, column: u32) -> Place {
    Place { stack: Some(format!("    at {USER_FILE}:{line}:{column}")), line: Some(line), column: Some(column) }
}

/// Its lines without their ends; one more than there are ends. The first half of a line end is no end of its own, even where the
/// second is cut off: it belongs to the line that it ends.
fn lines(script: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(script);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(at) = text.find(['\n', '\r', '\u{2028}', '\u{2029}']) else {
            rest = None;
            return Some(text);
        };
        let (line, ended) = text.split_at_checked(at)?;
        let end = if ended.starts_with("\r\n") { 2 } else { ended.chars().next().map_or(1, char::len_utf8) };
        rest = ended.get(end..);
        Some(line)
    })
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
        check("a\u{2028}b", 4, 2, 1);
        check("a\u{2029}\nb", 5, 3, 1);
    }

    #[test]
    fn frames_of_a_stack_are_counted_for_people() {
        let script = "é😀x\n😀 y";
        let frames = |stack: &str| {
            let mut place = Place { line: Some(2), column: Some(6), stack: Some(stack.to_owned()) };
            frames_from_bytes(script, &mut place);
            (place.column, place.stack.unwrap_or_default())
        };
        let file = USER_FILE;
        let stack = format!("    at f ({file}:1:7)\n    at {file}:2:6\n    at g ({file}:9:9)\n    at {file}\n");
        let expected = format!("    at f ({file}:1:4)\n    at {file}:2:4\n    at g ({file}:9:9)\n    at {file}\n");
        assert_eq!(frames(&stack), (Some(4), expected));
    }

    #[test]
    fn many_columns_are_counted_for_people() {
        let mut places = [(1, 7), (2, 6), (9, 9), (0, 1), (1, 0), (1, 3), (1, 7), (1, 99)];
        columns_from_bytes("é😀x\n😀 y", places.iter_mut());
        assert_eq!(places, [(1, 4), (2, 4), (9, 9), (0, 1), (1, 0), (1, 2), (1, 4), (1, 5)]);
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
