async function run(ctx) {
  const reader = await ctx.inputs.latest.openTabularReader();
  const numbers = (rows) => [rows.length, rows[0]?.n, rows.at(-1)?.n];
  const seen = [numbers(await reader.readRows(2)), numbers(await reader.readRows(1000)), numbers(await reader.readRows()), numbers(await reader.readRows(Infinity)), numbers(await reader.readRows(5))];
  for (const count of [0, -1, NaN, "2", null, {}]) await reader.readRows(count).catch((error) => seen.push(`${error.name}: ${error.message}`));
  return seen;
}
