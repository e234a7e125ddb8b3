// Everything is overwritten first, then everything is used: what it gives must be what it gives in an untouched run. (Setters of
// indices on Array.prototype are left out: the engine's own JSON.stringify trips over them, for whoever calls it.)
function everything() {
  const data = { people: [{ name: "bob", age: 30 }, { name: "ann", age: 40 }] };
  const ds = heat.dataservice.createBuilder({ defaultRealm: "main" });
  ds.addGroup("g", "G").value({ id: "v", name: "V", groupId: "g", metadata: { units: "n" } }, { list: [1, { a: 2 }] });
  ds.series({ id: "s", name: "S", groupId: "g", realm: "other" }, [{ timeMs: 1, value: 1, extra: [1] }, { timeMs: 2, value: "x" }]);
  ds.ranges({ id: "r", name: "R", groupId: "g" }, [{ startTimeMs: 1, endTimeMs: 3 }]);
  const layout = heat.layout.createBuilder({ realms: ["main"] }).addRow({ title: "T" })
    .addComposableChart({ name: "c", channels: ["s"] }).anchor("index").addAreaSlice({ label: "A", height: 5 }).addSeries({ id: "1", channel: "s" });
  let fault;
  try { ds.series({ id: "f", name: "F", groupId: "g" }, [{ timeMs: "x" }]); } catch (error) { fault = error.message; }
  let syntax;
  try { jmespath.search("a..b", data); } catch (error) { syntax = error.message; }
  return {
    root: ds.buildRoot({ layout }), fault, syntax,
    found: [
      jmespath.search("people[?age > `30`].{name: name, list: [age, `1`]}", data), jmespath.search("sort_by(people, &name)[*].name", data),
      jmespath.search("people[].name | join(', ', @)", data), jmespath.search("*[] | [0].merge(@, `{\"x\": [1]}`)", data),
      jmespath.search("to_string(keys(people[0]))", data), jmespath.search("constructor", data),
    ],
    helpers: [heat.getPath(data, "people[1].name"), heat.coerceNumber(" 7 "), heat.parseIso8601("2026-01-01")],
  };
}

function run() {
  const { stringify } = JSON;
  const { ownKeys, getOwnPropertyDescriptor, defineProperty } = Reflect;
  const { Object: O, Array: A, String: S } = globalThis;
  const expected = stringify(everything());
  const evil = () => { throw "tampered"; };
  const keep = ["constructor", "prototype", "name", "length", "__proto__", "message"];
  const targets = [
    Array.prototype, String.prototype, Object.prototype, Map.prototype, Set.prototype, WeakMap.prototype, Number.prototype,
    Date.prototype, Function.prototype, Error.prototype, Symbol.prototype, Reflect, JSON, Math, O, A, S,
    O.getPrototypeOf([][Symbol.iterator]()), O.getPrototypeOf(new Map()[Symbol.iterator]()),
  ];
  const plan = [];
  for (const target of targets) {
    for (const key of ownKeys(target)) {
      if (!keep.includes(key) && typeof getOwnPropertyDescriptor(target, key).value === "function") plan.push([target, key]);
    }
  }
  const polluted = [
    "get", "set", "value", "id", "name", "age", "realm", "metadata", "version", "configuration", "colspan", "channels", "label",
    "height", "order", "durationMs", "cause", "data", "shape", "layout", "dashboardUsers", "people", "message", "x",
  ];
  const broken = { __proto__: null, value: evil, configurable: true, writable: true, enumerable: false };
  const trap = { __proto__: null, get: evil, set: evil, configurable: true, enumerable: false };
  for (let i = 0; i < plan.length; i++) defineProperty(plan[i][0], plan[i][1], broken);
  const { prototype: object } = O;
  const { prototype: array } = A;
  for (let i = 0; i < polluted.length; i++) {
    defineProperty(object, polluted[i], trap);
    defineProperty(array, polluted[i], trap);
  }
  let broke = false;
  try { [].push(1); } catch { broke = true; }
  const found = stringify(everything());
  return broke ? (found === expected ? "the same" : found) : "nothing was overwritten";
}
