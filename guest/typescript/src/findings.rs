//! What is wrong with a script, in words for its author.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use arbex_typescript_abi::{Finding, MAX_FINDINGS};
use swc_common::errors::{DiagnosticBuilder, Emitter};
use swc_common::{BytePos, Span, Spanned};
use swc_ecma_parser::error::Error;

/// More than are told, fewer than a script could make us keep.
const MAX_KEPT: usize = 16 * MAX_FINDINGS;

/// Longest message, in bytes: some quote the script.
const MAX_MESSAGE_BYTES: usize = 512;

/// Findings as they are made.
pub struct Findings {
    found: Vec<Finding<'static>>,
    /// What stands before the text that the parser saw, in bytes.
    before: usize,
}

impl Findings {
    pub fn new(before: usize) -> Self {
        Self { found: Vec::new(), before }
    }

    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub fn add(&mut self, at: BytePos, message: impl Into<Cow<'static, str>>) {
        if self.found.len() < MAX_KEPT {
            self.found.push(Finding { message: cut(message.into()), offset: self.offset(at) });
        }
    }

    /// `at` in bytes from the beginning of the script.
    pub fn offset(&self, at: BytePos) -> u32 {
        // The first file of a source map begins at 1: 0 is nowhere.
        self.before as u32 + at.0.saturating_sub(1)
    }

    pub fn add_error(&mut self, error: &Error) {
        self.add(error.span().lo, in_our_words(error.kind().msg()));
    }

    /// All that is told, in the order of the script.
    pub fn in_order(mut self) -> Vec<Finding<'static>> {
        self.found.sort_by_key(|finding| finding.offset);
        // A parser that lost its way complains at one place more than once.
        self.found.dedup_by_key(|finding| finding.offset);
        self.found.truncate(MAX_FINDINGS);
        self.found
    }
}

/// Takes down what the stripper says to its handler.
#[derive(Clone, Default)]
pub struct Overheard(Rc<RefCell<Vec<(Span, String)>>>);

impl Overheard {
    pub fn tell(&self, findings: &mut Findings) {
        for (span, message) in self.0.borrow_mut().drain(..) {
            findings.add(span.lo, in_our_words(message.into()));
        }
    }
}

impl Emitter for Overheard {
    fn emit(&mut self, diagnostic: &mut DiagnosticBuilder<'_>) {
        let span = diagnostic.span.primary_span().unwrap_or_default();
        let mut heard = self.0.borrow_mut();
        if heard.len() < MAX_KEPT {
            heard.push((span, diagnostic.message()));
        }
    }
}

/// How the library's messages begin, and what we say instead where theirs tell what it does not do, in place of what to
/// write. All others stay as they are.
const WORDS: &[(&str, &str)] = &[
    (
        "TypeScript enum is not supported",
        "an enum is code that only a TypeScript compiler writes; write an object instead: `const Color = { Red: 0 } as const`",
    ),
    (
        "TypeScript namespace declaration is not supported",
        "a namespace with values is code that only a TypeScript compiler writes; write an object or plain functions instead",
    ),
    (
        "TypeScript import equals declaration is not supported",
        "`import name = …` is code that only a TypeScript compiler writes; write `const name = …` instead",
    ),
    (
        "TypeScript export assignment is not supported",
        "`export =` has no meaning here: a script exports nothing, it defines `run(ctx)`",
    ),
    (
        "TypeScript parameter property is not supported",
        "a parameter property is code that only a TypeScript compiler writes; declare the field in the class, and assign it in \
         the constructor",
    ),
    ("The angle-bracket syntax for type assertions", "write `value as Type` instead of `<Type>value`"),
    ("A unary or await expression on the left-hand side of `**`", "put the left side of `**` into parentheses"),
    ("'**' cannot be applied to unary/await", "put the left side of `**` into parentheses"),
    ("Expected ident", "A name is expected here"),
    ("Expected a semicolon", "Unexpected here: what stands before this is not complete, or lacks a `;`"),
    ("Expected ';', '}' or <eof>", "Unexpected here: what stands before this is not complete, or lacks a `;`"),
    ("Unexpected eof", "The script ends before this is complete"),
    (
        "await isn't allowed in non-async function",
        "`await` stands inside an async function only: write `async function`",
    ),
];

/// How the library begins when a type is missing: it lists all that a type may begin with.
const NO_TYPE: &str = "Expected an identifier, void,";

fn in_our_words(message: Cow<'static, str>) -> Cow<'static, str> {
    if let Some(at) = message.find(NO_TYPE) {
        return format!("{}A type is expected here", &message[..at]).into();
    }
    match WORDS.iter().find(|(theirs, _)| message.starts_with(theirs)) {
        Some((_, ours)) => Cow::Borrowed(*ours),
        None => message,
    }
}

fn cut(message: Cow<'static, str>) -> Cow<'static, str> {
    if message.len() <= MAX_MESSAGE_BYTES {
        return message;
    }
    let end = message.floor_char_boundary(MAX_MESSAGE_BYTES);
    format!("{}…", &message[..end]).into()
}
