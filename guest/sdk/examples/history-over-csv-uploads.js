/// <reference path="heat-arbex.d.ts" />
// C: Follow one figure over many CSV uploads
//
// Configuration: parent.mode "history", parent.historyOrder "oldestFirst", parent.historyLimit as far back as you like.
// Optional: `column` (default "seconds").
// Output: { column, uploads: [{ outputId, createdAtUtc, rows, mean }], changePercent }, the oldest upload first; the change is
// from the first upload to the last, null with fewer than two.

/** @type {HeatArbexRun} */
async function run(ctx) {
  const { column = "seconds" } = ctx.node.configuration;
  const uploads = [];

  // Only the descriptors are here so far; each file is fetched when its reader is opened.
  for (const input of ctx.inputs.history ?? []) {
    const reader = await input.openTabularReader();
    let rows = 0;
    let sum = 0;
    for await (const row of reader) {
      rows += 1;
      sum += heat.coerceNumber(row[column], 0);
    }
    const { outputId, createdAtUtc } = input.descriptor;
    uploads.push({ outputId, createdAtUtc, rows, mean: rows > 0 ? sum / rows : null });
  }

  const first = uploads.at(0)?.mean;
  const last = uploads.at(-1)?.mean;
  const changePercent = uploads.length > 1 && first && last ? Math.round((last / first - 1) * 1000) / 10 : null;
  console.info("%d uploads, %s changed by %s %%", uploads.length, column, changePercent);
  return { column, uploads, changePercent };
}
