//! A failed run, for a person at a terminal.

use std::fmt::Write as _;

use arbex_api::{Failure, FailureDetails, Reason};

use super::Exit;

/// Width of the piece of a source line that is shown; minified scripts have lines without end.
const MAX_LINE_CHARS: usize = 120;

/// How the process ends after a run that failed for `reason`.
pub(super) fn exit(reason: Reason) -> Exit {
    match reason {
        Reason::ScriptError
        | Reason::SyntaxError
        | Reason::RunNotDefined
        | Reason::OutputNotSerializable
        | Reason::DataserviceInvalid
        | Reason::LayoutInvalid
        | Reason::Deadlock => Exit::Failed,
        Reason::Timeout
        | Reason::FuelExhausted
        | Reason::MemoryLimit
        | Reason::StackOverflow
        | Reason::OutputTooLarge
        | Reason::ConsoleTooLarge => Exit::Limit,
        Reason::HostNotFound
        | Reason::EmptyStdout
        | Reason::NoEnvelopeLine
        | Reason::DeserializeFailed
        | Reason::GuestTrap => Exit::Defect,
    }
}

/// What failed, where in `script` (the file `path`), and what may help.
pub(super) fn describe(failure: &Failure, path: &str, script: &str) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_failure(&mut text, failure, path, script);
    text
}

fn write_failure(text: &mut String, failure: &Failure, path: &str, script: &str) -> std::fmt::Result {
    let name = failure.name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    writeln!(text, "{}: {name}{}", failure.reason, failure.message)?;
    if let Some(line) = failure.line {
        let column = failure.column.unwrap_or(1);
        writeln!(text, "  at {path}:{line}:{column}")?;
        text.push_str(&source(script, line, column));
    }
    if let Some(limit) = &failure.limit {
        writeln!(text, "  limit {} = {}, used {}", limit.name, limit.limit, limit.used)?;
    }
    match &failure.details {
        // For these it only repeats the place, which stands above.
        FailureDetails::Text(_) if is_placed(failure) => {}
        FailureDetails::Text(details) => writeln!(text, "  {details}")?,
        FailureDetails::Faults(faults) => {
            for fault in faults {
                writeln!(text, "  {}: {}", fault.pointer, fault.message)?;
            }
        }
    }
    if let Some(stack) = &failure.stack {
        for frame in stack.lines().filter(|frame| !frame.trim().is_empty()) {
            writeln!(text, "    {}", frame.trim())?;
        }
    }
    if let Some(stderr) = failure.host_diagnostics.as_ref().and_then(|seen| seen.stderr_preview.as_ref()) {
        writeln!(text, "  the sandbox said: {stderr}")?;
    }
    Ok(())
}

fn is_placed(failure: &Failure) -> bool {
    failure.line.is_some() && matches!(failure.reason, Reason::ScriptError | Reason::SyntaxError)
}

/// The source line with a caret under the column; empty when there is no such line.
pub(super) fn source(script: &str, line: u32, column: u32) -> String {
    let Some(code) = script.lines().nth((line as usize).saturating_sub(1)) else { return String::new() };
    let caret = (column as usize).saturating_sub(1).min(code.chars().count());
    let skipped = caret.saturating_sub(MAX_LINE_CHARS / 2);
    let shown: String = code.chars().skip(skipped).take(MAX_LINE_CHARS).collect();
    // Tabs stay tabs, so that the caret stands below its character however wide they are.
    let indent: String =
        code.chars().take(caret).skip(skipped).map(|char| if char == '\t' { '\t' } else { ' ' }).collect();
    format!("    {line} | {shown}\n    {} | {indent}^\n", " ".repeat(line.to_string().len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_below_its_column() {
        assert_eq!(source("a\n\tlet = 1;\n", 2, 6), "    2 | \tlet = 1;\n      | \t    ^\n");
        assert_eq!(source("é = ?", 1, 5), "    1 | é = ?\n      |     ^\n");
        assert_eq!(source("a", 1, 99), "    1 | a\n      |  ^\n");
        assert_eq!(source("a", 2, 1), "");
        assert_eq!(source("a", 0, 0), "    0 | a\n      | ^\n");
        let long = source(&"x".repeat(10_000), 1, 5_000);
        assert_eq!(long.lines().next().map(str::len), Some("    1 | ".len() + MAX_LINE_CHARS));
        assert_eq!(long.lines().nth(1).map(|line| line.len()), Some("    1 | ".len() + MAX_LINE_CHARS / 2 + 1));
    }
}
