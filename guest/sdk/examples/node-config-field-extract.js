/// <reference path="heat-arbex.d.ts" />
// D: Extract the fields that the node configuration names
//
// Configuration: parent.mode "latest", and `fields`: output names by dotted path, such as { "speed": "telemetry[0].speed" }.
// Output: one member for each of `fields`, null where the path leads nowhere. The console names what was missing.

/** @type {HeatArbexRun<Record<string, unknown>>} */
async function run(ctx) {
  /** @type {Record<string, string>} */
  const fields = ctx.node.configuration.fields ?? {};
  if (Object.keys(fields).length === 0) throw new Error("the node configuration needs fields: { name: path }");

  const reader = await ctx.inputs.latest?.openJsonReader();
  /** @type {Record<string, unknown>} */
  const extracted = {};
  for (const [name, path] of Object.entries(fields)) {
    // A miss is `undefined`, which JSON leaves out: the third argument makes it a null that can be seen.
    extracted[name] = heat.getPath(reader?.root, path, null);
    if (extracted[name] === null) console.warn("nothing at %s, so %s is null", path, name);
  }
  reader?.dispose();
  return extracted;
}
