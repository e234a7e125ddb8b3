// Random nested values, formatted by us and by Node.

import util from 'node:util';

export function runFuzz(format, count, seed) {
  let state = seed >>> 0 || 1;
  const random = () => {
    state ^= state << 13; state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5; state >>>= 0;
    return state / 4294967296;
  };
  const below = (n) => Math.floor(random() * n);
  const pick = (list) => list[below(list.length)];

  const pieces = ['a', 'foo', "'", '"', '`', '\n', '\\', '\t', '${', 'é', '你', '👍', '\ud800', 'word ', 'longer piece of text ', '\x7f', '%', '%s'];
  const text = () => {
    let result = '';
    for (let n = below(random() < 0.1 ? 30 : 5); n > 0; n--) result += pick(pieces);
    return result;
  };
  const keys = ['a', 'b', 'key', 'longerKeyName', 'with-dash', '1', '42', '', '$x', "it's", '__proto', 'name', 'message', 'constructor2', 'ü'];
  const key = () => (random() < 0.1 ? Symbol(pick(keys)) : pick(keys));
  const number = () => pick([0, -0, 1, -1, 42, 1e3, 123456, 0.5, 1 / 3, NaN, Infinity, 1e21, below(1e9), random()]);

  class Foo { }
  class Bar extends Foo { get [Symbol.toStringTag]() { return 'tagged'; } }
  class List extends Array { }
  const primitive = () => pick([
    number, number, text, text, () => true, () => null, () => undefined, () => BigInt(below(1e9)), () => Symbol(text()),
  ])();
  const made = [];
  function fillObject(target, depth) {
    for (let n = below(random() < 0.1 ? 12 : 5); n > 0; n--) {
      const name = key();
      // Known differences: Node takes a non-enumerable item for a hole, and calls
      // a getter that a function has for its name.
      const plain = Array.isArray(target) || (typeof target === 'function' && name === 'name');
      const descriptor = !plain && random() < 0.05
        ? { get: random() < 0.5 ? () => 1 : undefined, set: random() < 0.5 ? () => {} : undefined, enumerable: true, configurable: true }
        : { value: value(depth - 1), enumerable: plain || random() < 0.95, configurable: true, writable: true };
      Object.defineProperty(target, name, descriptor);
    }
    return target;
  }
  function list(target, depth) {
    const items = random() < 0.3 ? below(130) : below(9);
    const kind = below(5);
    const short = pick(pieces);
    for (let i = 0; i < items; i++) {
      if (random() < 0.02) continue;
      target[i] = kind === 0 ? number() : kind === 1 ? below(10 ** (1 + below(9))) : kind === 2 ? short.repeat(below(6)) : items > 20 ? primitive() : value(depth - 1);
    }
    if (random() < 0.1) target.length = items + below(5);
    if (random() < 0.1) fillObject(target, 1);
    return target;
  }
  function compound(depth) {
    switch (below(20)) {
      case 0: case 1: case 2: case 3: case 4: return fillObject({}, depth);
      case 5: case 6: case 7: case 8: return list([], depth);
      case 9: return new Map(list([], depth).filter(() => true).map((v) => [random() < 0.5 ? key() : v, value(depth - 1)]));
      case 10: return new Set(list([], depth));
      case 11: return fillObject(new Foo(), depth);
      case 12: return fillObject(new Bar(), depth);
      case 13: return fillObject(Object.create(null), depth);
      case 14: return list(new List(), depth);
      case 15: return fillObject(pick([() => () => 1, () => function f() {}, () => class A {}, () => async () => {}])(), 1);
      case 16: return pick([new Date(below(1e12)), new Date(NaN), /a\/b/gi, new Number(number()), new String(text()), Object(1n), fillObject(new Date(0), depth)]);
      case 17: return pick([new Uint8Array(below(120)), new Float64Array([number(), number()]), new ArrayBuffer(below(40)), new BigInt64Array(below(9)), new DataView(new ArrayBuffer(below(5)))]);
      case 18: {
        const error = new (pick([Error, TypeError, class MyError extends Error {}, class Odd extends Error {}]))(text(), random() < 0.3 ? { cause: value(depth - 1) } : undefined);
        error.stack = `${error.name}: ${error.message}${random() < 0.7 ? '\n    at f (a.js:1:2)\n    at b.js:3:4' : ''}`;
        return random() < 0.3 ? fillObject(error, 1) : error;
      }
      default: return fillObject(random() < 0.5 ? new Map([[1, 2]]) : new Set(['x']), depth);
    }
  }
  function value(depth) {
    if (depth <= 0 || random() < 0.4) return primitive();
    if (made.length > 0 && random() < 0.06) return pick(made);
    const result = compound(depth);
    if (typeof result === 'object' && result !== null) {
      made.push(result);
      if (random() < 0.05 && Object.isExtensible(result) && !ArrayBuffer.isView(result)) result.loop = pick(made);
    }
    return result;
  }

  let passed = 0;
  let failed = 0;
  for (let i = 0; i < count; i++) {
    made.length = 0;
    const args = [];
    if (random() < 0.3) args.push(pick(['%s %s', '%o', '%O and %d', '%i%%', 'text %f %c', '%j %s']));
    for (let n = 1 + below(3); n > 0; n--) args.push(value(1 + below(5)));
    let expected;
    try {
      expected = util.format(...args);
    } catch {
      continue; // %j of a BigInt, %d of a null-prototype object: Node throws
    }
    // V8's own hidden function properties have no counterpart
    if (expected.includes('[arguments]: null')) continue;
    const actual = format(args, 1e9);
    if (actual === expected) passed++;
    else if (failed++ < 5) {
      let at = 0;
      while (actual[at] === expected[at]) at++;
      console.log(`--- fuzz case ${i}, at ${at}\nexpected: ${JSON.stringify(expected.slice(Math.max(0, at - 200), at + 200))}\nactual:   ${JSON.stringify(actual.slice(Math.max(0, at - 200), at + 200))}`);
    }
  }
  return { passed, failed };
}
