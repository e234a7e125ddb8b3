function run() {
  const outcome = (expression, data) => {
    try {
      const found = jmespath.search(expression, data);
      return typeof found === "string" && 40 < found.length ? `${found.length} characters` : found;
    } catch (error) {
      return error instanceof Error ? `${error.name}: ${error.message}` : `threw ${String(error)}`;
    }
  };
  const cyclic = { name: "c" };
  cyclic.self = cyclic;
  const twin = { name: "c" };
  twin.self = twin;
  const throwing = { get a() { throw "the getter's own"; }, b: new Proxy({}, { ownKeys() { throw new RangeError("the trap's own"); } }) };
  const { proxy, revoke } = Proxy.revocable([1], {});
  revoke();
  const growing = new Proxy([], { get: (_, key) => (key === "length" ? 3 : key) });
  const reentrant = { list: [1, 2], get again() { return jmespath.search("list[*]", reentrant); } };
  const shrinking = [{ get a() { shrinking.length = 0; return 1; } }, { a: 2 }, { a: 3 }];
  const deep = (open, close, count) => open.repeat(count) + "a" + close.repeat(count);
  return {
    depth: {
      within: outcome(deep("(", ")", 199), { a: 1 }), beyond: outcome(deep("(", ")", 200), { a: 1 }), far: outcome(deep("(", ")", 100_000), { a: 1 }),
      not: outcome(deep("!", "", 100_000), {}), lists: outcome(deep("[", "]", 100_000), {}), calls: outcome(deep("abs(", ")", 100_000), {}),
      objects: outcome(deep("{a: ", "}", 100_000), {}), projections: outcome("a" + "[*].a".repeat(100_000), {}), flattened: outcome("a" + "[]".repeat(100_000), {}),
      filters: outcome(deep("[?", "]", 100_000), []), compared: outcome("a" + " == a".repeat(100_000), {}), stars: outcome("*" + ".*".repeat(100_000), {}),
      afterStar: [outcome("[*" + " == a".repeat(100_000) + "]", {}), outcome("[*" + "[]".repeat(100_000) + "]", {})],
      slices: outcome("a" + "[0:]".repeat(100_000), {}), literal: outcome("`" + "[".repeat(150) + "]".repeat(150) + "`|type(@)", {}),
    },
    // These are long, not deep.
    long: [outcome("a" + ".a".repeat(100_000), {}), outcome("a" + " || a".repeat(100_000), { a: 0 }), outcome("a" + " | a".repeat(100_000), {}), outcome("a" + "[0]".repeat(100_000), {})],
    deepest: outcome("[*]".repeat(199), [[[1]]]),
    cyclic: [outcome("name", cyclic), outcome("self.self.self.name", cyclic), outcome("@ == self", cyclic), outcome("[@, `1`] == `[1, 1]`", cyclic), outcome("a == b", { a: cyclic, b: twin })],
    printed: outcome("to_string(@)", cyclic).slice(0, 30),
    throwing: [outcome("a", throwing), outcome("keys(b)", throwing), outcome("*", throwing), outcome("[a, b]", throwing)],
    revoked: [outcome("type(@)", proxy), outcome("a", proxy), outcome("[0]", proxy)],
    growing: outcome("[*]", growing),
    reentrant: outcome("again[1]", reentrant),
    shrinking: outcome("[*].a", shrinking),
    huge: [outcome("length(@)", "x".repeat(5_000_000)), outcome("reverse(@)", "ab".repeat(1_000_000)), outcome("join(@, ['a', 'b', 'c'])", "x".repeat(1_000_000)), outcome("'" + "x".repeat(1_000_000) + "'", null), outcome("#".repeat(1000), null)],
    many: Array.from({ length: 300 }, (_, i) => jmespath.search(`[${i % 100}]`, Array.from({ length: 100 }, (_, n) => n))).reduce((sum, n) => sum + n, 0),
    prototypes: [outcome("constructor", {}), outcome("__proto__", {}), outcome("length", []), outcome("toString", "text"), outcome("__proto__.a", JSON.parse('{"__proto__": {"a": 1}}')), outcome("merge(@, `{\"__proto__\": {\"b\": 1}}`).b", {})],
  };
}
