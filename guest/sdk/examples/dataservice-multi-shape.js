/// <reference path="heat-arbex.d.ts" />
// G: Dashboard data of every shape, straight from the script
//
// Configuration: parent.mode "latest" (a CSV with the columns time, cpu and phase), and
// dataserviceOutput: { "enabled": true, "persistence": "dataservice-root" }.
// Output: a $heat-dataservice root with two groups, two realms and a channel of each shape. A node
// heat-system-next-dimension downstream reads the stored file as it is.

/** @type {HeatArbexRun<HeatDataserviceRoot>} */
async function run(ctx) {
  /** @type {{ timeMs: number, cpu: number, phase: string }[]} */
  const samples = [];
  for await (const row of (await ctx.inputs.latest?.openTabularReader()) ?? []) {
    const timeMs = heat.parseIso8601(row.time);
    const cpu = heat.coerceNumber(row.cpu);
    if (timeMs !== null && cpu !== null) samples.push({ timeMs, cpu, phase: row.phase });
  }
  if (samples.length === 0) throw new Error("the CSV has no row with a time and a number in cpu");
  const values = samples.map(({ cpu }) => cpu);
  const peak = Math.max(...values);

  // Where the phase changes, one range ends and the next begins.
  const phases = samples.slice(0, 1).map(({ timeMs, phase }) => ({ phase, startTimeMs: timeMs, endTimeMs: timeMs }));
  for (const { timeMs, phase } of samples) {
    const last = phases[phases.length - 1];
    last.endTimeMs = timeMs;
    if (phase !== last.phase) phases.push({ phase, startTimeMs: timeMs, endTimeMs: timeMs });
  }

  const ds = heat.dataservice.createBuilder({ defaultRealm: "default" });
  ds.addGroup("load", "Load").addGroup("summary", "Summary");

  // What has no time belongs in a value, never in made-up points of a series.
  ds.value({ id: "kpis", name: "KPIs", groupId: "summary" }, { samples: samples.length, peak });
  ds.series(
    { id: "cpu", name: "CPU", groupId: "load", realm: "run-a", metadata: { units: "cores" } },
    samples.map(({ timeMs, cpu }) => ({ timeMs, value: cpu })),
  );
  ds.events(
    { id: "cpu-high", name: "CPU over 2 cores", groupId: "load", realm: "run-a" },
    samples.map(({ timeMs, cpu }) => ({ timeMs, occurred: cpu > 2 })),
  );
  ds.timestamps(
    { id: "peak", name: "Peak", groupId: "load", realm: "run-a" },
    samples.filter(({ cpu }) => cpu === peak).map(({ timeMs }) => ({ timeMs, annotation: `peak of ${peak} cores` })),
  );
  ds.ranges(
    { id: "warm", name: "Warm", groupId: "load", realm: "run-a" },
    phases.filter(({ phase }) => phase === "warm").map(({ startTimeMs, endTimeMs }) => ({ startTimeMs, endTimeMs })),
  );
  return ds.buildRoot();
}
