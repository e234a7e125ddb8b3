//! Scripts that mean harm to whoever parses them. Each is as long as a script may be, is refused in words, and leaves a
//! sandbox that serves.

use arbex::sandbox::{Sandbox, SandboxSettings};
use serde_json::json;

use crate::support::{MIB, assert_serves, envelope_of, request, sandbox_settings};

/// Longest script, in UTF-16 code units.
const MAX_CHARS: usize = 131_072;

/// Whatever the parsers make of it; but never a defect, and never a value.
const REFUSED: [&str; 4] = ["syntax_error", "stack_overflow", "memory_limit", "timeout"];

/// Pieces that are repeated until the script is full, or so often.
const PIECES: &[&str] = &[
    "[",
    "(",
    "{",
    "<",
    "!",
    "-",
    "~",
    "a=>",
    "`${",
    "(a=",
    "({a:",
    "async(",
    "<T>(",
    "x?(",
    "(x?(",
    "x=>{",
    "new ",
    "await ",
    "@(",
    "@a ",
    "if(1)",
    "for(;;)",
    "else ",
    "function f(){",
    "class A{x=",
    "class{",
    "a?b:",
    "a?(b)=>(c):",
    "(a,",
    "[a,",
    "a,",
    "a+",
    "a??",
    "...",
    "export ",
    "import ",
    "import a from 'b';",
    "enum A{B=",
    "namespace a{",
    "declare namespace a{",
    "/[",
    "/(",
    "/(?:",
    "`",
    "\"",
    "'",
    "/*",
    "//\r",
    "<!--",
    "#!",
    "\\u",
    "\\",
    "0x",
    "1_",
    "1e",
    "type A=",
    "type A=(",
    "type A=[",
    "type A=<",
    "a as (",
    "f<(",
    "f<{a:",
    "a<b<",
    "async<T>(",
    "({get a(){",
    "yield ",
    "\0",
    "\u{fffd}",
    "é",
    "😀",
    "let a:=;\n",
    "label:",
    "\u{202e}",
    "<a>",
    "${",
    "}",
    ")",
    "]",
    ">",
    ";;:",
    "?.",
    "a?.[",
];

/// What precedes a piece that is repeated, where it needs something before it.
const AFTER: &[(&str, &str)] = &[
    ("x", "\u{2028}"),
    ("x", "\u{feff}"),
    ("x", "\r"),
    ("x", " as x"),
    ("x", "!"),
    ("x", " satisfies x"),
    ("a", ".a!"),
    ("a", "[0]!"),
    ("a", "<b>()"),
    ("a", "<b>``"),
    ("type A = ", "A extends B ? C : "),
    ("type A = ", "A extends infer B extends "),
    ("type A = ", "keyof "),
    ("type A = ", "{a:"),
    ("type A = ", "A<"),
    ("type A = ", "()=>"),
    ("type A = ", "new ()=>"),
    ("type A = ", "|a"),
    ("type A = ", "`${"),
    ("type A = a", "[]"),
    ("type A = a", "['a']"),
    ("let a: ", "typeof a."),
    ("function f(a: ", "asserts a is "),
    ("class A {", "[a:b]:c;"),
    ("class A {", "private readonly static "),
    ("class A {", "@a() "),
    ("interface A {", "a:{"),
    ("let a: b = `", "${`"),
    ("let a: b = ", "(a: b) => "),
    ("let a: b = ", "a ? (b: c) => "),
];

/// Short ones that a parser which tries, and tries again, takes twice as long for with each piece.
const TRIED_AGAIN: &[&str] =
    &["<T>(", "<a>(", "a?(b):c=>", "a?<T>(", "a?(a):a=>", "a?(b):c=>d:", "async<T>(a=", "f<{a:", "(a):("];

fn sandbox() -> Sandbox {
    // Slots that leak would be used up at once.
    Sandbox::new(SandboxSettings { slots: 1, max_memory_bytes: 256 * MIB, ..sandbox_settings() }).unwrap()
}

async fn check(sandbox: &Sandbox, script: &str) -> Option<String> {
    let mut request = request(script);
    request["configuration"]["timeoutMs"] = json!(3_000);
    request["configuration"]["maxMemoryMb"] = json!(256);
    let envelope = envelope_of(sandbox, &request).await;
    let shown: String = script.chars().take(40).collect();
    assert_serves(sandbox, &shown).await;
    let output = &envelope["output"];
    let is_refused = REFUSED.iter().any(|reason| output["reason"] == *reason);
    // None of these defines `run`: what parses ends there, or throws before.
    let is_harmless = ["run_not_defined", "script_error"].iter().any(|reason| output["reason"] == *reason);
    let is_short = output.to_string().len() < 8 * 1024;
    let told: String = output.to_string().chars().take(300).collect();
    (!(is_refused || is_harmless) || !is_short).then(|| format!("{shown:?}: {told}\n"))
}

fn filled(before: &str, piece: &str) -> String {
    let chars = |text: &str| text.encode_utf16().count();
    let times = (MAX_CHARS - chars(before)) / chars(piece);
    format!("{before}{}", piece.repeat(times))
}

async fn check_all(scripts: impl IntoIterator<Item = String>) {
    let sandbox = sandbox();
    let mut faults = String::new();
    for script in scripts {
        faults.extend(check(&sandbox, &script).await);
    }
    assert!(faults.is_empty(), "{faults}");
    assert_eq!((sandbox.gate().busy, sandbox.memory_in_use_bytes()), (0, 0));
}

#[tokio::test]
async fn nesting_without_end_is_refused() {
    check_all(PIECES.iter().map(|piece| filled("", piece))).await;
}

#[tokio::test]
async fn types_without_end_are_refused() {
    check_all(AFTER.iter().map(|(before, piece)| filled(before, piece))).await;
}

#[tokio::test]
async fn guessing_without_end_is_refused() {
    check_all(TRIED_AGAIN.iter().map(|piece| piece.repeat(64))).await;
}

#[tokio::test]
async fn a_cut_script_is_refused_wherever_it_is_cut() {
    let whole = "/* a */ interface A<T> { a?: `${string}-${number}`; } // b\nconst r: RegExp = /[a/]\\//g, s = \"é😀\\u{1F600}\" as const;\n\
                 async function run(ctx: { [k: string]: A<number> }): Promise<`x`> { return `a${ctx!.a as any}b`; }\n";
    let end = whole.rfind('}').unwrap();
    let scripts = whole[..end].char_indices().skip(1).map(|(at, _)| &whole[..at]);
    check_all(scripts.map(str::to_owned)).await;
}
