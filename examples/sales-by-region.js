// Total the orders of a CSV by region.
async function run(ctx) {
  const reader = await ctx.inputs.latest.openTabularReader();
  const regions = new Map();
  let rows = 0;
  let total = 0;
  for await (const row of reader) {
    const amount = Number(row.amount);
    const region = regions.get(row.region) ?? { region: row.region, orders: 0, amount: 0 };
    region.orders += 1;
    region.amount += amount;
    regions.set(row.region, region);
    rows += 1;
    total += amount;
  }
  console.log(`${rows} rows with ${reader.headers.join(", ")}`);
  return { rows, total, byRegion: [...regions.values()].sort((a, b) => b.amount - a.amount) };
}
