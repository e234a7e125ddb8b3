//! Scripts that mean harm. Whatever they do, a run ends in one of the ways that the contract names as the script's doing, and
//! the sandbox answers the next plain script.

use arbex::sandbox::{Sandbox, SandboxSettings};
use serde_json::{Value, json};

use crate::support::{MIB, assert_serves, envelope_of, request, sandbox_settings};

/// How an attack must end.
enum Ends {
    /// With this output.
    Returns(Value),
    /// With this reason.
    Fails(&'static str),
    /// With one of these reasons: which comes first is the machine's.
    FailsOneOf(&'static [&'static str]),
}
use Ends::{Fails, FailsOneOf, Returns};

struct Attack {
    name: &'static str,
    /// The body of `async function run(ctx)`.
    body: &'static str,
    ends: Ends,
}

fn attack(name: &'static str, ends: Ends, body: &'static str) -> Attack {
    Attack { name, body, ends }
}

/// One input, so that the readers can be attacked as well.
const TABLE: &str = "a,b\n1,2\n3,4\n";

const MEMORY_MB: u64 = 256;

/// What is wrong with how it ended, if anything.
async fn check(sandbox: &Sandbox, attack: &Attack) -> Option<String> {
    let Attack { name, body, ends } = attack;
    let mut request = request(&format!("async function run(ctx) {{\n{body}\n}}"));
    // Soon for those that only time ends, late for the others: the machine may be busy.
    let ends_by_time = match ends {
        Returns(_) => false,
        Fails(reason) => *reason == "timeout",
        FailsOneOf(reasons) => reasons.contains(&"timeout"),
    };
    request["configuration"]["timeoutMs"] = json!(if ends_by_time { 500 } else { 60_000 });
    request["configuration"]["maxMemoryMb"] = json!(MEMORY_MB);
    request["inputs"] = json!([{ "descriptor": { "outputId": 1 }, "content": { "text": TABLE } }]);
    let envelope = envelope_of(sandbox, &request).await;
    assert_serves(sandbox, name).await;

    let (status, output) = (&envelope["status"], &envelope["output"]);
    let is_so = match ends {
        Returns(expected) => status == "SUCCESS" && output == expected,
        Fails(reason) => status == "ERROR" && output["reason"] == *reason,
        FailsOneOf(reasons) => status == "ERROR" && reasons.iter().any(|reason| output["reason"] == *reason),
    };
    // Whatever a script says of itself leaves in a text that somebody can read.
    let is_short = output.to_string().len() < 200 * 1024;
    let shown: String = output.to_string().chars().take(400).collect();
    (!is_so || !is_short).then(|| format!("{name}: {status} {shown}\n"))
}

fn sandbox() -> Sandbox {
    // Slots that leak would be used up at once.
    let settings = SandboxSettings { slots: 1, max_memory_bytes: MEMORY_MB * MIB, ..sandbox_settings() };
    Sandbox::new(settings).unwrap()
}

async fn check_all(attacks: Vec<Attack>) {
    let sandbox = sandbox();
    let mut faults = String::new();
    for attack in &attacks {
        faults.extend(check(&sandbox, attack).await);
    }
    assert!(faults.is_empty(), "{faults}");
    assert_eq!((sandbox.gate().busy, sandbox.memory_in_use_bytes()), (0, 0));
}

#[tokio::test]
async fn a_realm_in_ruins_still_answers() {
    check_all(vec![
        attack("JSON.stringify replaced", Returns(json!({ "a": 1 })), "JSON.stringify = () => '{\"forged\":1}'; return { a: 1 };"),
        attack("JSON gone", Returns(json!([1])), "delete globalThis.JSON; return [1];"),
        attack("JSON.stringify throws", Returns(json!(1)), "Object.defineProperty(JSON, 'stringify', { get() { throw 1; } }); return 1;"),
        attack("Promise replaced", Returns(json!("kept")), "globalThis.Promise = class { then() { throw 1; } }; return 'kept';"),
        attack("Promise.resolve replaced", Returns(json!(7)), "Promise.resolve = () => { throw 1; }; return { then(done) { done(7); } };"),
        attack("then replaced", Returns(json!(7)), "Promise.prototype.then = () => { throw new Error('never'); }; return 7;"),
        attack("then as a getter", Returns(json!(7)), "Object.defineProperty(Promise.prototype, 'then', { get() { throw 1; } }); return 7;"),
        attack("species", Returns(json!(3)), "class Odd extends Promise { static get [Symbol.species]() { throw new Error('species'); } } return Promise.resolve(3);"),
        attack("constructor of a promise", Returns(json!(3)), "const p = Promise.resolve(3); p.constructor = { [Symbol.species]: 7 }; Object.defineProperty(p, 'constructor', { get() { return Promise; } }); return p;"),
        attack("species of arrays", Returns(json!([["1", "2"]])), "Object.defineProperty(Array, Symbol.species, { get() { throw 1; } }); const r = await ctx.inputs.latest.openTabularReader(); const row = await r.readRow(); return [[row.a, row.b]];"),
        attack("setter at index 0", Returns(json!(["1", "3"])), "
            Object.defineProperty(Array.prototype, 0, { set() { throw new Error('index'); }, get() { return 'forged'; }, configurable: true });
            const reader = await ctx.inputs.latest.openTabularReader();
            const one = await reader.readRow(), two = await reader.readRow();
            delete Array.prototype[0];
            return [one.a, two.a];"),
        attack("setters at many indices", Returns(json!(["1", "3"])), "
            for (let i = 0; i < 100; i++) Object.defineProperty(Array.prototype, i, { set() { throw new Error('index'); }, configurable: true });
            const reader = await ctx.inputs.latest.openTabularReader();
            const rows = await reader.readRows(2);
            console.log({ rows }, [1, 2], new Map([[1, 2]]));
            setTimeout(() => {}, 1);
            for (let i = 0; i < 100; i++) delete Array.prototype[i];
            return [rows[0].a, rows[1].a];"),
        attack("setters named like headers", Returns(json!([["1", "2"], "own"])), "
            for (const name of ['a', 'b', 'kind', 'headers', 'table', 'delimiter', 'value', 'done', 'then', 'get', 'set'])
              Object.defineProperty(Object.prototype, name, { __proto__: null, set() { throw new Error(name); }, get() { return undefined; }, configurable: true });
            const row = await (await ctx.inputs.latest.openTabularReader({})).readRow();
            return [Object.values(row), Object.hasOwn(row, 'a') ? 'own' : 'lost'];"),
        attack("values on Object.prototype", Returns(json!([[",", "tabular"], "a"])), "
            Object.assign(Object.prototype, { delimiter: ';', inputFormat: 'json', open: true, ended: true, length: 9, then: undefined });
            const reader = await ctx.inputs.latest.openTabularReader({ delimiter: ',', inputFormat: 'csv' });
            return [[',', reader.kind], reader.headers[0]];"),
        attack("toJSON on Object.prototype", Returns(json!("forged")), "Object.prototype.toJSON = () => 'forged'; return { a: 1 };"),
        attack("toString on Object.prototype", Fails("script_error"), "Object.prototype.toString = () => { throw 1; }; throw { a: 1 };"),
        attack("Object.defineProperty replaced", Returns(json!("1")), "Object.defineProperty = Reflect.defineProperty = () => { throw 1; }; const r = await ctx.inputs.latest.openTabularReader(); const row = await r.readRow(); r.dispose(); return row.a;"),
        attack("Object.freeze replaced", Returns(json!(true)), "Object.freeze = (o) => o; return Object.isFrozen(ctx.session) && Object.isFrozen(ctx.inputs);"),
        attack("iterators replaced", Returns(json!(["1", "3"])), "
            Array.prototype[Symbol.iterator] = function* () { yield 'forged'; };
            Object.getPrototypeOf([].values()).next = () => { throw 1; };
            const rows = [];
            for await (const row of await ctx.inputs.latest.openTabularReader()) rows.push(row.a);
            console.log(rows, new Set([1]), 'x');
            return rows;"),
        attack("Map and Reflect replaced", Returns(json!(["1", "fired"])), "
            const { ownKeys } = Reflect;
            for (const holder of [Map.prototype, WeakMap.prototype, WeakSet.prototype, Reflect, Function.prototype])
              for (const name of ownKeys(holder)) if (!['constructor', 'caller', 'arguments', Symbol.hasInstance].includes(name)) try { holder[name] = () => { throw new Error('replaced'); }; } catch {}
            const reader = await ctx.inputs.latest.openTabularReader();
            const row = await reader.readRow();
            const fired = await new Promise((done) => { setTimeout(done, 1, 'fired'); });
            return [row.a, fired];"),
        attack("String.prototype replaced", Fails("script_error"), "for (const name of Object.getOwnPropertyNames(String.prototype)) if (name !== 'length') String.prototype[name] = () => { throw 1; }; console.log('%s', 'a', { b: 'c' }); throw new Error('told');"),
        attack("everything deleted", Returns(json!("alive")), "const { deleteProperty, ownKeys } = Reflect, all = globalThis; for (const name of ownKeys(all)) deleteProperty(all, name); return 'alive';"),
        attack("every prototype emptied", Returns(json!({ "a": [1] })), "
            const { ownKeys, deleteProperty } = Reflect;
            const holders = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Promise.prototype, Error.prototype, Map.prototype, Number.prototype];
            for (let i = 0; i < holders.length; i++) for (let keys = ownKeys(holders[i]), k = 0; k < keys.length; k++) deleteProperty(holders[i], keys[k]);
            return { a: [1] };"),
        attack("run takes itself away", Returns(json!("first")), "globalThis.run = () => 'second'; return 'first';"),
        attack("prototype of globalThis", FailsOneOf(&["script_error"]), "Object.setPrototypeOf(globalThis, new Proxy({}, { get() { throw new Error('trap'); }, has() { throw new Error('trap'); } })); return missing;"),
        attack("prototype of promises", Returns(json!(1)), "Object.setPrototypeOf(Promise.prototype, null); Promise.prototype.constructor = null; return 1;"),
    ])
    .await;
}

#[tokio::test]
async fn values_that_bite_back() {
    check_all(vec![
        attack("thenable that settles twice", Returns(json!(1)), "return { then(done, fail) { done(1); done(2); fail(3); throw 4; } };"),
        attack("thenable that throws after", Returns(json!(1)), "return { then(done) { done(1); throw new Error('late'); } };"),
        attack("thenable without an end", Fails("timeout"), "const then = (done) => done({ then }); return { then };"),
        attack("then getter that throws", Fails("script_error"), "return { get then() { throw new Error('got'); } };"),
        attack("then getter that changes", Returns(json!({ "then": 1 })), "let n = 0; return { get then() { return n++ ? 1 : undefined; } };"),
        attack("proxy of everything", FailsOneOf(&["script_error", "output_not_serializable"]), "return new Proxy({}, { get() { throw new Error('get'); }, ownKeys() { throw new Error('keys'); } });"),
        attack("proxy of a function", FailsOneOf(&["script_error", "output_not_serializable"]), "return new Proxy(function () {}, {});"),
        attack("revoked proxy", Fails("script_error"), "const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy;"),
        attack("revoked proxy inside", Fails("output_not_serializable"), "const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return { proxy };"),
        attack("proxy that lies about keys", Returns(json!({ "a": 1 })), "return new Proxy({}, { ownKeys: () => ['a', 'b'], getOwnPropertyDescriptor: (_, k) => (k === 'a' ? { value: 1, enumerable: true, configurable: true } : undefined), get: () => 1 });"),
        attack("proxy with endless length", FailsOneOf(&["timeout", "memory_limit", "output_too_large"]), "return new Proxy([], { get: (t, k) => (k === 'length' ? 2 ** 32 : k === 'toJSON' ? undefined : 1) });"),
        attack("toJSON without an end", FailsOneOf(&["timeout", "memory_limit", "stack_overflow"]), "const o = { toJSON: () => ({ o }) }; return o;"),
        attack("toJSON that ruins JSON", Returns(json!({ "a": 2 })), "return { toJSON() { delete globalThis.JSON; Array.prototype.push = 1; return { a: 2 }; } };"),
        attack("toJSON that waits", Returns(json!({})), "return { toJSON: () => Promise.resolve(1) };"),
        attack("getter that grows", FailsOneOf(&["output_too_large", "memory_limit"]), "return { get a() { return 'x'.repeat(1e7); } };"),
        attack("sparse array", FailsOneOf(&["output_too_large", "memory_limit", "timeout"]), "const a = []; a.length = 2 ** 32 - 1; return a;"),
        attack("sparse array to the console", Returns(json!(null)), "const a = []; a[2 ** 32 - 2] = 1; console.log(a, '%o', a);"),
        attack("holes by index", Returns(json!(4294967295_u64)), "const a = []; a[4294967294] = 1; return a.length;"),
        attack("array length out of range", Fails("script_error"), "return new Array(-1);"),
        attack("cyclic to the console", Returns(json!(null)), "const a = {}; a.a = a; const m = new Map(); m.set(m, m); console.log(a, m, [a, m]); console.log('%j %o %O', a, a, a);"),
        attack("hostile to the console", Returns(json!(null)), "
            const boom = () => { throw new Error('boom'); };
            const traps = new Proxy({}, { get: () => boom });
            for (const value of [new Proxy({}, traps), new Proxy([], traps), new Proxy(() => {}, traps), { get a() { return boom(); } }, { toString: boom, [Symbol.toPrimitive]: boom }, Object.create(null), { get [Symbol.toStringTag]() { boom(); } }, Object.create(new Proxy({}, traps)), class { static get name() { boom(); } }, Object.defineProperty(new Error('x'), 'stack', { get: boom })])
              console.log('%s %d %i %f %j %o %O', value, value, value, value, value, value, value, value);"),
        attack("error with hostile members", Fails("script_error"), "throw Object.defineProperties(new Error('x'), { stack: { get() { throw 1; } }, name: { get() { throw 2; } }, message: { get() { throw 3; } } });"),
        attack("proxy of an error", Fails("script_error"), "throw new Proxy(new Error('inside'), { get() { throw new Error('trap'); } });"),
        attack("error whose message is a proxy", Fails("script_error"), "throw Object.assign(new Error(), { message: new Proxy({}, { get() { throw 1; } }) });"),
        attack("error that never ends to tell", Fails("timeout"), "throw { toString() { while (true); } };"),
        attack("prepareStackTrace", Fails("script_error"), "Error.prepareStackTrace = () => { throw new Error('hook'); }; Error.stackTraceLimit = Infinity; null.x;"),
        attack("prepareStackTrace that returns oddly", Fails("script_error"), "Error.prepareStackTrace = (error, frames) => ({ frames, toString() { throw 1; } }); null.x;"),
        attack("prepareStackTrace reads the frames", Fails("script_error"), "Error.prepareStackTrace = (error, frames) => String(frames.map((frame) => [frame.getFunction?.(), frame.getThis?.()])); null.x;"),
        attack("prepareStackTrace under a limit", Fails("timeout"), "Error.prepareStackTrace = () => { while (true); }; while (true);"),
        attack("stackTraceLimit hook", Fails("script_error"), "Object.defineProperty(Error, 'stackTraceLimit', { get() { throw new Error('limit'); } }); null.x;"),
        attack("captureStackTrace", Returns(json!(true)), "const o = {}; Error.captureStackTrace?.(o); return !String(o.stack).includes('sdk/');"),
        attack("generator abuse", Returns(json!("TypeError")), "function* g() { try { it.next(); } catch (error) { yield error.name; } } const it = g(); return it.next().value;"),
        attack("generator that refuses to return", Returns(json!([1, 2])), "function* g() { try { yield 1; } finally { yield 2; } } const it = g(); return [it.next().value, it.return(7).value];"),
        attack("async generator never closed", Returns(json!(1)), "async function* g() { try { yield 1; } finally { await new Promise(() => {}); } } const it = g(); const { value } = await it.next(); it.return(); return value;"),
        attack("iterator that never ends", FailsOneOf(&["timeout", "memory_limit"]), "return [...{ [Symbol.iterator]: () => ({ next: () => ({ value: 'x'.repeat(1000) + Math.random(), done: false }) }) }];"),
        attack("finalizers", Returns(json!("done")), "const registry = new FinalizationRegistry(() => { throw new Error('finalized'); }); for (let i = 0; i < 10000; i++) registry.register({ i }, i); await new Promise((done) => setTimeout(done, 5)); return 'done';"),
        attack("detached buffer", Returns(json!([0, 0])), "const buffer = new ArrayBuffer(8); const view = new Uint8Array(buffer); structuredClone(buffer, { transfer: [buffer] }); console.log(view, buffer); return [view.length, buffer.byteLength];"),
        attack("resizable buffer shrinks under a view", Returns(json!(0)), "const buffer = new ArrayBuffer(1e6, { maxByteLength: 1e6 }); const view = new Uint8Array(buffer); const text = new TextDecoder(); buffer.resize(0); console.log(view); text.decode(view); return view.length;"),
        attack("buffer resized while it is sorted", Returns(json!(16)), "const buffer = new ArrayBuffer(1e5, { maxByteLength: 1e5 }); const view = new Float64Array(buffer); let n = 0; view.sort((a, b) => { if (n++ === 9) buffer.resize(16); return a - b; }); return buffer.byteLength;"),
        attack("array emptied while it is sorted", Returns(json!(3000)), "const list = Array.from({ length: 3000 }, (_, i) => i ^ 5); list.sort((a, b) => { list.length = 0; return b - a; }); return list.length;"),
        attack("array emptied while it is joined", Returns(json!("string")), "const list = [{ toString() { list.length = 0; return 'x'; } }, {}, {}]; return typeof list.join();"),
        attack("map cleared while it is walked", Returns(json!(1)), "const map = new Map([[1, 1], [2, 2]]); let n = 0; map.forEach(() => { n++; map.clear(); }); return n;"),
        attack("compiled regular expression changed while in use", Returns(json!("aXc")), "const r = /b/; return 'abc'.replace(r, () => { r.compile?.('(((((x)))))'); return 'X'; });"),
    ])
    .await;
}

#[tokio::test]
async fn there_is_no_way_out() {
    check_all(vec![
        attack("constructor of a constructor", Returns(json!([true, "undefined", "undefined"])), "const F = ctx.inputs.latest.openJsonReader.constructor.constructor; const g = F('return this')(); return [g === globalThis, typeof g.process, typeof g.require];"),
        attack("constructor of console", Returns(json!(true)), "return console.log.constructor('return this')() === globalThis;"),
        attack("constructor of an async function", Returns(json!("undefined")), "return await (async () => {}).constructor('return typeof process')();"),
        attack("constructor of a host error", Returns(json!([true, true])), "const error = await ctx.inputs.latest.openJsonReader().catch((error) => error); return [error instanceof Error, error.constructor.constructor('return this')() === globalThis];"),
        attack("frames of callers", Returns(json!("TypeError")), "try { return String((function () { return arguments.callee.caller.caller; }).call()); } catch (error) { return error.name; }"),
        attack("no shared memory", Returns(json!(["undefined", "undefined", "undefined"])), "return [typeof SharedArrayBuffer, typeof Atomics, typeof WebAssembly];"),
        attack("no shared memory by another way", Returns(json!([])), "return [ArrayBuffer, Uint8Array, DataView].flatMap((C) => Reflect.ownKeys(C.prototype)).map(String).filter((name) => /shared/i.test(name));"),
        attack("no modules", Fails("script_error"), "return import('sdk/main.js');"),
        attack("no modules by eval", Fails("script_error"), "return eval(\"import('std')\");"),
        attack("no insides of the SDK in stacks", Returns(json!(false)), "const stacks = []; try { setTimeout(1); } catch (error) { stacks.push(error.stack); } await ctx.inputs.latest.openJsonReader().catch((error) => stacks.push(error.stack)); try { new URL('::'); } catch (error) { stacks.push(error.stack); } return stacks.join().includes('natives');"),
        attack("natives by tampering", Returns(json!([])), "
            // The SDK's calls into the host must not go through anything that a script can replace.
            const seen = [];
            for (const [holder, name] of [[Function.prototype, 'call'], [Function.prototype, 'apply'], [Function.prototype, 'bind'], [Reflect, 'apply'], [Array.prototype, 'push'], [Promise.prototype, 'then'], [Map.prototype, 'get'], [Map.prototype, 'set']]) {
              const original = holder[name];
              Object.defineProperty(holder, name, { value: function (...all) { seen.push(name); return Reflect_apply(original, this, all); }, configurable: true, writable: true });
              var Reflect_apply = Reflect_apply ?? Reflect.apply;
            }
            seen.length = 0;
            console.log('%s', 'text', { a: [1] });
            setTimeout(() => {}, 1);
            structuredClone({ a: [1] });
            new URL('http://a/b?c=d').searchParams.get('c');
            ctx.inputs.latest.openBinaryReader();
            return seen;"),
        attack("context of others", Returns(json!([1, null])), "return [ctx.inputs.latest.descriptor.outputId, ctx.session.id];"),
        attack("dates and locales", Returns(json!([0, "undefined"])), "return [new Date().getTimezoneOffset(), typeof Intl];"),
        attack("clock is coarse", Returns(json!(true)), "const seen = new Set(); for (let i = 0; i < 1000; i++) seen.add(performance.now() % 1).add(Date.now() % 1); return seen.size === 1;"),
    ])
    .await;
}

#[tokio::test]
async fn masses() {
    const ENDLESS: &[&str] = &["timeout", "memory_limit"];
    check_all(vec![
        attack("long texts to the console", Returns(json!("done")), "const long = 'x'.repeat(1e7); for (let i = 0; i < 20; i++) console.log(long); console.log({ long }); console.log('%s%j', long, long); return 'done';"),
        attack("console for ever", Fails("timeout"), "while (true) console.log(1);"),
        attack("objects to the console for ever", Fails("timeout"), "while (true) console.log({ a: { b: { c: [1, 2, 3] } } });"),
        attack("wide objects to the console", Returns(json!("done")), "const wide = {}; for (let i = 0; i < 1e5; i++) wide['k' + i] = i; for (let i = 0; i < 10; i++) console.log('%o', wide); return 'done';"),
        attack("deep objects to the console", Returns(json!("done")), "let deep = 1; for (let i = 0; i < 1e5; i++) deep = { deep }; console.log(deep, [deep]); console.log('%o', deep); return 'done';"),
        attack("many arguments to the console", Returns(json!("done")), "console.log(...Array(50000).fill('word')); return 'done';"),
        attack("long message", Fails("script_error"), "throw new Error('x'.repeat(1e7));"),
        attack("long name", Fails("script_error"), "throw Object.assign(new Error('m'), { name: 'N'.repeat(1e7) });"),
        attack("long stack", Fails("script_error"), "throw Object.assign(new Error('m'), { stack: '    at x (arbex-user-script.js:1:1)\\n'.repeat(1e5) });"),
        attack("long text", Fails("script_error"), "throw 'é'.repeat(1e7);"),
        attack("long function name", Fails("script_error"), "const f = { ['f'.repeat(1e6)]() { throw new Error('named'); } }; Object.values(f)[0]();"),
        attack("place far away", Fails("script_error"), "throw Object.assign(new Error('m'), { stack: 'at x (arbex-user-script.js:99999999999999999999:4294967296)' });"),
        attack("many timers", Returns(json!(100_000)), "let n = 0; await new Promise((done) => { for (let i = 0; i < 1e5; i++) setTimeout(() => { if (++n === 1e5) done(); }, 0); }); return n;"),
        attack("too many timers", Fails("script_error"), "for (let i = 0; ; i++) setTimeout(() => {}, 1000);"),
        attack("timers set and cleared", Returns(json!("done")), "for (let i = 0; i < 200000; i++) clearTimeout(setTimeout(() => {}, 1000)); return 'done';"),
        attack("many promises", Returns(json!(100_000)), "return (await Promise.all(Array.from({ length: 1e5 }, (_, i) => Promise.resolve(i)))).length;"),
        attack("long chain of promises", Returns(json!(50_000)), "let p = Promise.resolve(0); for (let i = 0; i < 5e4; i++) p = p.then((n) => n + 1); return p;"),
        attack("promises resolved by promises", Returns(json!("end")), "let p = Promise.resolve('end'); for (let i = 0; i < 20000; i++) { const q = p; p = new Promise((done) => done(q)); } return p;"),
        attack("microtasks for ever", Fails("timeout"), "const again = () => queueMicrotask(again); again(); await new Promise(() => {});"),
        attack("microtasks that multiply", FailsOneOf(ENDLESS), "const twice = () => { queueMicrotask(twice); queueMicrotask(twice); }; twice(); await new Promise(() => {});"),
        attack("many rejections", Returns(json!("done")), "for (let i = 0; i < 1e5; i++) Promise.reject(i); return 'done';"),
        attack("catastrophic regular expression", Fails("timeout"), "return /^(a+)+$/.test('a'.repeat(50) + 'b');"),
        attack("regular expression of great size", Returns(json!(false)), "return new RegExp('(?:a{1000}){1000}'.repeat(100)).test('a');"),
        attack("text doubled for ever", FailsOneOf(&["script_error", "memory_limit"]), "let text = 'xx'; while (true) text += text;"),
        attack("padding", FailsOneOf(&["script_error", "memory_limit"]), "return 'x'.padEnd(2 ** 31 - 1).length;"),
        attack("large numbers", FailsOneOf(&["script_error", "memory_limit", "timeout"]), "return (2n ** (2n ** 30n)).toString().length;"),
        attack("symbols without number", FailsOneOf(ENDLESS), "for (let i = 0; ; i++) Symbol.for('s' + i);"),
        attack("names without number", FailsOneOf(ENDLESS), "for (let i = 0; ; i++) globalThis['g' + i] = i;"),
        attack("classes without number", FailsOneOf(ENDLESS), "const all = []; while (true) all.push(class { #a = 1; static b = 2; });"),
        attack("eval without number", FailsOneOf(ENDLESS), "const all = []; for (let i = 0; ; i++) all.push(eval(`(function f${i}() { return ${i}; })`));"),
        attack("readers opened and closed", Returns(json!(500)), "let n = 0; for (; n < 500; n++) { const reader = await ctx.inputs.latest.openTabularReader(); await reader.readRow(); reader.dispose(); } return n;"),
        attack("reads not awaited", Returns(json!([2, 998])), "const reader = await ctx.inputs.latest.openTabularReader(); const rows = await Promise.all(Array.from({ length: 1000 }, () => reader.readRow())); return [rows.filter(Boolean).length, rows.filter((row) => row === null).length];"),
        attack("disposed without number", Returns(json!("done")), "const reader = await ctx.inputs.latest.openTabularReader(); for (let i = 0; i < 10000; i++) reader.dispose(); return 'done';"),
        attack("opened without number", Returns(json!(9999)), "const all = await Promise.allSettled(Array.from({ length: 10000 }, () => ctx.inputs.latest.openBinaryReader())); return all.filter(({ status }) => status === 'rejected').length;"),
        attack("output of a million members", FailsOneOf(&["output_too_large", "memory_limit"]), "return Array(3e5).fill({ a: 1 });"),
        attack("members whose names are long", FailsOneOf(&["output_too_large", "memory_limit"]), "return { ['k'.repeat(2e6)]: 1 };"),
    ])
    .await;
}
