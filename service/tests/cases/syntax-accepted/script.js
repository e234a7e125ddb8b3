#!/usr/bin/env arbex
class Point { #x = 1; static #made = 0; static { Point.#made += 1; } get x() { return this.#x; } static has(o) { return #x in o; } static made() { return Point.#made; } }
async function* count(n) { for (let i = 0; i < n; i++) yield i; }
async function run() {
  const seen = [];
  for await (const i of count(3)) seen.push(i);
  const { a = 1, ...rest } = { b: 2, c: 3 };
  label: for (const x of [1, 2]) for (const y of [1, 2]) if (y === 2) continue label; else seen.push(`${x}${y}`);
  return { seen, a, rest, nullish: null ?? "d", chain: undefined?.x ?? 0, pow: 2 ** 10, big: String(1_000n), point: [new Point().x, Point.has({}), Point.made()],
    regexp: "2026-01-02".match(/(?<y>\d+)-(?<m>\d+)/v).groups.y, tag: ((s, ...v) => s.raw.join("|") + v)`a${1}\n`, last: [1, 2].at(-1), logical: (() => { let z; z ??= 5; return z; })(), sticky: /(?<=a)b/.exec("ab").index };
}
