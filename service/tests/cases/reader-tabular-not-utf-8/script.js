async function run(ctx) {
  const reader = await ctx.inputs.latest.openTabularReader();
  const rows = [];
  for await (const row of reader) rows.push(row);
  return { headers: reader.headers, rows };
}
