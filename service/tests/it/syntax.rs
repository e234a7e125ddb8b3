//! Scripts that do not parse: what a person is told, and where. The places were written down before the parser was asked;
//! where it points at the token beside, that was taken over and says so. Line 0: there is no place.

use arbex::call::{Call, Ceilings};
use arbex::run::{Outcome, Unparsable};
use arbex::sandbox::Sandbox;

use crate::support::{request, sandbox_settings};

struct Wrong {
    script: &'static str,
    /// A part of the message.
    message: &'static str,
    line: u32,
    column: u32,
}

const fn wrong(script: &'static str, message: &'static str, line: u32, column: u32) -> Wrong {
    Wrong { script, message, line, column }
}

/// JavaScript, or nothing at all.
const JAVASCRIPT: &[Wrong] = &[
    wrong("async function run(ctx) {\n  const a = ;\n  return a;\n}", "Expression expected", 2, 13),
    wrong("async function run(ctx) {\n  return { a: 1;\n}", "", 2, 16),
    wrong("async function run(ctx) {\n  return [1, 2;\n}", "", 2, 15),
    wrong("async function run(ctx) {\n  return f(1, 2;\n}", "", 2, 16),
    wrong("async function run(ctx) {\n  return 1;\n", "", 3, 1),
    wrong("async function run(ctx) {\n  return 1;\n}\n}", "", 4, 1),
    wrong("async function run(ctx) {\n  return 'open;\n}", "nterminated", 2, 10),
    wrong("async function run(ctx) {\n  return `open;\n}", "nterminated", 2, 10),
    // Where the script ends.
    wrong("async function run(ctx) {\n  /* open\n}", "nterminated", 3, 2),
    wrong("async function run(ctx) {\n  return /open;\n}", "nterminated", 2, 10),
    wrong("async function run(ctx) {\n  return /(/;\n}", "regular expression", 2, 10),
    wrong("async function run(ctx) {\n  const ok = /a/;\n  return /[z-a]/.test('');\n}", "regular expression", 3, 10),
    wrong("async function run(ctx) {\n  return /a/qq;\n}", "flag", 2, 10),
    wrong("function run(ctx) {\n  await ctx.x;\n}", "await", 2, 3),
    wrong("await 1;\nfunction run() {}", "await", 1, 1),
    wrong("return 1;", "eturn", 1, 1),
    // QuickJS's word, and its places: the statement, the method, none.
    wrong("let a = 1;\nlet a = 2;\nfunction run() {}", "redefinition", 2, 1),
    wrong("class A { m() { super(); } }", "super", 1, 11),
    wrong("class A { m() { return this.#no; } }", "'#no'", 0, 0),
    wrong("async function run(ctx) {\n  for (let i = 0; i < 3, i++) {}\n}", "Unexpected token ')'", 2, 8),
    wrong("const a;\nfunction run() {}", "initialize", 1, 7),
    wrong("async function run(ctx) {\n  if (ctx {\n    return 1;\n  }\n}", "", 2, 11),
    wrong("async function run(ctx) {\n  const x = 1 2;\n}", "not complete", 2, 15),
    wrong("async function run(ctx) {\n  x = = 1;\n}", "", 2, 7),
    wrong("async function run(ctx) {\n  return a ? b;\n}", "", 2, 15),
    wrong("async function run(ctx) {\n  break;\n}", "break", 2, 3),
    wrong("async function run(ctx) {\n  continue;\n}", "continue", 2, 3),
    wrong("async function run(ctx) {\n  1 = x;\n}", "", 2, 3),
    wrong("async function run(ctx) {\n  f() = 1;\n}", "", 2, 3),
    wrong("async function run(ctx) {\n  try {\n    f();\n  }\n}", "", 5, 1),
    // Behind the second one.
    wrong("async function run(ctx) {\n  switch (1) { default: default: }\n}", "default", 2, 32),
    wrong("async function run(ctx) {\n  const class = 1;\n}", "name is expected", 2, 9),
    wrong("async function run(ctx) {\n  const { a, ...b, c } = ctx;\n}", "", 2, 14),
    wrong("async function run(ctx) {\n  return a ?? b || c;\n}", "??", 2, 10),
    // Behind the operator.
    wrong("async function run(ctx) {\n  return -1 ** 2;\n}", "parentheses", 2, 16),
    wrong("async function run(ctx) {\n  const 1a = 2;\n}", "Identifier cannot follow number", 2, 10),
    wrong("async function run(ctx) {\n  return '\\u{110000}';\n}", "", 2, 11),
    wrong("async function run(ctx) {\n  return 1__0;\n}", "numeric separator", 2, 10),
    // It may have been a decorator.
    wrong("async function run(ctx) {\n  return @;\n}", "name is expected", 2, 11),
    wrong("async function run(ctx) {\n  return “quoted”;\n}", "", 2, 10),
    wrong("class A {\n  constructor() {}\n  constructor() {}\n}", "constructor", 3, 3),
    wrong("import fs from 'fs';\nfunction run() {}", "imports nothing", 1, 1),
    wrong("\nexport async function run() {}", "exports nothing", 2, 1),
    wrong("export default async function run() {}", "exports nothing", 1, 1),
    wrong("function run() { new.target; }\nnew.target;", "new.target", 2, 1),
    wrong("const é😀 = 1;", "initialized", 1, 7),
    wrong("'é😀'; let x = ;", "Expression expected", 1, 16),
    wrong("\r\n\r\n  let x = ;", "Expression expected", 3, 11),
    wrong("\u{feff}let x = ;", "Expression expected", 1, 10),
];

/// TypeScript with a fault, or with what only a compiler could run.
const TYPESCRIPT: &[Wrong] = &[
    wrong("interface A { a: number;\nasync function run(ctx: A) {}", "Expected ';'", 2, 7),
    wrong("async function run(ctx: ) {\n  return 1;\n}", "A type is expected", 1, 25),
    wrong("type A = { a: number\nconst x = 1;", "", 2, 7),
    wrong("const a: Map<string = new Map();\nfunction run() {}", "", 1, 21),
    wrong("async function run(ctx: any) {\n  const a = ;\n}", "Expression expected", 2, 13),
    wrong("async function run(ctx: any): Promise<void> {\n  return 'open;\n}", "nterminated", 2, 10),
    wrong("const x: number = 1;\nenum Color { Red, Green }\nfunction run() {}", "as const", 2, 1),
    wrong("const enum Color { Red }", "as const", 1, 1),
    wrong("namespace N { export const x = 1; }", "namespace", 1, 1),
    wrong("class A {\n  constructor(private readonly x: number) {}\n}", "constructor", 2, 32),
    wrong("import a = N.b;", "const name", 1, 1),
    wrong("export = 1;", "exports nothing", 1, 1),
    wrong("const a = <string>b;", "as Type", 1, 11),
    wrong("@sealed\nclass A { x: number = 1; }", "decorators", 1, 1),
    wrong("class A {\n  @log m(): void {}\n}", "decorators", 2, 3),
    wrong("import { a } from './a';\nconst x: number = a;", "imports nothing", 1, 1),
    wrong("import { type A } from './a';\nconst x: A = 1;", "import type", 1, 1),
    wrong("export interface A { a: number }\nexport async function run(ctx: A) {}", "exports nothing", 2, 1),
    wrong("const x: number = await f();", "await", 1, 19),
    wrong("let a: number = 1;\nlet a: number = 2;", "redefinition", 2, 1),
    wrong("const r: RegExp = /(/;", "regular expression", 1, 19),
    wrong("function f(a?: number = 1) {}", "question mark and initializer", 1, 12),
    wrong("abstract class A { abstract m(): void {} }", "", 1, 20),
    wrong("type = 1 as any as;", "A type is expected", 1, 19),
    wrong("const x = y as;", "A type is expected", 1, 15),
    wrong("declare const x: number = 1 +;", "", 1, 30),
];

async fn fault(sandbox: &Sandbox, script: &str) -> Option<Unparsable> {
    let request = request(script).to_string();
    let call = Call::decode(request.as_bytes(), &Ceilings::default()).unwrap();
    match sandbox.check(&call.script, &call.limits).await.unwrap() {
        Err(Outcome::Unparsable(unparsable)) => Some(unparsable),
        _ => None,
    }
}

async fn check_all(scripts: &[Wrong]) {
    let sandbox = Sandbox::new(sandbox_settings()).unwrap();
    let mut faults = String::new();
    for Wrong { script, message, line, column } in scripts {
        let Some(Unparsable { thrown, .. }) = fault(&sandbox, script).await else {
            faults += &format!("parses: {script:?}\n");
            continue;
        };
        let is_so = thrown.name.as_deref() == Some("SyntaxError")
            && thrown.message.contains(message)
            && (thrown.place.line.unwrap_or(0), thrown.place.column.unwrap_or(0)) == (*line, *column);
        if !is_so {
            let place = (thrown.place.line, thrown.place.column);
            faults += &format!("{script:?}\n  {message:?} at {line}:{column}\n  {:?} at {place:?}\n", thrown.message);
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[tokio::test]
async fn wrong_javascript_is_told_where_it_is() {
    check_all(JAVASCRIPT).await;
}

#[tokio::test]
async fn wrong_typescript_is_told_where_it_is() {
    check_all(TYPESCRIPT).await;
}
