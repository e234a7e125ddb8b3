//! TypeScript that runs: each script gives its value, as it would after a compiler; and whatever is erased, every line stays
//! where it was.

use serde_json::Value;

use crate::support::{run, sandbox};

struct Snippet {
    name: &'static str,
    script: &'static str,
    /// What `run` returns, as JSON.
    gives: &'static str,
}

const fn snippet(name: &'static str, script: &'static str, gives: &'static str) -> Snippet {
    Snippet { name, script, gives }
}

const SNIPPETS: &[Snippet] = &[
    snippet(
        "annotations",
        r#"
        async function run(ctx: unknown): Promise<number[]> { const a: number = 1; let b: string | null = "2", c: [number, string?] = [3]; var d: () => void = () => {}; return [a, Number(b), c[0]]; }
    "#,
        "[1,2,3]",
    ),
    snippet(
        "interfaces",
        r#"
        interface Row { readonly time: string; value?: number; [key: string]: unknown; (x: number): string; new (x: string): Row; method?(): void }
        interface Wide extends Row, Partial<Row> { more: { deep: Row[] } }
        function run(ctx: Row): Partial<Wide> { const row: Partial<Wide> = { time: "now", more: { deep: [] } }; return row; }
    "#,
        r#"{"time":"now","more":{"deep":[]}}"#,
    ),
    snippet(
        "type aliases",
        r#"
        type Id = string | number;
        type Pair<A, B = A> = { first: A; second: B };
        type Getters<T> = { readonly [K in keyof T as `get${Capitalize<string & K>}`]-?: () => T[K] };
        type Unwrap<T> = T extends Promise<infer U extends object> ? Unwrap<U> : T extends (...args: any[]) => infer R ? R : never;
        type Literal = `${"a" | "b"}-${number}`; type Fn = new <T>(x: T) => asserts x is NonNullable<T>
        const pair: Pair<Id> = { first: 1, second: "b" };
        function run() { return pair; }
    "#,
        r#"{"first":1,"second":"b"}"#,
    ),
    snippet(
        "a type is not a value",
        r#"
        const type = 1, as = 2, satisfies = 3, declare = 4, namespace = 5, abstract = 6, readonly = 7, is = 8, of = 9, infer = 10, keyof = 11;
        type
        as
        const list: number[] = [type, as, satisfies, declare, namespace, abstract, readonly, is, of, infer, keyof]
        function run() { return list.length + (as as number) + (type as any as number); }
    "#,
        "14",
    ),
    snippet(
        "generics",
        r#"
        function id<T>(x: T): T { return x; }
        const first = <T,>(list: readonly T[]): T | undefined => list[0];
        const both = async <A extends object, const B = number>(a: A, b: B): Promise<[A, B]> => [a, b];
        class Box<T extends {} = string> { constructor(private_: T) { this.inside = private_; } inside: T; map<U>(f: (x: T) => U): Box<U> { return new Box<U>(f(this.inside)); } }
        async function run() { return [id<number>(1), first<string>(["a"]), (await both<object, number>({}, 2))[1], new Box<number>(3).map<string>((n) => n + "!").inside, new Set<number>([1, 1]).size]; }
    "#,
        r#"[1,"a",2,"3!",1]"#,
    ),
    snippet(
        "generics or comparisons",
        r#"
        function run() { const a: number = 1, b = 2, c = 3; const f = (...x: unknown[]) => x; return [f(a < b, b > c), f(a<b, c>1), a < b && b > a, f<number>(1), [a < b, c > a]]; }
    "#,
        "[[true,false],[true,true],true,[1],[true,true]]",
    ),
    snippet(
        "tagged templates",
        r#"
        function tag<T>(parts: TemplateStringsArray, ...values: T[]): string { return parts.raw.join("|") + values.join(); }
        function run() { return tag<number>`a${1 as number}b${2!}c`; }
    "#,
        r#""a|b|c1,2""#,
    ),
    snippet(
        "assertions",
        r#"
        function run() { const x = { a: { b: [1, 2] } } as const; const y = x.a!.b![0]! as unknown as number; const z = ({ k: 1 } satisfies Record<string, number>).k; let w = 1 as any; (w as number) = 5; w! += 1; [w as any] = [w + 1]; return [y, z, w, (x as any)?.a!.b.length, -(y as number), typeof (y as unknown)]; }
    "#,
        r#"[1,1,7,2,-1,"number"]"#,
    ),
    snippet(
        "assertions at line ends",
        r#"
        function run() {
          const seen: number[] = []
          let a = 1 as number
          ;(() => seen.push(a))()
          let b = seen as number[]
          ;[1, 2].forEach((n) => seen.push(n))
          const c = b as
            unknown as
            number[]
          let d = c satisfies unknown
          return seen
        }
    "#,
        "[1,1,2]",
    ),
    snippet(
        "an assertion ends before a parenthesis on the next line",
        r#"
        function run() {
          const f = () => 1
          let a = f as () => number
          (2 + 3)
          let b = [1] as number[]
          [0]
          return [typeof a, b]
        }
    "#,
        r#"["function",[1]]"#,
    ),
    snippet(
        "a type ends before a parenthesis on the next line",
        r#"
        let out = 0
        type A = number
        (() => { out = 1 })()
        interface B { a: number }
        [2].forEach((n) => { out += n })
        let declared = out
        type C = { c: string }
        `${(out += 10)}`
        function run() { return [out, declared] }
    "#,
        "[13,3]",
    ),
    snippet(
        "types between statements without semicolons",
        r#"
        const a = [1]
        type T = [0]
        const b = a
        interface I {}
        ;[b[0]] = [2]
        function run() { return [a, b] }
    "#,
        "[[2],[2]]",
    ),
    snippet(
        "a type as the only statement",
        r#"
        function run() { let x: any = 1; if (x) type A = number; else interface_(); for (;;) { type B = string; break; } function interface_() { x = 2; } return x; }
    "#,
        "1",
    ),
    snippet(
        "arrow return types over lines",
        r#"
        const f = (a: number): a is
          any => a > 0;
        const g = async (
          a: number,
          b?: string,
        ): Promise<
          [number, string]
        > => [a, b ?? "none"];
        const h = (): {
          a: number;
        } => ({ a: 1 });
        async function run() { return [f(1), await g(1), h()]; }
    "#,
        r#"[true,[1,"none"],{"a":1}]"#,
    ),
    snippet(
        "arrow type parameters over lines",
        r#"
        const f = async <
          T,
        >(x: T): Promise<T> => x;
        function g() { return <
          T
        >(x: T): T => x; }
        async function run() { return [await f(1), g()(2)]; }
    "#,
        "[1,2]",
    ),
    snippet(
        "arrows in conditions",
        r#"
        function run() { const t = true as boolean; const a = t ? (x: number): number => x + 1 : (x: number): number => x - 1; const b = t ? (a) : (c: number) => c; const d = t ? (a, 2) : 3; return [a(1), typeof b, d]; }
    "#,
        r#"[2,"function",2]"#,
    ),
    snippet(
        "optional and this parameters",
        r#"
        function f(this: { n: number }, a?: number, { b }: { b?: number } = {}, [c]: number[] = [], ...d: string[]): number { return this.n + (a ?? 10) + (b ?? 100) + (c ?? 1000) + d.length; }
        function g(this: void) { return 1; }
        function run() { return [f.call({ n: 1 }), f.call({ n: 1 }, 2, { b: 3 }, [4], "x"), g(), f.length]; }
    "#,
        "[1111,11,1,1]",
    ),
    snippet(
        "overloads",
        r#"
        function over(a: string): string;
        function over(a: number): number
        function over(a: any): any { return a; }
        class A { m(a: string): void; m(a: number): void
          m(a: any) { return a; } static s(): void; static s() { return 2; } constructor(a: string); constructor(a?: any) {} }
        function run() { return [over(1), new A("x").m(3), A.s()]; }
    "#,
        "[1,3,2]",
    ),
    snippet(
        "ambient declarations",
        r#"
        declare const heatVersion: string;
        declare function external(a: number): void;
        declare class External { a: number; m(): void }
        declare enum Level { A, B = 2 }
        declare namespace NS { const a: number; function f(): void }
        declare module "x" { export const a: number }
        declare global { interface Window { a: number } }
        declare let q: any, r: any; declare var s: any
        declare abstract class AbstractOne { abstract m(): void }
        function run() { return [typeof heatVersion, typeof external, typeof External, typeof Level, typeof NS]; }
    "#,
        r#"["undefined","undefined","undefined","undefined","undefined"]"#,
    ),
    snippet(
        "type-only namespaces",
        r#"
        namespace Types { export interface A { a: number } export type B = A["a"] }
        const a: Types.B = 1;
        function run() { return a; }
    "#,
        "1",
    ),
    snippet(
        "type-only imports and exports",
        r#"
        import type { Ctx } from "./heat-arbex";
        import type Default from "x";
        import type * as All from "./all";
        export type Row = { a: number };
        export interface Other { row: Row }
        export type { Ctx };
        async function run(ctx: Ctx): Promise<Row> { return { a: 1 }; }
    "#,
        r#"{"a":1}"#,
    ),
    snippet(
        "class fields",
        r#"
        class A { a: number = 1; readonly b = 2; private c?: number; protected d!: string; public static e: number = 5; static readonly f: string = "f"; declare g: number; #h: number = 8; readonly "quoted key": number = 9; [`computed`]: number = 10; override?: number; static?: number; get?: number; set: number = 1; h(): number { return this.#h; } }
        function run() { const a = new A(); return [Object.keys(a), A.e, A.f, a.h(), "g" in a]; }
    "#,
        r#"[["a","b","c","d","quoted key","computed","override","static","get","set"],5,"f",8,false]"#,
    ),
    snippet(
        "class modifiers",
        r#"
        abstract class Shape { abstract area(): number; abstract readonly name: string; protected static count: number = 0; public constructor() { Shape.count++; } private static async *walk(): AsyncGenerator<number> { yield 1; } public get twice(): number { return this.area() * 2; } public set twice(v: number) {} static total(): number { return Shape.count; } }
        class Square extends Shape implements Iterable<number>, PromiseLike<any> { override readonly name = "square"; constructor(side: number) { super(); this.side = side; } private readonly side: number; public override area(): number { return this.side ** 2; } protected *[Symbol.iterator](): Iterator<number> { yield this.side; } then: any = undefined; }
        function run() { const s = new Square(3); return [s.area(), s.twice, [...s], s.name, Shape.total()]; }
    "#,
        r#"[9,18,[3],"square",1]"#,
    ),
    snippet(
        "class members without semicolons",
        r#"
        class A {
          a = 1
          private *gen() { yield 2 }
          b = 3
          readonly ["c"] = 4
          declare d: number
          static e: number
          public in: number = 5
          private get
          f() { return 6 }
          [key: string]: unknown
          g = 7
        }
        function run() { const a: any = new A(); return [a.a, [...a.gen()], a.b, a.c, a.in, a.f, a.g, "get" in a] }
    "#,
        "[1,[2],3,4,5,6,7,false]",
    ),
    snippet(
        "class expressions",
        r#"
        const A = class<T> { x: T | 1 = 1 }; const B = class Named<T> extends A<T> implements Object { y!: T };
        const mixin = <C extends new (...args: any[]) => {}>(Base: C) => class extends Base { mixed: boolean = true };
        function run() { return { ...new (mixin(B<number>))() }; }
    "#,
        r#"{"x":1,"mixed":true}"#,
    ),
    snippet(
        "abstract constructors and accessors",
        r#"
        type Ctor<T = {}> = abstract new (...args: any[]) => T;
        class A { static #n: number = 1; static get n(): number { return A.#n; } static set n(v: number) { A.#n = v; } static { A.n = 2 as number; } }
        function run() { A.n! += 1; return A.n; }
    "#,
        "3",
    ),
    snippet(
        "index signatures and mapped members",
        r#"
        class Bag { [key: string]: any; static [k: number]: string
          size: number = 0 }
        function run() { return new Bag() }
    "#,
        r#"{"size":0}"#,
    ),
    snippet(
        "destructuring with types",
        r#"
        function run() { const { a, b: { c = 2 } = {} }: { a: number; b?: { c?: number } } = { a: 1 }; const [d, , e = 3]: (number | undefined)[] = [4]; const { f }: any = { f: 5 }; return [a, c, d, e, f]; }
    "#,
        "[1,2,4,3,5]",
    ),
    snippet(
        "catch clauses",
        r#"
        function run() { try { throw new Error("x"); } catch (e: unknown) { return (e as Error).message; } }
    "#,
        r#""x""#,
    ),
    snippet(
        "loops",
        r#"
        async function run() { const out: number[] = []; for (const x of [1, 2] as const) out.push(x); for (let i: number = 0, n: number = 2; i < n; i++) out.push(i); for (const k in { a: 1 } as Record<string, number>) out.push(k.length); for await (const y of [Promise.resolve(3)] as Promise<number>[]) out.push(y); return out; }
    "#,
        "[1,2,0,1,1,3]",
    ),
    snippet(
        "definite assignment",
        r#"
        let later!: number; let other!: string, more!: { a: 1 };
        function run() { later = 1; return later!; }
    "#,
        "1",
    ),
    snippet(
        "non-null chains",
        r#"
        function run() { const a: any = { b: { c: [() => 1] }, d: null }; return [a!.b!.c![0]!(), a?.b!.c[0](), a.d?.e!.f, a!["b"]!["c"].length, !a!, !!a.b!, a.b !== a.d!]; }
    "#,
        "[1,1,null,1,false,true,true]",
    ),
    snippet(
        "instantiation expressions",
        r#"
        function f<T>(x?: T): number { return 1; }
        function run() { const g = f<string>; const M = Map<string, number>; const h = [f<number>, f<string>]; return [g("a"), new M([["a", 1]]).size, h.length, f<number>?.(1)]; }
    "#,
        "[1,1,2,1]",
    ),
    snippet(
        "type predicates and asserts",
        r#"
        function isText(x: unknown): x is string { return typeof x === "string"; }
        function must(x: unknown): asserts x { if (!x) throw new Error("no"); }
        function mustText(this: unknown, x: unknown): asserts x is string {}
        class A { ok(): this is A { return true; } chain(): this { return this; } }
        function run() { must(1); mustText("a"); return [isText("a"), new A().chain().ok()]; }
    "#,
        "[true,true]",
    ),
    snippet(
        "unique symbols, typeof, import types",
        r#"
        const key: unique symbol = Symbol("k"); type K = typeof key; type I = import("./x").Y<string>; let t: typeof import("./x"); let u: typeof run.prototype | `${number}px`; let v: bigint | -1 | 0x10 | 1n | undefined | null | void | never | object;
        function run() { return typeof key; }
    "#,
        r#""symbol""#,
    ),
    snippet(
        "function types in unions",
        r#"
        type A = | ((a: number) => void) | (new () => Date) | { (): void }
          | "x"
          & string;
        let f: ((x: number, ...rest: any[]) => (y: string) => Promise<void>) | undefined = undefined;
        function run() { return f ?? "none"; }
    "#,
        r#""none""#,
    ),
    snippet(
        "comments in types",
        r#"
        function run(/* ctx: here */ ctx: /* any; } */ any // trailing )
        ): /* => */ number { // {
          return 1 as /* x */ number /* y */;
        }
    "#,
        "1",
    ),
    snippet(
        "strings and patterns that look like types",
        r#"
        function run(ctx: any) { return ["a as b", `x: ${"y: number"}`, /: string|as\/any/.source, 'interface A {}', "<T>(x)"]; }
    "#,
        r#"["a as b","x: y: number",": string|as\\/any","interface A {}","<T>(x)"]"#,
    ),
    snippet(
        "directives",
        r#"
        "use strict";
        type A = number;
        function run(): boolean { "use strict"; return (function (this: any) { return this === undefined; })(); }
    "#,
        "true",
    ),
    snippet(
        "sloppy code keeps its meaning",
        r#"
        var a: number = 8 as any;
        function run() { undeclared = 3; arguments[0] = a; delete globalThis.undeclared; return [a, typeof undeclared, typeof this]; }
    "#,
        r#"[8,"undefined","object"]"#,
    ),
    snippet(
        "async and generators",
        r#"
        async function* count(n: number): AsyncGenerator<number, void, unknown> { for (let i = 0; i < n; i++) yield i as number; }
        const collect = async <T>(source: AsyncIterable<T>): Promise<T[]> => { const all: T[] = []; for await (const x of source) all.push(x); return all; };
        const run = async (ctx: unknown): Promise<number[]> => collect<number>(count(3));
    "#,
        "[0,1,2]",
    ),
    snippet(
        "yield and await with types",
        r#"
        function* g(): Generator<number, string, any> { const x: string = yield 1 as number; return x!; }
        async function run() { const it = g(); const a = it.next().value as number; const b = (await Promise.resolve(it.next("done"))) as IteratorResult<number, string>; return [a, b.value!]; }
    "#,
        r#"[1,"done"]"#,
    ),
    snippet(
        "object literals with types",
        r#"
        function run() { const key = "k"; return { m<T>(this: any, x: T): T { return x; }, async n(a?: number): Promise<void> {}, get p(): number { return 1; }, set p(v: number) {}, [key as string]: 2, ...(null as any), f: (x: number): number => x, g: function <T>(x: T): T { return x; } }.m<number>(3) as number; }
    "#,
        "3",
    ),
    snippet(
        "nested generics and shifts",
        r#"
        function run() { const m: Map<string, Map<string, Array<Set<number>>>> = new Map<string, Map<string, Array<Set<number>>>>(); const n: Array<Array<number>>= [[8]]; return [m.size, n[0]![0]! >> 1, 16 >>> 2 as number, n[0][0] >= 8 as boolean]; }
    "#,
        "[0,4,4,true]",
    ),
    snippet(
        "operators after assertions",
        r#"
        function run() { let x: any = 2; const y = x as number + 1; const z = (x as number) * 2; const w = x! * x!; const v = x as any === 2; const u = (x as any) ? 1 : 0; const t = [x as any, x!]; return [y, z, w, v, u, t]; }
    "#,
        "[3,4,4,true,1,[2,2]]",
    ),
    snippet(
        "exponentiation",
        r#"
        function run() { const a = 2; return [a! ** 2, (a as number) ** 3, (-(a as number)) ** 2, 2 ** (a as number)]; }
    "#,
        "[4,8,4,4]",
    ),
    snippet(
        "optional chaining calls with type arguments",
        r#"
        function run() { const o: any = { f<T>(x: T) { return x; } }; return [o.f<number>(1), o?.f<number>(2), o.g?.<string>("x"), o.f?.<number>(3), o["f"]<number>(4)]; }
    "#,
        "[1,2,null,3,4]",
    ),
    snippet(
        "new without arguments",
        r#"
        function run() { const a = new Array<number>; const b = new Map<string, number>; return [a.length, b.size, new (class<T> { v: T | 7 = 7 })<number>().v]; }
    "#,
        "[0,0,7]",
    ),
    snippet(
        "decorator-like text and private names",
        r#"
        class A { #a?: number = 1; static #b: string = "@x"; has(o: object): o is A { return #a in o; } text(): string { return A.#b + this.#a!; } }
        function run() { return [new A().has(new A()), new A().text()]; }
    "#,
        r#"[true,"@x1"]"#,
    ),
    snippet(
        "labels, switches and getters named like keywords",
        r#"
        const o = { type: 1, as: 2, declare: 3, get abstract(): number { return 4; }, set readonly(v: number) {}, async: 5, of: 6, get: 7, set: 8, static: 9, namespace: 10, enum: 11, interface: 12 };
        function run() { type: for (const x of [1] as number[]) { switch (x as number) { case 1 as number: continue type; default: type T = 1; } } return Object.values(o).filter((v): v is number => typeof v === "number").length; }
    "#,
        "12",
    ),
    snippet(
        "unicode in types",
        r#"
        type Größe = "klein 😀" | "groß";
        const größe: Größe = "groß"; /* 😀 */ const ünïcode = <Ä,>(ä: Ä): Ä => ä;
        function run() { return [größe, ünïcode<"😀">("😀")]; }
    "#,
        r#"["groß","😀"]"#,
    ),
    snippet(
        "triple slash and hashbang",
        "#!/usr/bin/env arbex\n/// <reference path=\"heat-arbex.d.ts\" />\nasync function run(ctx: Ctx) { return 1; }\n",
        "1",
    ),
    snippet(
        "byte order mark and carriage returns",
        "\u{feff}type A = {\r\n  a: number\r\n}\r\nfunction run(): A {\r\n  return { a: 1 }\r\n}\r\n",
        r#"{"a":1}"#,
    ),
    snippet("line separators", "type A = number;\u{2028}const a: A = 1\u{2029}function run(): A { return a }", "1"),
    snippet(
        "very long union",
        r#"
        type T = | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | "a" | "b" | "c" | "d" | "e" | { a: 1 } | [2] | (() => void);
        const t: T & (T | T)[] | keyof T[] | T[number][] | readonly T[] = 1 as any;
        function run() { return t; }
    "#,
        "1",
    ),
    snippet(
        "variance and const type parameters",
        r#"
        interface Producer<out T> { make: () => T } type Both<in out T> = (x: T) => T;
        function keep<const T extends readonly unknown[]>(x: T): T { return x; }
        function run() { return keep([1, "a"]); }
    "#,
        r#"[1,"a"]"#,
    ),
    snippet(
        "a transform as an author writes it",
        r#"
        /// <reference path="heat-arbex.d.ts" />
        import type { ArbexContext, TabularRow } from "heat-arbex";

        interface Total { region: string; sum: number; rows: number }

        type Totals = Map<string, Total>;

        const number = (text: string | undefined): number => {
          const value = Number(text!.trim());
          if (Number.isNaN(value)) throw new TypeError(`not a number: ${text}`);
          return value;
        };

        function add(totals: Totals, row: { region: string; value?: string }): void {
          const total: Total = totals.get(row.region) ?? { region: row.region, sum: 0, rows: 0 };
          total.sum += number(row.value);
          total.rows++;
          totals.set(row.region, total);
        }

        async function run(ctx: ArbexContext): Promise<Total[]> {
          const totals: Totals = new Map<string, Total>();
          for (const row of [{ region: "a", value: "1" }, { region: "b", value: " 2" }, { region: "a", value: "3 " }] satisfies TabularRow[]) add(totals, row);
          return [...totals.values()].sort((a: Total, b: Total) => b.sum - a.sum);
        }
    "#,
        r#"[{"region":"a","sum":4,"rows":2},{"region":"b","sum":2,"rows":1}]"#,
    ),
];

#[tokio::test]
async fn typescript_runs_as_its_compiler_would_have_it() {
    let sandbox = sandbox();
    let mut faults = String::new();
    for Snippet { name, script, gives } in SNIPPETS {
        let envelope = run(&sandbox, script).await;
        let expected: Value = serde_json::from_str(gives).unwrap();
        if envelope["status"] != "SUCCESS" || envelope["output"] != expected {
            faults += &format!("{name}: expected {expected}, got {}\n", envelope["output"]);
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

/// Scripts that throw; the engine points at the `Error` behind `new`.
const FAILING: &[&str] = &[
    "interface A {\n  a: number;\n}\ntype B = {\n  b: A;\n};\nfunction run(): B {\n  const nothing = null as unknown as B;\n  throw new Error();\n}",
    "\nfunction run(ctx: { a: { b: [number, string] } }, more?: Map<string, Array<number>>) { const nothing = null as any; throw new Error(nothing! as string); }",
    "const f = <\n  T extends object,\n  U = T,\n>(a: T, b?: U): asserts a is\n  T => { const nothing: any = null; throw new Error(nothing!) };\nfunction run() { f({}) }",
    "\ntype Ä = \"é😀\" | \"ü\"; function run(ctx: \"😀é\"): void { let nothing: any = null; throw new Error(nothing as \"ü😀\"); }",
    "\u{feff}type A = {\r\n  a: number\r\n}\r\nclass B<T> {\r\n  private readonly a!: T;\r\n  public m(this: B<T>): void { const nothing: A = null!; throw new Error() }\r\n}\r\nfunction run() { new B<number>().m() }",
    "abstract class A {\n  abstract a(): void\n  declare b: number\n  [key: string]: any\n  protected c(): void {\n    let nothing!: any\n    throw new Error(nothing as string)\n  }\n}\nfunction run() {\n  A.prototype.c()\n}",
];

#[tokio::test]
async fn what_fails_at_run_time_is_where_it_was_written() {
    let sandbox = sandbox();
    for script in FAILING {
        let before = &script[..script.find("Error(").unwrap()];
        let line = before.matches('\n').count() + 1;
        let column = before[before.rfind('\n').map_or(0, |at| at + 1)..].encode_utf16().count() + 1;
        let envelope = run(&sandbox, script).await;
        let output = &envelope["output"];
        assert_eq!(output["name"], "Error", "{script}\n{output}");
        assert_eq!((&output["line"], &output["column"]), (&line.into(), &column.into()), "{script}\n{output}");
    }
}

/// A second reading of the same script finds what the first one made, whatever that was.
#[tokio::test]
async fn a_script_is_stripped_once() {
    let sandbox = sandbox();
    for script in
        ["function run(): number { return 1; }", "function run(): number { return ; enum A {} }", "function run(): { }"]
    {
        assert_eq!(run(&sandbox, script).await["metrics"]["scriptCacheHit"], false);
        assert_eq!(run(&sandbox, script).await["metrics"]["scriptCacheHit"], true);
    }
}
