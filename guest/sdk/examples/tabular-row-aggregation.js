/// <reference path="heat-arbex.d.ts" />
// B: Aggregate the rows of the latest CSV by a column
//
// Configuration: parent.mode "latest". Optional: `groupBy` (default "region") and `sum` (default "amount"), names of columns.
// Output: { rows, skipped, groups: [{ group, count, sum, mean }] }, the largest sum first. `skipped` counts rows whose `sum`
// column holds no number.

/** @type {HeatArbexRun} */
async function run(ctx) {
  const { groupBy = "region", sum = "amount" } = ctx.node.configuration;
  const input = ctx.inputs.latest;
  if (!input) return { rows: 0, skipped: 0, groups: [] };

  const reader = await input.openTabularReader();
  if (!reader.headers.includes(groupBy) || !reader.headers.includes(sum)) {
    throw new Error(`the CSV needs the columns "${groupBy}" and "${sum}"; it has ${reader.headers.join(", ")}`);
  }

  /** @type {Map<string, { count: number, sum: number }>} */
  const groups = new Map();
  let rows = 0;
  let skipped = 0;
  // Batches are the fastest way through a large table; `for await (const row of reader)` is the shortest.
  for (let batch = await reader.readRows(); batch.length > 0; batch = await reader.readRows()) {
    for (const row of batch) {
      rows += 1;
      // Cells are strings: "12.50" becomes 12.5, "n/a" and "" become null.
      const amount = heat.coerceNumber(row[sum]);
      if (amount === null) {
        skipped += 1;
        continue;
      }
      const group = groups.get(row[groupBy]) ?? { count: 0, sum: 0 };
      group.count += 1;
      group.sum += amount;
      groups.set(row[groupBy], group);
    }
  }
  if (skipped > 0) console.warn("%d of %d rows have no number in %s", skipped, rows, sum);

  const largestFirst = [...groups].sort(([, one], [, other]) => other.sum - one.sum);
  return { rows, skipped, groups: largestFirst.map(([group, total]) => ({ group, ...total, mean: total.sum / total.count })) };
}
