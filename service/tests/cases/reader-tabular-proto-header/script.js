// A header is only ever a name of the row's own.
async function run(ctx) {
  const reader = await ctx.inputs.latest.openTabularReader();
  const row = await reader.readRow();
  return { headers: reader.headers, own: Object.getOwnPropertyNames(row), values: Object.values(row), plain: Object.getPrototypeOf(row) === Object.prototype, polluted: "1" in {} };
}
