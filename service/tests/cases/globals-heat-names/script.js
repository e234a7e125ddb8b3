// Where scripts look for these by mistake: they are globals, not members of ctx.
function run(ctx) {
  return {
    globals: [typeof HEAT_ARBEX, typeof heat, typeof jmespath], inCtx: ["HEAT_ARBEX", "console", "heat", "jmespath"].filter((name) => name in ctx),
    heat: Object.keys(heat), members: ["getPath", "coerceNumber", "parseIso8601"].map((name) => typeof heat[name]),
    nested: [Object.keys(heat.jmespath), Object.keys(heat.dataservice), Object.keys(heat.layout)],
  };
}
