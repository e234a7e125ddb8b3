/// <reference path="heat-arbex.d.ts" />
// J: A report on missing cells, in TypeScript
//
// Configuration: parent.mode "latest". Optional: `maxMissingPercent` (default 5).
// Output: { rows, ok, columns: [{ name, missing, percent }] }, the worst column first. Types are for the editor: the sandbox
// takes them out and checks nothing.

interface Column {
  name: string;
  missing: number;
  percent: number;
}

interface Report {
  rows: number;
  ok: boolean;
  columns: Column[];
}

const percentOf = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((part / whole) * 1000) / 10);

async function run(ctx: HeatArbexContext): Promise<Report> {
  const maxMissingPercent: number = ctx.node.configuration.maxMissingPercent ?? 5;
  const reader = await ctx.inputs.latest?.openTabularReader();
  if (!reader) return { rows: 0, ok: false, columns: [] };

  const missing = new Map<string, number>(reader.headers.map((name) => [name, 0]));
  let rows = 0;
  for await (const row of reader) {
    rows += 1;
    for (const name of reader.headers) {
      if (row[name].trim() === "") missing.set(name, missing.get(name)! + 1);
    }
  }
  const columns = [...missing].map(([name, count]): Column => ({ name, missing: count, percent: percentOf(count, rows) }));
  columns.sort((one, other) => other.percent - one.percent);
  return { rows, ok: columns.every(({ percent }) => percent <= maxMissingPercent), columns };
}
