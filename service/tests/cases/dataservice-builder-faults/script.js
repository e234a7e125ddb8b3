function run() {
  const faultOf = (call) => { try { return call(); } catch (error) { return `${error.name}: ${error.message}`; } };
  const builder = () => heat.dataservice.createBuilder().addGroup("g", "G");
  const spec = (more) => ({ id: "cpu", name: "CPU", groupId: "g", ...more });
  const cyclic = {};
  cyclic.self = cyclic;
  return [
    () => builder().series(spec(), [{ timeMs: 1, value: 1 }, { timeMs: 2, value: 1 }, { timeMs: 3, value: 1 }, { timeMs: "x", value: 1 }]),
    () => builder().series(spec(), [{ timeMs: Infinity, value: 1 }]),
    () => builder().series(spec(), [{ timeMs: 1, value: { a: 1 } }]),
    () => builder().series(spec(), "points"),
    () => builder().events(spec(), [{ timeMs: 1, occurred: "yes" }]),
    () => builder().timestamps(spec(), [{ timeMs: 1, annotation: 1 }]),
    () => builder().ranges(spec(), [{ startTimeMs: 2, endTimeMs: 1 }]),
    () => builder().ranges(spec(), [{ startTimeMs: 2 }]),
    () => builder().value(spec(), undefined),
    () => builder().value(spec(), cyclic),
    () => builder().value(spec(), { big: 1n }),
    () => builder().value(spec(), { get a() { throw new Error("the getter's own"); } }),
    () => builder().value({ name: "CPU", groupId: "g" }, 1),
    () => builder().value({ id: "cpu", groupId: "g" }, 1),
    () => builder().value({ id: "cpu", name: "CPU" }, 1),
    () => builder().value(spec({ groupId: "none" }), 1),
    () => builder().value(spec({ metadata: "V" }), 1),
    () => builder().value(spec({ realm: "" }), 1),
    () => builder().channel(spec({ shape: "pie" }), 1),
    () => builder().value(spec(), 1).value(spec({ realm: "b" }), 1).series(spec({ realm: "b" }), []),
    () => builder().addGroup("g", "another"),
    () => builder().addGroup("h"),
    () => builder().buildRoot({ layout: {}, suggestedLayoutConfiguration: {} }),
    () => builder().buildRoot({ layout: "rows" }),
    () => builder().buildRoot({ dashboardUsers: "u1" }),
    () => heat.dataservice.createBuilder({ defaultRealm: 5 }),
    () => heat.dataservice.createBuilder("1.0"),
  ].map(faultOf);
}
