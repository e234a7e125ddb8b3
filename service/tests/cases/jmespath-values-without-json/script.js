function run() {
  class Point { constructor() { this.x = 1; } get hidden() { return 2; } }
  const hidden = Object.defineProperty({ seen: 1 }, "unseen", { value: 2, enumerable: false });
  const half = "\ud83d";
  const data = {
    undefined, fn: () => 1, symbol: Symbol("s"), big: 5n, nan: NaN, minusZero: -0, tiny: 5e-324, huge: 1.7976931348623157e308, date: new Date(0),
    map: new Map([["a", 1]]), holes: [1, , 3], point: new Point(), hidden, boxed: Object("text"), bytes: new Uint8Array([1, 2]), half,
    lazy: { get a() { return { b: 1 }; } }, proxied: new Proxy([3, 4], {}), shown: new Proxy({ a: 1 }, { get: () => "from the trap" }),
  };
  const types = Object.keys(data).map((name) => `${name}: ${jmespath.search(`type("${name}")`, data)}`);
  return {
    types,
    values: [
      "fn", "big", "big || 'a null'", "holes[*]", "holes[1]", "holes[]", "length(holes)", "point.x", "point.hidden", "hidden.unseen", "keys(hidden)", "map.a", "keys(map)",
      "lazy.a.b", "proxied[1]", "proxied[*]", "length(proxied)", "shown.a", "symbol", "[fn, symbol, missing]",
    ].map((expression) => { try { return jmespath.search(expression, data); } catch (error) { return error.message; } }),
    numbers: ["tiny", "huge", "`0.1`", "`9007199254740993`", "`1e400`"].map((expression) => { try { return String(jmespath.search(expression, data)); } catch (error) { return error.message; } }),
    nan: Number.isNaN(jmespath.search("nan", data)),
    minusZero: Object.is(jmespath.search("minusZero", data), -0),
    same: jmespath.search("point", data) === data.point,
    half: [jmespath.search("half", data) === half, jmespath.search("length(half)", data), jmespath.search("reverse(half)", data) === half, jmespath.search("contains(half, half)", data)],
    nothing: [jmespath.search("@"), jmespath.search("@", () => 1), jmespath.search("a", null), jmespath.search("length(@)", "text")],
  };
}
