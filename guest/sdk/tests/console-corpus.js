// What console.log is tried with. `source` is an expression giving the array of
// arguments. Optional marks:
//   needs: 'promiseState' | 'proxyDetails'  only equal with that hook injected
//   v8: true      the expected text holds in V8 only (engine-made names, order of
//                 hidden properties, what the other engine puts on functions)
//   tamper: false converts values by methods the tampering test overwrites
// `E(header, frames...)` in a source makes an Error with that exact stack.

const entries = [];
let group = '';
const add = (source, marks) => entries.push({ name: `${group} ${entries.length + 1}`, source, ...marks });

group = 'plain arguments';
add(`[]`);
add(`['text']`);
add(`['']`);
add(`['', 'b']`);
add(`['a', 'b', 'c']`);
add(`['it\\'s "raw" \\n text']`);
add(`[1, -0, 0, 1.5, NaN, -Infinity, 1e21, 1e-7]`);
add(`[true, false, null, undefined]`);
add(`[10n, -5n, 12345678901234567890n]`);
add(`[Symbol('a'), Symbol(), Symbol.iterator, Symbol.for('x y')]`);
add(`[5, '%s', 'a']`);
add(`['text', { a: 'quoted' }, 'raw', ['q']]`);

group = 'directives';
add(`['%s']`);
add(`['%%']`);
add(`['%%', 'a']`);
add(`['%%%s%%', 'a']`);
add(`['%%s', 'a']`);
add(`['%s%', 'a']`);
add(`['100%', 'a']`);
add(`['%', 'a']`);
add(`['%x %s', 'a']`);
add(`['%s %s', 'a']`);
add(`['%s', 'a', 'b', { a: 'x' }]`);
add(`['a %s b %d c', 'x', 5, 'rest', 7]`);
add(`['%s %s %s %s', -0, 5n, Symbol('x'), true]`);
add(`['%s %s', null, undefined]`);
add(`['%s', () => 5]`);
add(`['%s', function named(a, b) { return a; }]`);
add(`['%s', class A { x = 1 }]`);
add(`['%s', { a: { b: 1 } }]`);
add(`['%s', [1, [2, [3]], 'a', { b: 1 }]]`);
add(`['%s', { toString() { return 'hi'; } }]`);
add(`['%s', Object.create({ toString() { return 'inherited'; } })]`);
add(`['%s', { toString: 5 }]`);
add(`['%s', Object.create({ toString: null })]`);
add(`['%s', { [Symbol.toPrimitive]() { return 'prim'; } }]`);
add(`['%s', new (class A { toString() { return 'A!'; } })()]`);
add(`['%s', new (class B extends (class A { toString() { return 'A!'; } }) {})()]`);
add(`['%s', new (class A extends Map {})()]`);
add(`['%s', new (class A { x = { y: {} } })()]`);
add(`['%s', Object.create(null)]`);
add(`['%s %s', new Date(0), new Date(NaN)]`);
add(`['%s', new (class A extends Date {})(0)]`);
add(`['%s %s', new Number(5), new String('abc')]`);
add(`['%s', /x/g]`);
add(`['%s', E('Error: boom', 'at f (a.js:1:2)')]`);
add(`['%s', new Map([[1, { a: 1 }]])]`);
add(`['%s', (function () { return arguments; })(1)]`);
add(`['%s', Object.assign(() => 1, { toString() { return 'F'; } })]`);
add(`['%d %d %d %d', 42, '0x10', '', 'x']`);
add(`['%d %d %d', null, undefined, true]`);
add(`['%d %d', 5n, Symbol('a')]`);
add(`['%d', {}]`, { tamper: false });
add(`['%d', new Date(5)]`, { tamper: false });
add(`['%d %d', -0, 1e21]`);
add(`['%i %i %i %i', 42.9, -0.5, 'x', '12px']`);
add(`['%i %i %i', 5n, Symbol(), 1e21]`);
add(`['%i', {}]`, { tamper: false });
add(`['%f %f %f %f', '1.5x', 2, 5n, Symbol()]`);
add(`['%f %f', -0, '']`);
add(`['%j', { a: [1, 'x', null, undefined], b() {} }]`);
add(`['%j %j %j', undefined, () => 1, 'text']`);
add(`['%j', ref((o) => { o.self = o; })]`);
add(`['%j', { toJSON() { return { made: 1 }; } }]`);
add(`['%c styled %c text', 'color: red', '']`);
add(`['%O', { a: { b: { c: { d: 1 } } } }]`);
add(`['%O %O', 'text', [1, 'x']]`);
add(`['%o', { a: 1, get b() { return 1; }, set c(v) {} }]`);
add(`['%o', [1, 2, [3]]]`);
add(`['%o', [1, , 3], '%o']`);
add(`['%o', { a: { b: { c: { d: { e: { f: 1 } } } } } }]`);
add(`['%o', Object.defineProperty({ a: 1 }, 'hidden', { value: 2 })]`);
add(`['%o', Object.defineProperty({}, Symbol('hidden'), { value: 2 })]`);
add(`['%o', () => 1]`);
add(`['%o', function foo() {}]`, { v8: true });
add(`['%o', class A { static x = 1 }]`, { v8: true });
add(`['%o', { f() {} }]`);
add(`['%o', new (class A { get x() { return 1; } m() {} y = 1 })()]`);
add(`['%o', new (class B extends (class A { get a() { return 1; } }) { get b() { return 2; } })()]`);
add(`['%o', Object.create({ a: 1, f() {} })]`);
add(`['%o %o', new Map([[1, 2]]), new Set([1])]`);
add(`['%o', [new Date(0), new Map([[{ a: 1 }, new Set([1])]])]]`);
add(`['%o', /x/g]`);
add(`['%o', new Uint8Array(2)]`);
add(`['%o', new Float64Array([1.5, -0])]`);
add(`['%o', new ArrayBuffer(2)]`);
add(`['%o', new DataView(new ArrayBuffer(3))]`);
add(`['%o %o', new String('abc'), new Number(1)]`);
add(`['%o', 'text']`);
add(`['%o', E('Error: x', 'at f (a.js:1:2)')]`, { v8: true });
add(`['%o', new Proxy({ a: 1 }, { get() {} })]`, { needs: 'proxyDetails' });
add(`['%o', { p: new Proxy([1], {}) }]`, { needs: 'proxyDetails' });

group = 'strings inside';
add(`[['plain', "it's", '"both\\'"', '\`all\\'"', '\${x}\\'"', '']]`);
add(`[['\\n\\t\\b\\f\\r\\v\\0\\x1b\\\\ \\x7f \\x9f \\xa0']]`);
add(`[['\\ud83d', '\\ude00', '\\ud83d\\ude00', '\\ud83dx', 'x\\ude00']]`);
add(`[['ünï', '你好', '\\u2028']]`);
add(`[{ s: 'x'.repeat(200) }]`);
add(`[['x'.repeat(10001)]]`);
add(`[['x'.repeat(10500)]]`);
add(`[{ s: 'line one of the text\\nline two of the text\\nline three of the text, longer than that' }]`);
add(`[{ s: 'line one of the text\\nline two of the text\\nline three, with an end, of some length\\n' }]`);
add(`[{ a: { s: 'no break before the end of this quite long line, at the end only\\n', t: 'a\\nb' } }]`);
add(`[['a\\nb'], 'a\\nb']`);

group = 'objects';
add(`[{}]`);
add(`[{ a: 1, b: 'x', c: true, d: null, e: undefined }]`);
add(`[{ a: { b: { c: {} } } }]`);
add(`[{ a: { b: { c: { d: 1 } } } }]`);
add(`[{ a: { b: { c: [] } } }, { a: { b: { c: [1] } } }]`);
add(`[{ a: { b: { c: new Map([[1, 2]]), d: new Map(), e: new Set([1]), f: new Date(0), g: /x/ } } }]`);
add(`[{ a: { b: { c: new (class Foo { x = 1 })(), d: new (class Foo {})() } } }]`);
add(`[{ a: { b: { c: Object.assign(Object.create(null), { x: 1 }), d: () => 1, e: Object.assign(() => 1, { p: 1 }) } } }]`);
add(`[{ a: { b: { c: new Uint8Array(3), d: new ArrayBuffer(1), e: Object.assign(/x/, { y: 1 }), f: new Number(3) } } }]`);
add(`[{ 'a-b': 1, 'a b': 2, 1: 3, '': 4, "it's": 5, $d: 6, _u: 7, ünï: 8, '1a': 9, 'a\\nb': 10, ['__proto__']: 11 }]`);
add(`[{ [Symbol('s')]: 1, [Symbol("it's\\n")]: 2, [Symbol()]: { a: 1 } }]`);
add(`[Object.defineProperty({ a: 1 }, Symbol('hidden'), { value: 1 })]`);
add(`[{ get a() { throw new Error('no'); }, set b(v) {}, get c() { return 1; }, set c(v) {} }]`);
add(`[{ f() {}, g: () => {}, h: class {}, async i() {}, *j() {}, async *k() {} }]`);
add(`[{ aaaaaaaaaaaaaaaaaaaa: 1, bbbbbbbbbbbbbbbbbbbbbb: 2, cccccccccccccccccccc: 3, dddd: 4 }]`);
add(`[{ aaaaaaaaaaaaaaaaaaaa: 1, bbbbbbbbbbbbbbbbbbbbbb: 2, cccccccccccccccccccc: 3, dddddddddd: 4 }]`);
add(`[{ a: { b: { c: 1 } }, d: [[[1]]] }, { a: [{ b: [{}] }] }]`);
add(`[{ a: 1, nested: { long: 'some long text that takes room', other: 'more text that takes room', c: 1 } }]`);
add(`[Object.create(null), Object.assign(Object.create(null), { a: 1 })]`);
add(`[Object.create({}), Object.create({ a: 1 }), Object.create(Object.create(null))]`);
add(`[Object.create(Object.create(null, { a: { value: 1, enumerable: true } }))]`);
add(`[Object.create(Object.create(Object.create(null)))]`);
add(`[{ constructor: 'x' }, { constructor: class Foo {} }]`);
add(`[Object.fromEntries(Array.from({ length: 120 }, (_, i) => ['k' + i, i]))]`);
add(`[{ a: 1n, b: -0, c: Symbol('q'), d: NaN }]`);
add(`[JSON.parse('{"a":[{"id":1,"tags":["x","y"]},{"id":2,"tags":[]}],"total":2}')]`);
add(`[(function () { return arguments; })(1, 'b')]`);
add(`[(function () { return arguments; })()]`);
add(`[Math, JSON, Reflect].map((o) => [Object.prototype.toString.call(o)])`);
add(`[Math, JSON]`);

group = 'circular';
add(`[ref((o) => { o.self = o; })]`);
add(`[ref((o) => { o.a = { b: o }; o.c = [o, { o }]; })]`);
add(`[ref((o) => { o.x = ref((p) => { p.p = p; p.o = o; }); })]`);
add(`[ref((o) => { o.list = []; o.list.push(o.list, o); })]`);
add(`[ref((o) => { o.m = new Map([[o, o]]); o.s = new Set([o]); })]`);
add(`[ref((o) => { o.f = Object.assign(() => 1, { o }); o.f.f = o.f; })]`);
add(`[(() => { const a = []; a[0] = a; a[1] = [a]; return a; })()]`);
add(`[(() => { const m = new Map(); m.set('m', m); return m; })(), (() => { const s = new Set(); s.add(s); return s; })()]`);
add(`[(() => { class N { constructor() { this.me = this; } } return new N(); })()]`);
add(`[(() => { const shared = { s: 1 }; return { a: shared, b: shared, c: [shared, shared] }; })()]`);

group = 'arrays';
add(`[[]]`);
add(`[[1, 2, 3], ['a', 'b'], [null, undefined], [true]]`);
add(`[[[]], [[[]]], [[[[]]]], [[[[1]]]]]`);
add(`[[,], [, 1], [1, , , 2, , ,], new Array(5), new Array(1)]`);
add(`[Object.assign(new Array(3), { a: 1 })]`);
add(`[Object.assign([1, 2, 3], { a: 1, '-1': 2, [Symbol('x')]: 3, '01': 4 })]`);
add(`[Object.assign([], { a: 1 })]`);
add(`[Object.defineProperty([1, 2], '0', { get() { return 1; } })]`);
add(`[Array.from({ length: 7 }, (_, i) => i)]`);
add(`[Array.from({ length: 30 }, (_, i) => i * 37)]`);
add(`[Array.from({ length: 100 }, (_, i) => i)]`);
add(`[Array.from({ length: 101 }, (_, i) => i)]`);
add(`[Array.from({ length: 250 }, (_, i) => i - 100.5)]`);
add(`[Array.from({ length: 30 }, (_, i) => 'item' + i)]`);
add(`[Array.from({ length: 120 }, (_, i) => 'x'.repeat(i % 7))]`);
add(`[Array.from({ length: 20 }, (_, i) => 'x'.repeat(i * 3))]`);
add(`[Array.from({ length: 10 }, (_, i) => BigInt(i) ** 10n)]`);
add(`[Array.from({ length: 10 }, (_, i) => (i % 3 ? i : 's' + i))]`);
add(`[Array.from({ length: 10 }, (_, i) => ({ i }))]`);
add(`[Array.from({ length: 8 }, (_, i) => [i, i * i])]`);
add(`[Array.from({ length: 8 }, () => null), Array.from({ length: 8 }, (_, i) => i % 2 === 0)]`);
add(`[{ deep: { list: Array.from({ length: 40 }, (_, i) => i * 1000) } }]`);
add(`[Object.assign(Array.from({ length: 10 }, (_, i) => i), { extra: 1 })]`);
add(`[Object.assign(Array.from({ length: 110 }, (_, i) => i), { extra: 1 })]`);
add(`[(() => { const a = [1]; a[1e6] = 2; return a; })()]`);
add(`[(() => { const a = []; a[4294967294] = 'last'; a.x = 1; return a; })()].slice(0, 0).concat(['sparse'])`);
add(`[(() => { const a = []; for (let i = 0; i < 150; i++) a[i * 2] = i; return a; })()]`);
add(`[(() => { const a = []; for (let i = 0; i < 150; i++) a[i * 200] = i; return a; })()]`);
add(`[(() => { const a = Array.from({ length: 99 }, () => 0); a.length = 200; return a; })()]`);
add(`[(() => { const a = Array.from({ length: 100 }, () => 0); a.length = 20000; return a; })()]`);
add(`[['你好', 'b', 'c', 'd', '你', 'f', 'g', 'h'], ['é', 'e\\u0301', '👍', 'x', 'y', 'z', '1']]`);
add(`[new (class Foo extends Array {})(3), new (class Foo extends Array {})()]`);
add(`[Array.from({ length: 7 }, (_, i) => 'line\\n' + i)]`);

group = 'maps and sets';
add(`[new Map(), new Set()]`);
add(`[new Map([[1, 2], ['a', { b: 1 }], [{ k: 1 }, [1]]])]`);
add(`[new Map([['a', new Map([['b', new Map([['c', new Map([[1, 2]])]])]])]])]`);
add(`[new Set([1, 'a', [1, 2], { a: 1 }, new Set([1])])]`);
add(`[new Set(Array.from({ length: 30 }, (_, i) => i))]`);
add(`[new Set(Array.from({ length: 120 }, (_, i) => i))]`);
add(`[new Map(Array.from({ length: 120 }, (_, i) => [i, i]))]`);
add(`[Object.assign(new Map([[1, 2]]), { a: 1 }), Object.assign(new Set(), { [Symbol('a')]: 1 })]`);
add(`[new (class Foo extends Map {})([[1, 2]]), new (class extends Set {})()]`);
add(`[new WeakMap(), new WeakSet(), new (class W extends WeakSet {})()]`);
add(`[new WeakRef({}), new FinalizationRegistry(() => {})]`);
add(`[[1][Symbol.iterator](), 'a'[Symbol.iterator](), 'a'.matchAll(/a/g), (function* () {})(), (async function* () {})()]`);

group = 'dates and regular expressions';
add(`[new Date(0), new Date(NaN), [new Date(1e12)], { d: new Date(-1e15) }]`);
add(`[Object.assign(new Date(0), { a: 1 }), new (class A extends Date {})(0)]`);
add(`[/a/, /[/]\\n"/gimsuy, new RegExp(''), new RegExp('/', 'd'), /a/v]`);
add(`[Object.assign(/x/g, { a: 1 }), new (class R extends RegExp {})('x')]`);

group = 'errors';
add(`[E('Error: boom', 'at f (a.js:1:2)', 'at g (b.js:3:4)')]`);
add(`[E('Error: boom')]`);
add(`[E('Error')]`);
add(`[{ e: E('Error: boom', 'at f (a.js:1:2)') }, [E('Error: in list')]]`);
add(`[{ a: { e: E('Error: one\\ntwo', 'at f (a.js:1:2)') } }]`);
add(`[{ a: { b: { c: Object.assign(E('Error: boom'), { p: 1 }) } } }]`);
add(`[E(TypeError, 'TypeError: bad', 'at f (a.js:1:2)'), E(RangeError, 'RangeError: r')]`);
add(`[Object.assign(E('Error: boom', 'at f (a.js:1:2)'), { code: 'E_BOOM', errno: -2 })]`);
add(`[Object.assign(E('Error: boom', 'at f (a.js:1:2)'), { name: 'Foo', message: 'other' })]`);
add(`[Object.assign(E('Error: boom', 'at f (a.js:1:2)'), { name: 'Error', message: 'boom' })]`);
add(`[ref((o) => o, E('Error: boom', 'at f (a.js:1:2)', { cause: 'why' }))]`);
add(`[E('Error: outer', 'at f (a.js:1:2)', { cause: E('Error: inner', 'at g (b.js:3:4)') })]`);
add(`[E('Error: outer', 'at f (a.js:1:2)', { cause: E('Error: mid', 'at g (b.js:3:4)', { cause: E('Error: inner', { cause: 1 }) }) })]`);
add(`[E('Error: no cause', { cause: undefined }), E('Error: x', { cause: { a: 1 } })]`);
add(`[Object.assign(E('Error: x', 'at f (a.js:1:2)', { cause: 1 }), { cause: 2 })]`);
add(`[(() => { const e = new AggregateError([1, new Map()], 'many'); e.stack = 'AggregateError: many\\n    at f (a.js:1:2)'; return e; })()]`);
add(`[E(class ValidationError extends Error {}, 'Error: a', 'at f (a.js:1:2)')]`);
add(`[E(class Foo extends Error {}, 'Error: a', 'at f (a.js:1:2)')]`);
add(`[E(class Foo extends TypeError {}, 'TypeError: a', 'at f (a.js:1:2)')]`);
add(`[E(class Foo extends Error { get name() { return 'Bar'; } }, 'Bar: a', 'at f (a.js:1:2)')]`);
add(`[E(class FooError extends Error { constructor(m) { super(m); this.name = 'FooError'; } }, 'Error: a', 'at f (a.js:1:2)')]`);
add(`[E(class FooError extends Error { name = 'FooError' }, 'FooError: a', 'at f (a.js:1:2)')]`);
add(`[ref((o) => o, E('Error: x')), Object.assign(E('Error: x'), { stack: 'custom text' })]`);
add(`[Object.assign(E('Error: a'), { stack: undefined }), Object.assign(E('Error: a'), { stack: '' }), Object.assign(E('Error: a'), { stack: 5 })]`);
add(`[Object.setPrototypeOf(E('Error: a', 'at f (a.js:1:2)'), null)]`);
add(`[Object.create(Error.prototype)]`);
add(`[Error.prototype]`);
add(`[ref((o) => o, (() => { const e = E('Error: a', 'at f (a.js:1:2)'); e.self = e; return e; })())]`);
add(`[ref((o) => { o.e = Object.assign(E('Error: a'), { o, [Symbol.toStringTag]: 'T' }); })]`);

group = 'functions and classes';
add(`[function f() {}, () => {}, async () => {}, function* g() {}, async function* h() {}]`);
add(`[class {}, class A {}, class B extends Map {}, class extends Object {}, class N extends null {}]`);
add(`[Object.assign(function f() {}, { a: 1, b: { c: 1 } }), Object.assign(class A {}, { a: 1 })]`);
add(`[class A { static x = 1; static #y = 2; static m() {} }]`);
add(`[Object.setPrototypeOf(function f() {}, null), Object.setPrototypeOf(class A {}, null)]`);
add(`[Math.max, Map, Symbol, Proxy, (function () {}).bind(), (function ff() {}).bind()]`);
add(`[Object.freeze(function f() {}), function classy() {}, { class() {} }, { classX() {} }]`);
add(`[Object.assign(() => {}, { [Symbol.toStringTag]: 'T' }), Object.defineProperty(() => {}, Symbol.toStringTag, { value: 'T' })]`);
add(`[Object.defineProperty(class A {}, Symbol.toStringTag, { value: 'T' }), new (class Foo extends Function {})()]`);
add(`[Object.defineProperty(function () {}, 'name', { value: 5 })].length`.replace(/^/, '[').replace(/$/, ']'));

group = 'instances and tags';
add(`[new (class Foo {})(), new (class Foo { a = 1 })(), new (class {})(), new (class { a = 1 })()]`);
add(`[new (class B extends (class A {}) {})(), new (class extends (class A {}) {})()]`);
add(`[new (class Foo { #p = 1; get x() { return 1; } })()]`);
add(`[(() => { function Old() { this.a = 1; } Old.prototype.x = 1; return new Old(); })()]`);
add(`[(() => { class A {} A.prototype.constructor = null; return new A(); })(), (() => { class A {} delete A.prototype.constructor; return new A(); })()]`);
add(`[new (class Foo { get [Symbol.toStringTag]() { return 'bar'; } })(), new (class { get [Symbol.toStringTag]() { return 'T'; } })()]`);
add(`[new (class Foo { get [Symbol.toStringTag]() { return 'Foo'; } })()]`);
add(`[{ [Symbol.toStringTag]: 'T', a: 1 }, Object.defineProperty({}, Symbol.toStringTag, { value: 'Q' }), { [Symbol.toStringTag]: '' }]`);
add(`[Object.create(null, { [Symbol.toStringTag]: { value: 'Z' } })]`);
add(`[{ a: { b: { c: new (class Foo { x = 1; get [Symbol.toStringTag]() { return 'bar'; } })() } } }]`);
add(`[Object.create(class A {}.prototype), class A {}.prototype, Map.prototype, Object.create(Map.prototype)]`);
add(`[Object.prototype, Array.prototype, Promise.prototype]`, { tamper: false });
add(`[Object.setPrototypeOf([1], null), Object.setPrototypeOf(new Map([[1, 2]]), null), Object.setPrototypeOf(new Set([1]), null)]`);
add(`[Object.setPrototypeOf(new Date(0), null), Object.setPrototypeOf(new Number(3), null), Object.setPrototypeOf(new String('q'), null)]`);
add(`[Object.setPrototypeOf(new Uint8Array(2), null), Object.setPrototypeOf(new WeakMap(), null)]`);

group = 'boxed';
add(`[new Number(3), new Number(-0), new Boolean(false), new String('abc'), Object(1n), Object(Symbol('a'))]`);
add(`[Object.assign(new String('abc'), { x: 1 }), Object.assign(new Number(3), { x: 1 })]`);
add(`[new (class A extends Number {})(3), new (class B extends String {})('x')]`);
add(`[{ s: new String("it's"), n: [new Number(1)] }]`);

group = 'binary';
add(`[new Uint8Array(3), new Int16Array([1, -2]), new Float32Array([1.5]), new BigInt64Array([1n, -1n]), new Uint8ClampedArray()]`);
add(`[new Uint8Array(200)]`);
add(`[new Float64Array([-0, NaN, Infinity, 1e300, 1, 2, 3, 4])]`);
add(`[new BigUint64Array(12).map((_, i) => BigInt(i) * 1000n)]`);
add(`[Object.assign(new Uint8Array(2), { x: 1 }), Object.assign(new Uint8Array(0), { x: 1 })]`);
add(`[new (class Foo extends Uint8Array {})(2)]`);
add(`[new ArrayBuffer(0), new ArrayBuffer(4), new Uint8Array([1, 255, 16]).buffer]`);
add(`[new Uint8Array(120).buffer]`);
add(`[Object.assign(new ArrayBuffer(1), { x: 1 }), new SharedArrayBuffer(2)]`);
add(`[new DataView(new ArrayBuffer(4), 1, 2)]`);
add(`[{ a: { b: new DataView(new ArrayBuffer(1)) } }]`);

group = 'promises';
add(`[new Promise(() => {})]`, { needs: 'promiseState' });
add(`[Promise.resolve(1), Promise.resolve({ a: { b: { c: 1 } } })]`, { needs: 'promiseState' });
add(`[quiet(Promise.reject('why')), quiet(Promise.reject({ a: 1 }))]`, { needs: 'promiseState' });
add(`[Object.assign(Promise.resolve(1), { x: 1 })]`, { needs: 'promiseState' });
add(`[{ p: [Promise.resolve('x')] }, new (class Foo extends Promise {})(() => {})]`, { needs: 'promiseState' });

group = 'proxies';
add(`[new Proxy({ a: 1 }, {}), new Proxy([1, 2], {}), { p: new Proxy({ x: { y: 1 } }, {}) }]`);
add(`[new Proxy(function foo() {}, {}), new Proxy(new Proxy({ a: 1 }, {}), {})]`);
add(`[new Proxy(class A {}, {})]`, { needs: 'proxyDetails' });
add(`[new Proxy(new Map([[1, 2]]), {}), new Proxy(new Date(0), {})]`, { needs: 'proxyDetails' });
add(`[new Proxy({ a: 1 }, { ownKeys() { throw new Error('no'); }, getPrototypeOf() { throw new Error('no'); } })]`, { needs: 'proxyDetails' });
add(`[new Proxy({ a: 1 }, { get() { throw new Error('no'); }, getOwnPropertyDescriptor() { return undefined; } })]`, { needs: 'proxyDetails' });
add(`(() => { const a = Proxy.revocable({}, {}); const b = Proxy.revocable(() => {}, {}); a.revoke(); b.revoke(); return [a.proxy, [b.proxy]]; })()`);
add(`['%s %s', new Proxy({ a: 1 }, {}), new Proxy({ toString() { return 'P'; } }, {})]`, { tamper: false });

group = 'layout';
add(`[{ a: 1, b: { c: 2, d: { e: 3 } } }]`);
add(`[{ a: 1, b: { c: 2, d: { e: { f: {} } } } }, { x: [[[1]]], y: { z: [{ q: 1 }] } }]`);
add(`[[['a', ['b', ['c', ['d']]]]]]`);
add(`[Array.from({ length: 4 }, (_, i) => ({ id: i, name: 'name ' + i, tags: ['a', 'b'] }))]`);
add(`[{ method: 'GET', url: 'https://example.com/path?query=1', headers: { accept: '*/*', 'user-agent': 'x' } }]`);
add(`[{ key: 'x'.repeat(60) }, { key: 'x'.repeat(66), b: 1 }, ['x'.repeat(70)]]`);
add(`[{ 'long key that takes a lot of room on the line': { 'another long key in it': { c: 1 } } }]`);
add(`[new Map([['key', { a: 'x'.repeat(40), b: 'y'.repeat(40) }]]), new Set([{ a: 'x'.repeat(40), b: 'y'.repeat(40) }])]`);
add(`[Array.from({ length: 26 }, (_, i) => ({ [String.fromCharCode(97 + i)]: i }))]`);
add(`[Array.from({ length: 10 }, (_, i) => 1 / (i + 1))]`);
add(`[[undefined, null, 1, 'two', 3n, true, -0, NaN, Symbol('s')]]`);

export const corpus = entries;

// What the sources may use; make it with makeHelpers() in the realm under test.
export function makeHelpers() {
  /** A fresh object (or `start`) after `change` had it. */
  const ref = (change, start = {}) => { change(start); return start; };
  /** E([Class,] 'Name: message', 'at frame'..., [{ cause }]): an error with that stack. */
  const E = (...parts) => {
    const Class = typeof parts[0] === 'function' ? parts.shift() : Error;
    const options = typeof parts[parts.length - 1] === 'object' ? parts.pop() : undefined;
    const header = parts.shift();
    const colon = header.indexOf(': ');
    const error = new Class(colon === -1 ? '' : header.slice(colon + 2), options);
    const stack = [header, ...parts.map((frame) => `    ${frame}`)].join('\n');
    Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true, enumerable: false });
    return error;
  };
  /** The promise, its rejection taken care of. */
  const quiet = (promise) => { promise.catch(() => {}); return promise; };
  return { ref, E, quiet };
}

/** Evaluates the source of an entry to its array of arguments. */
export function evaluateEntry(entry, helpers) {
  return new Function('ref', 'E', 'quiet', `return (${entry.source});`)(helpers.ref, helpers.E, helpers.quiet);
}
