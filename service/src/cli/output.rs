//! Standard output: written in one go, and never lost silently.

use std::io::{ErrorKind, Write};

use super::Exit;

/// Write `text` to standard output.
pub(super) fn print(text: &str) -> Exit {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Exit::Success,
        // Whoever reads has seen enough (`arbex run … | head`).
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Exit::Success,
        Err(error) => {
            eprintln!("arbex: standard output: {error}");
            Exit::Output
        }
    }
}

/// Valid JSON, laid out for people. Only white space is added and taken away: numbers and the order of keys stay as they are,
/// which a detour through parsed values would not promise.
pub(super) fn pretty(json: &str) -> String {
    let mut out = String::with_capacity(json.len().saturating_mul(2));
    let mut depth = 0usize;
    let mut in_string = false;
    let mut escaped = false;
    let mut chars = json.chars().filter(|char| !is_layout(*char)).peekable();
    while let Some(char) = chars.next() {
        if in_string {
            out.push(char);
            in_string = escaped || char != '"';
            escaped = !escaped && char == '\\';
            continue;
        }
        match char {
            ' ' => {}
            '{' | '[' => {
                out.push(char);
                while chars.next_if_eq(&' ').is_some() {}
                match chars.next_if(|next| matches!(next, '}' | ']')) {
                    Some(close) => out.push(close),
                    None => {
                        depth += 1;
                        break_line(&mut out, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                break_line(&mut out, depth);
                out.push(char);
            }
            ',' => {
                out.push(char);
                break_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            other => {
                in_string = other == '"';
                out.push(other);
            }
        }
    }
    out
}

/// In JSON, these three occur between tokens only: in strings they are escaped.
fn is_layout(char: char) -> bool {
    matches!(char, '\n' | '\r' | '\t')
}

fn break_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pretty_adds_white_space_only() {
        for (json, expected) in [
            ("null", "null"),
            ("{}", "{}"),
            ("[ \n ]", "[]"),
            (r#"{"b":1.0,"a":[1,2]}"#, "{\n  \"b\": 1.0,\n  \"a\": [\n    1,\n    2\n  ]\n}"),
            (r#"{"a" : "x, {y}: \" \\"}"#, "{\n  \"a\": \"x, {y}: \\\" \\\\\"\n}"),
            (r#"["\\","z"]"#, "[\n  \"\\\\\",\n  \"z\"\n]"),
            ("[1e400,12345678901234567890]", "[\n  1e400,\n  12345678901234567890\n]"),
        ] {
            assert_eq!(pretty(json), expected, "{json}");
        }
    }
}
