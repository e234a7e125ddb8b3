async function run(ctx) {
  const handle = ctx.inputs.latest;
  const names = ["isJsonReader", "isTabularReader", "isBinaryReader", "isInputHandle"];
  const tell = (value) => names.filter((name) => HEAT_ARBEX[name](value)).join();
  const seen = { handle: tell(handle) };
  for (const open of ["openJsonReader", "openTabularReader", "openBinaryReader"]) {
    const reader = await handle[open]();
    seen[open] = `${reader.kind}: ${tell(reader)}`;
    reader.dispose();
  }
  const brands = ["reader.json", "reader.tabular", "reader.binary", "input.handle"].map((name) => Symbol.for(`heat.arbex.${name}`));
  seen.brand = handle[brands[3]];
  seen.lookAlikes = [null, undefined, 1, "text", Symbol("s"), 1n, {}, [], () => {}, { kind: "json", root: 1, dispose() {} }, { descriptor: {}, openJsonReader() {} }, { ...handle }, { [brands[0]]: 1 }].map(tell);
  seen.frozen = Object.isFrozen(HEAT_ARBEX);
  return seen;
}
