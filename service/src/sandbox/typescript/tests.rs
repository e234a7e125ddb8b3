//! What stripping may change of a script, whatever the script is.

use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::sandbox::{Budget, SandboxSettings};

/// Nearly every way to write a type, with all kinds of line ends and of characters.
const WHOLE: &str = "\u{feff}/// <reference path=\"x\" />\r\nimport type { A } from \"ä\";\n\
    interface Row<in T = 'é😀'> { a?: T; [k: string]: unknown }\r\n\
    type B<T> = T extends [infer U, ...any[]] ? { [K in keyof U]-?: `${K & string}😀` } : never\n\
    declare const ü: unique symbol, v: (a: number) => void; declare module \"m\" { export const q: 1 }\u{2028}\
    abstract class C<T> extends Map<T, Row<T>> implements D, E {\n  private readonly a: number = 1; c!: T; declare b: T; static [k: string]: any\n\
      abstract m(): void; protected override async *n?<V>(this: C<T>, x?: V, ...y: V[]): AsyncGenerator<V> { yield x! as V }\n\
      public get g(): number { return this!.a satisfies number }\r  #p?: string; constructor(a: T); constructor(a?: any) { super() } }\n\
    function over(a: string): asserts a is 'x';\nfunction over(a: any) { let x = a as unknown\n  ;(x as Row<1>)!.a!; return f<T>`t${a as any}` }\n\
    const f = async <T,\n>(a: T, b?: /* } */ { c: 1 }): Promise<\n  T\n> => (a as T), g = (x?: number): x is\n number => x! > 0;\n\
    async function run(ctx: any): Promise<void> { for (const x of [] as Row[]) { try { x!; } catch (e: unknown) { throw <T,>(y: T) => y } } }\n";

/// What is put between.
const PIECES: [&str; 24] = [
    ": T",
    " as T",
    "!",
    "?",
    "<T>",
    "(",
    ")",
    "{",
    "}",
    ";",
    ",",
    "\n",
    "\r\n",
    "😀",
    "é",
    "`",
    "${",
    "=> ",
    "type X = ",
    "enum E {}",
    "/*",
    "*/",
    "\u{2028}",
    "declare ",
];

/// A script that was `WHOLE`: pieces of it cut out, others put in, some doubled.
fn mutated() -> impl Strategy<Value = String> {
    let edit = (any::<prop::sample::Index>(), 0..40usize, 0..3u8, prop::sample::select(&PIECES[..]));
    prop::collection::vec(edit, 0..6).prop_map(|edits| {
        let mut chars: Vec<char> = WHOLE.chars().collect();
        for (at, len, kind, piece) in edits {
            let from = at.index(chars.len());
            let to = (from + len).min(chars.len());
            let between: Vec<char> = match kind {
                0 => Vec::new(),
                1 => piece.chars().chain(chars[from..to].iter().copied()).collect(),
                _ => chars[from..to].repeat(2),
            };
            chars.splice(from..to, between);
            if chars.is_empty() {
                chars.push('a');
            }
        }
        chars.into_iter().collect()
    })
}

fn sandbox() -> Sandbox {
    Sandbox::new(SandboxSettings {
        slots: 1,
        max_queued: 0,
        max_queue_wait_ms: 1,
        fuel: 1 << 60,
        max_output_bytes: 1024,
        max_console_entries: 1,
        max_console_bytes: 1024,
        console_overflow_is_fatal: false,
        max_memory_bytes: 64 << 20,
        memory_budget_bytes: None,
        cache_bytes: 1 << 20,
        pooling: false,
        fetch: crate::bridge::FetchSettings::default(),
        rules: crate::policy::Rules::default(),
        cluster: arbex_cluster::ClusterSettings::default(),
    })
    .unwrap()
}

async fn stripped(sandbox: &Sandbox, script: &str) -> Option<String> {
    let limits = Limits { timeout_ms: 60_000, memory_bytes: 64 << 20 };
    match read(sandbox, script, &limits, Instant::now() + Duration::from_secs(60)).await.unwrap() {
        Ok(Read::Parsed { stripped, .. }) => stripped,
        _ => None,
    }
}

/// Byte by byte the script's own, or a space, or one of the few characters that keep apart what a type kept apart; and a line
/// ends where a line ended.
fn is_true_to(script: &str, stripped: &str) -> bool {
    let is_end = |byte: u8| byte == b'\n' || byte == b'\r';
    let pairs = || script.bytes().zip(stripped.bytes());
    script.len() == stripped.len()
        && pairs().all(|(was, is)| is_end(was) == is_end(is) && (was == is || b" ;()".contains(&is)))
}

#[test]
fn what_is_stripped_is_as_long_line_by_line() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let sandbox = sandbox();
    let whole = runtime.block_on(stripped(&sandbox, WHOLE)).unwrap();
    assert!(is_true_to(WHOLE, &whole), "{whole}");

    let count = std::cell::Cell::new(0);
    let mut runner = TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() });
    runner
        .run(&mutated(), |script| {
            if let Some(stripped) = runtime.block_on(stripped(&sandbox, &script)) {
                count.set(count.get() + 1);
                prop_assert!(is_true_to(&script, &stripped), "{script}\n----\n{stripped}");
            }
            Ok(())
        })
        .unwrap();
    assert!(20 < count.get(), "only {} scripts still parsed", count.get());
}

/// A shortage of the machine's says nothing of a script, so it must not become a word on the script that the cache keeps.
#[test]
fn only_a_trap_is_the_parsers_own_failure() {
    let limiter = MemoryLimiter::new(Budget::new(None), 64 << 20);
    let ended = |error: wasmtime::Error| stopped(error, &limiter, MAX_FUEL, Stacks::unknown());
    assert!(matches!(ended(wasmtime::format_err!("no address space")), Err(SandboxError::Internal(_))));
    assert!(matches!(ended(Trap::UnreachableCodeReached.into()), Ok(Ok(Read::Parsed { stripped: None, .. }))));
    assert!(matches!(ended(Trap::OutOfFuel.into()), Ok(Ok(Read::TooMuch(_)))));
}
