// Each operation is done to a fresh row and to a literal with the same members; what differs is returned.
async function run(ctx) {
  const row = async (text = "a,b,c\n1,2,3\n") => {
    const reader = await ctx.inputs.latest.openTabularReader();
    const rows = await reader.readRows(1);
    reader.dispose();
    return rows[0];
  };
  const show = (value) => {
    if (value !== null && typeof value === "object") {
      return JSON.stringify(Object.getOwnPropertyDescriptors(value)) + Object.isExtensible(value) + Object.isFrozen(value) + Object.isSealed(value);
    }
    return typeof value + " " + String(value);
  };
  const operations = {
    keys: (o) => Object.keys(o).join(),
    values: (o) => Object.values(o).join(),
    entries: (o) => Object.entries(o).join(";"),
    ownNames: (o) => Reflect.ownKeys(o).join(),
    json: (o) => JSON.stringify(o),
    jsonIndented: (o) => JSON.stringify(o, null, 1),
    spread: (o) => ({ ...o, d: 4 }),
    assignFrom: (o) => Object.assign({}, o),
    assignTo: (o) => Object.assign(o, { b: "x", d: "y" }),
    rest: (o) => { const { a, ...others } = o; return others; },
    destructure: (o) => { const { a, c, z = "none" } = o; return a + c + z; },
    forIn: (o) => { const names = []; for (const name in o) names.push(name); return names.join(); },
    inOperator: (o) => ["a" in o, "z" in o, "toString" in o].join(),
    hasOwn: (o) => [Object.hasOwn(o, "a"), Object.hasOwn(o, "z"), o.hasOwnProperty("b"), o.propertyIsEnumerable("c")].join(),
    miss: (o) => o.z,
    missIndex: (o) => o[0],
    missSymbol: (o) => o[Symbol.iterator],
    constructor: (o) => o.constructor === Object,
    prototype: (o) => Object.getPrototypeOf(o) === Object.prototype,
    underscoreProto: (o) => o.__proto__ === Object.prototype,
    tag: (o) => Object.prototype.toString.call(o),
    toText: (o) => String(o) + o + `${o}`,
    descriptor: (o) => JSON.stringify(Object.getOwnPropertyDescriptor(o, "b")),
    noDescriptor: (o) => Object.getOwnPropertyDescriptor(o, "z"),
    set: (o) => { o.a = 9; return o; },
    setNew: (o) => { o.d = 9; return o; },
    setIndex: (o) => { o[0] = "zero"; return o; },
    setSymbol: (o) => { o[Symbol.for("s")] = 1; return Reflect.ownKeys(o).length; },
    increment: (o) => { o.a++; o.b += "x"; return o; },
    deleteOne: (o) => [delete o.a, Object.keys(o).join(), "a" in o, o.a].join(),
    deleteNone: (o) => [delete o.z, Object.keys(o).join()].join(),
    deleteAll: (o) => { for (const key of Object.keys(o)) delete o[key]; return o; },
    define: (o) => Object.defineProperty(o, "a", { value: 5, enumerable: false }),
    defineGetter: (o) => { Object.defineProperty(o, "a", { get() { return this.b + "!"; } }); return o.a; },
    defineNew: (o) => Object.defineProperty(o, "d", { value: 5 }),
    freeze: (o) => Object.freeze(o),
    freezeThenSet: (o) => { Object.freeze(o); try { "use strict"; o.a = 1; o.d = 1; } catch (error) { return error.name; } return o.a + o.d; },
    freezeThenSetStrict: (o) => { "use strict"; Object.freeze(o); try { o.a = 1; } catch (error) { return error.name + error.message; } return o.a; },
    seal: (o) => Object.seal(o),
    sealThenSet: (o) => { Object.seal(o); o.a = "new"; o.d = "no"; delete o.b; return o; },
    prevent: (o) => Object.preventExtensions(o),
    preventThenSet: (o) => { Object.preventExtensions(o); o.a = "new"; o.d = "no"; return o; },
    preventThenRead: (o) => { Object.preventExtensions(o); return o.a + o.b + o.d; },
    preventThenDelete: (o) => { Object.preventExtensions(o); delete o.a; o.a = 1; return o; },
    preventThenDefine: (o) => { Object.preventExtensions(o); return [Reflect.defineProperty(o, "a", { value: 1 }), Reflect.defineProperty(o, "d", { value: 1 }), o.a, o.d].join(); },
    isFrozen: (o) => [Object.isFrozen(o), Object.isSealed(o), Object.isExtensible(o)].join(),
    setPrototype: (o) => { Object.setPrototypeOf(o, { z: "inherited", get y() { return this.a + "y"; } }); return [o.z, o.y, o.a, o.toString === Object.prototype.toString, o.hasOwnProperty].join(); },
    nullPrototype: (o) => { Object.setPrototypeOf(o, null); return [o.a, o.toString, "toString" in o].join(); },
    setterOnPrototype: (o) => { const seen = []; Object.setPrototypeOf(o, { set a(v) { seen.push("a" + v); }, set d(v) { seen.push("d" + v); } }); o.a = 1; o.d = 2; return seen.join() + Object.keys(o).join(); },
    asPrototype: (o) => { const child = Object.create(o); child.a = "own"; return [child.a, child.b, child.z, o.a, Object.keys(child).join(), child.toString === Object.prototype.toString].join(); },
    inheritedGetter: (o) => { Object.defineProperty(Object.prototype, "me", { get() { return this === undefined ? "?" : this.a; }, configurable: true }); const got = o.me + Object.create(o).me; delete Object.prototype.me; return got; },
    inheritedValue: (o) => { Object.prototype.extra = "x"; const got = o.extra + o.a; delete Object.prototype.extra; return got; },
    inheritedSetter: (o) => { let seen = ""; Object.defineProperty(Object.prototype, "late", { set(v) { seen += v + this.a; }, configurable: true }); o.late = "s"; delete Object.prototype.late; return seen + Object.keys(o).join(); },
    readManyTimes: (o) => { let text = ""; for (let i = 0; i < 50; i++) text += o.a + o.c; return text + Object.keys(o).join(); },
    readWhileListing: (o) => { const out = []; for (const key in o) { for (let i = 0; i < 9; i++) o[key]; out.push(key + o[key]); } return out.join(); },
    changeWhileListing: (o) => { const out = []; for (const key in o) { delete o.c; out.push(key); } return out.join(); },
    replacer: (o) => JSON.stringify(o, (key, value) => (key === "b" ? undefined : value)),
    replacerChanges: (o) => JSON.stringify(o, function (key, value) { if (key === "a") delete this.c; return value; }),
    clone: (o) => structuredClone(o),
    map: (o) => { const m = new Map([[o, 1]]); const w = new WeakMap([[o, 2]]); return m.get(o) + w.get(o); },
    reflect: (o) => [Reflect.get(o, "a"), Reflect.get(o, "z"), Reflect.has(o, "b"), Reflect.set(o, "a", 7), o.a, Reflect.deleteProperty(o, "b"), "b" in o].join(),
    reflectReceiver: (o) => { const other = { a: 0 }; return [Reflect.set(o, "a", 7, other), other.a, o.a, Reflect.get(o, "a", other)].join(); },
    superGet: (o) => { let calls = 0; class Base {} class Derived extends Base { get x() { calls++; return super.x; } get a() { return super.a + "!"; } } Object.setPrototypeOf(Derived.prototype, o); const d = new Derived(); return [d.x, d.a, calls].join(); },
    foreignReceiver: (o) => { Object.setPrototypeOf(o, { x: "from the prototype", get y() { return this.a; } }); return [Reflect.get(o, "x", { x: "wrong" }), Reflect.get(o, "x", undefined), Reflect.get(o, "y", { a: "receiver" })].join(); },
    foreignProxy: (o) => { Object.setPrototypeOf(o, new Proxy({}, { get: (_, key, receiver) => String(key) + (receiver === o) })); return [o.a, o.z].join(); },
    proxied: (o) => { const p = new Proxy(o, {}); p.d = 1; return [p.a, Object.keys(p).join(), delete p.a, Object.keys(o).join()].join(); },
    groupBy: (o) => JSON.stringify(Object.groupBy([o, o], (x) => x.a)),
    fromEntries: (o) => Object.fromEntries(Object.entries(o)),
    method: (o) => { o.sum = function () { return Number(this.a) + Number(this.b); }; return o.sum(); },
    optional: (o) => [o?.a, o?.z?.y, o.a?.length].join(),
    thenable: async (o) => (await Promise.resolve(o)).a,
    equal: (o) => o === o && Object.is(o, o),
    legacy: (o) => { o.__defineGetter__("g", () => 1); return [o.g, o.__lookupGetter__("a"), typeof o.__lookupGetter__("g")].join(); },
    strictWith: (o) => new Function("o", "with (o) { a = 'w'; return a + b; }")(o) + o.a,
  };
  const different = {};
  let compared = 0;
  for (const [name, operation] of Object.entries(operations)) {
    const outcome = async (object) => {
      try { return show(await operation(object)) + " then " + show(object); } catch (error) { return "threw " + error; }
    };
    const [got, expected] = [await outcome(await row()), await outcome({ a: "1", b: "2", c: "3" })];
    compared++;
    if (got !== expected) different[name] = { got, expected };
  }
  return { compared, different };
}
