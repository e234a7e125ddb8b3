function run() {
  const data = { a: { b: [{ c: 1 }, [2, 3]] }, n: null, u: undefined };
  return {
    getPath: ["a.b[0].c", "a.b.1.0", "a.b.length", "n", "u", "a.z", "n.x", "a.constructor", ""].map((path) => heat.getPath(data, path, "default")),
    miss: heat.getPath(data, "a.z") === undefined,
    ofNothing: heat.getPath(null, "a", "default"),
    coerceNumber: [5, " 12.5 ", "-1e3", true, new Date(9), "", "0x10", "12px", NaN, null, {}].map((value) => heat.coerceNumber(value)),
    fallback: heat.coerceNumber("x", 0),
    parseIso8601: [
      "2026-01-02", "2026-01-02T03:04:05", "2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05+02:00", "20260102T030405Z", "2026-W01-5",
      "2026-002", "2026-02-30", "2026-01-02T25:00", "yesterday", "2026", 5,
    ].map(heat.parseIso8601),
  };
}
