// Values made to break the formatter: it must neither throw nor work without
// bounds. Runs in node and in qjs: `node console-hostile.js`, `qjs -m console-hostile.js`.

import { format, inspect } from '../runtime/inspect.js';

const out = typeof print === 'function' ? print : console.log;
let passed = 0;
let failed = 0;
function check(name, make, test, maxMs = 300) {
  let text;
  const args = make();
  const start = Date.now();
  try {
    text = format(args, check.maxChars);
  } catch (error) {
    failed++;
    out(`--- ${name}: threw ${error}`);
    return;
  }
  const ms = Date.now() - start;
  if (typeof text === 'string' && test(text) && ms <= maxMs) passed++;
  else {
    failed++;
    out(`--- ${name}: ${ms} ms, ${text.length} characters: ${text.slice(0, 300)}`);
  }
}
const any = () => true;
const is = (expected) => (text) => text === expected;
const cut = (text) => text.length < 65536 + 40 && text.endsWith('... cut at 65536 characters');
const boom = () => { throw new Error('boom'); };
const throwing = new Proxy({}, { get: () => boom });

// Throwing
check('throwing traps', () => [new Proxy({}, throwing)], is('[inspection failed]'));
check('throwing function traps', () => [new Proxy(() => {}, throwing), 'rest'], is('[inspection failed] rest'));
check('throwing traps, nested', () => [{ a: 1, p: new Proxy([], throwing), z: 2 }], is('{ a: 1, p: [inspection failed], z: 2 }'));
check('throwing prototype', () => [Object.create(new Proxy({}, throwing))], any);
check('throwing toString', () => ['%s|%d|%i|%f', ...Array(4).fill({ toString: boom, valueOf: boom })], is('[inspection failed]|NaN|NaN|NaN'));
check('toString to object', () => ['%s', { toString: () => ({}) }], is('[inspection failed]'));
check('throwing toJSON', () => ['%j', { toJSON: boom }], is('[inspection failed]'));
check('%j of a BigInt', () => ['%j', 1n], is('[inspection failed]'));
check('%d of null prototype', () => ['%d', Object.create(null)], is('NaN'));
check('throwing tag', () => [new (class A { get [Symbol.toStringTag]() { throw 1; } })()], is('A {}'));
check('tag not a string', () => [{ get [Symbol.toStringTag]() { return {}; } }], any);
check('throwing error fields', () => [Object.defineProperties(new Error('x'), { stack: { get: boom }, name: { get: boom }, message: { get: boom } })], any);
check('odd error fields', () => [Object.defineProperties(new Error('x'), { stack: { value: { toString: boom } }, name: { value: Symbol('n') }, message: { value: { toString: boom } } })], any);
check('revoked', () => { const r = Proxy.revocable([], {}); r.revoke(); return [r.proxy, '%s', r.proxy]; }, is('<Revoked Proxy> %s <Revoked Proxy>'));
check('%s of revoked', () => { const r = Proxy.revocable({}, {}); r.revoke(); return ['%s', r.proxy]; }, any);
check('getters not called', () => [{ get a() { return boom(); } }, Object.defineProperty([1], 0, { get: boom })], is('{ a: [Getter] } [ [Getter] ]'));
check('constructor getter', () => [Object.create({ get constructor() { return boom(); } })], is('{}'));
check('hasInstance', () => [Object.create({ constructor: Object.defineProperty(function X() {}, Symbol.hasInstance, { value: boom }) })], any);
check('name getter', () => [Object.defineProperty(() => {}, 'name', { get: boom })], is('[Function (anonymous)]'));
check('symbol as name', () => [Object.defineProperty(() => {}, 'name', { value: Symbol('s') })], any);
check('lying array length', () => [new Proxy([], { get: (t, k) => (k === 'length' ? Infinity : t[k]) })], any);
check('lying ownKeys', () => [new Proxy({}, { ownKeys: () => ['a', 'a2', Symbol.iterator], getOwnPropertyDescriptor: () => undefined })], any);
check('fake Map', () => [Object.create(Map.prototype), Object.setPrototypeOf({}, Promise.prototype), Object.create(RegExp.prototype)], any);
check('logs while logged', () => { const o = { toString() { return format(['%s', { toString: () => 'inner' }]); } }; return ['%s', o]; }, is('inner'));
check('endless recursion in toString', () => { const o = { toString: () => format(['%s', o]) }; return ['%s', o]; }, any, 3000);

// Without bounds
const manyKeys = (count) => { const o = {}; for (let i = 0; i < count; i++) o[`k${i}`] = i; return o; };
const deep = (levels, wrap) => { let v = 1; for (let i = 0; i < levels; i++) v = wrap(v); return v; };
check('long string', () => ['x'.repeat(1e7)], cut);
check('long string in object', () => [{ s: 'x\n'.repeat(5e6) }], any);
check('many arguments', () => Array(200000).fill('word'), cut);
check('%s long', () => ['%s%s', 'x'.repeat(1e7), 'x'.repeat(1e7)], cut);
check('many keys', () => [manyKeys(100000)], cut, 2000);
check('long array', () => [new Array(3e6).fill(7)], (t) => t.length < 2000);
check('long typed array', () => [new Uint8Array(3e7)], (t) => t.length < 2000);
check('long buffer', () => [new ArrayBuffer(3e7)], (t) => t.length < 2000);
check('sparse array', () => { const a = []; a.length = 4294967295; a[5] = 1; return [a]; }, is('[ <5 empty items>, 1, <4294967289 empty items> ]'));
check('long map', () => { const m = new Map(); for (let i = 0; i < 100000; i++) m.set(i, i); return [m]; }, (t) => t.length < 4000);
check('long boxed string', () => [new String('x'.repeat(3e6))], any);
check('deep', () => [deep(20000, (v) => ({ v }))], is('{ v: { v: { v: [Object] } } }'));
check('wide tree', () => { let v = 'leaf'; for (let i = 0; i < 3; i++) v = Array(100).fill(0).map(() => [v, v]); return [v]; }, any);
check('shared graph with %o', () => ['%o', deep(30, (v) => Array(100).fill(v))], cut, 2000);
check('shared graph with %j', () => ['%j', deep(60, (v) => [v, v])], is('[JSON too long]'), 500);
check('huge key', () => [{ ['\n'.repeat(3e6)]: 1 }], cut);
check('huge symbol', () => [Symbol('x'.repeat(3e6)), { [Symbol('\n'.repeat(1e6))]: 1 }], cut);
check('huge name', () => [Object.defineProperty(() => {}, 'name', { value: 'x'.repeat(3e6) })], cut);
check('huge tag', () => [Object.defineProperty({}, Symbol.toStringTag, { value: 'x'.repeat(3e6) })], cut);
check('huge stack', () => [Object.assign(new Error('e'), { stack: 'E\n'.repeat(2e6) })], cut);
check('huge BigInt', () => [1n << 1000000n, { b: -(1n << 1000000n) }], cut, 600);
check('endless prototypes', () => { const p = () => new Proxy({}, { getPrototypeOf: p }); return [p()]; }, any, 1000);
check('%o of endless prototypes', () => { const p = () => new Proxy({}, { getPrototypeOf: p }); return ['%o', p()]; }, any, 1000);
check('many causes', () => { let e = new Error('0'); for (let i = 0; i < 5000; i++) e = new Error(`${i}`, { cause: e }); return [e]; }, (t) => t.length < 3000);

// Budgets
for (const limit of [0, 1, 5, 20, 100]) {
  check.maxChars = limit;
  const mark = `... cut at ${limit} characters`;
  const withMark = (text) => text.length <= limit + mark.length && text.endsWith(mark);
  check(`limit ${limit}, string`, () => ['x'.repeat(limit + 1)], withMark);
  check(`limit ${limit}, fits`, () => ['x'.repeat(limit)], is('x'.repeat(limit)));
  check(`limit ${limit}, object`, () => [{ key: 'x'.repeat(limit), list: Array(200).fill(1) }], withMark);
  check(`limit ${limit}, arguments`, () => ['%s and %o', 'x'.repeat(limit), {}, 'more'], withMark);
}
check.maxChars = 5;
check('pair not split', () => ['abcd😀'], is('abcd... cut at 5 characters'));
check.maxChars = undefined;

// inspect()
const same = (name, actual, expected) => {
  if (actual === expected) passed++;
  else { failed++; out(`--- ${name}: ${actual}`); }
};
same('inspect string', inspect("it's"), `"it's"`);
same('inspect depth 0', inspect({ a: { b: 1 } }, { depth: 0 }), '{ a: [Object] }');
same('inspect depth null', inspect(deep(6, (v) => [v]), { depth: null }), '[\n  [\n    [\n      [ [ [ 1 ] ] ]\n    ]\n  ]\n]');
same('inspect maxChars', inspect([1, 2, 3], { maxChars: 4 }), '[ 1,... cut at 4 characters');
const veryDeep = inspect(deep(50000, (v) => ({ v })), { depth: Infinity });
same('inspect very deep', veryDeep.length > 1000 && veryDeep.length < 66000, true);

out(`${passed} passed, ${failed} failed`);
