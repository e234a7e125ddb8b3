//! From a script's text to the same text without types.

use arbex_typescript_abi::{Finding, Piece};
use swc_common::errors::Handler;
use swc_common::sync::Lrc;
use swc_common::{FileName, FilePathMapping, SourceMap};
use swc_ecma_ast::{EsVersion, Program};
use swc_ecma_parser::{Syntax, TsSyntax, parse_file_as_program};
use swc_ts_fast_strip::{Mode, Options, operate};

use crate::findings::{Findings, Overheard};
use crate::look;

/// The parser takes a byte order mark away, so that its places are three bytes off.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A script that parses.
pub struct Stripped {
    /// The script without types; none when there were none.
    pub text: Option<String>,
    /// Its regular expressions.
    pub patterns: Vec<Piece>,
}

/// `source` without types, or what is wrong with it.
pub fn strip(source: &str) -> Result<Stripped, Vec<Finding<'static>>> {
    let (mark, body) = match source.strip_prefix(BYTE_ORDER_MARK) {
        Some(body) => (&source[..BYTE_ORDER_MARK.len_utf8()], body),
        None => ("", source),
    };
    let mut findings = Findings::new(mark.len());
    let mut patterns = Vec::new();
    // Our own look first: the stripper accepts what no script may say (an import, say), and tells less of what it refuses.
    if let Some(program) = parse(body, &mut findings) {
        patterns = look::look(&program, &mut findings);
    }
    let erased = if findings.is_empty() { erase(body, &mut findings) } else { None };
    match erased {
        Some(text) if findings.is_empty() => {
            let text = as_long_as(body, &text);
            Ok(Stripped { text: (text != body).then(|| format!("{mark}{text}")), patterns })
        }
        _ => Err(findings.in_order()),
    }
}

fn syntax() -> TsSyntax {
    TsSyntax { decorators: true, ..TsSyntax::default() }
}

fn parse(body: &str, findings: &mut Findings) -> Option<Program> {
    let sources = SourceMap::new(FilePathMapping::empty());
    let file = sources.new_source_file(FileName::Anon.into(), body.to_owned());
    let mut recovered = Vec::new();
    let parsed = parse_file_as_program(&file, Syntax::Typescript(syntax()), EsVersion::latest(), None, &mut recovered);
    for error in recovered {
        findings.add_error(&error);
    }
    parsed.map_err(|error| findings.add_error(&error)).ok()
}

/// The library's own work: each type becomes as many spaces, measured in UTF-16.
fn erase(body: &str, findings: &mut Findings) -> Option<String> {
    let sources = Lrc::new(SourceMap::new(FilePathMapping::empty()));
    let overheard = Overheard::default();
    let handler = Handler::with_emitter(true, false, Box::new(overheard.clone()));
    let options = Options { mode: Mode::StripOnly, parser: syntax(), ..Options::default() };
    let erased = operate(&sources, &handler, body.to_owned(), options);
    overheard.tell(findings);
    erased.map(|output| output.code).ok()
}

/// `erased` with the width of each character it lost restored to that character's bytes in `body`: QuickJS counts columns in
/// bytes of UTF-8, the library keeps them in UTF-16.
fn as_long_as(body: &str, erased: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut kept = erased.chars();
    for char in body.chars() {
        let Some(now) = kept.next() else { break };
        out.push(now);
        if now != char {
            out.extend(std::iter::repeat_n(' ', char.len_utf8() - 1));
            // A character outside the basic plane was made two.
            if char.len_utf16() == 2 {
                kept.next();
            }
        }
    }
    out
}
