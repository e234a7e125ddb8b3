// The page lists signatures; each is called here as it is written there.
async function run(ctx) {
  const obj = { runs: [{ name: "first" }] }, dottedPath = "runs.0.name";
  const v = "12.5", fallback = 0, s = "2026-01-02T03:04:05Z", expr = "runs[0].name", data = obj;
  const i = ctx.inputs.latest;
  const r = await i.openTabularReader();
  return {
    getPath: heat.getPath(obj, dottedPath),
    coerceNumber: [heat.coerceNumber(v), heat.coerceNumber("n/a", fallback)],
    parseIso8601: heat.parseIso8601(s),
    jmespath: [heat.jmespath.search(expr, data), jmespath.search(expr, data)],
    guards: [HEAT_ARBEX.isJsonReader(r), HEAT_ARBEX.isTabularReader(r), HEAT_ARBEX.isBinaryReader(r), HEAT_ARBEX.isInputHandle(i)],
    symbols: [r[Symbol.for("heat.arbex.reader.tabular")], i[Symbol.for("heat.arbex.input.handle")]],
  };
}
