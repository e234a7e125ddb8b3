/// <reference path="heat-arbex.d.ts" />
// What the types must refuse: an expected error that does not come is an error. Not run; check.mjs compiles it.

const run: HeatArbexRun = async (ctx) => {
  // What the sandbox does not have.
  // @ts-expect-error
  require("fs");
  // @ts-expect-error
  await fetch("https://example.org");
  // @ts-expect-error
  process.env;
  // @ts-expect-error
  Buffer.from("a");
  // @ts-expect-error
  document.title;
  // @ts-expect-error
  window.heat;
  // @ts-expect-error
  new WebAssembly.Memory({ initial: 1 });
  // @ts-expect-error
  setImmediate(() => {});
  // @ts-expect-error
  new AbortController();
  // @ts-expect-error
  crypto.randomUUID();
  // @ts-expect-error
  console.table([]);

  // Globals that are no members of ctx, and the other way round.
  // @ts-expect-error
  ctx.heat.getPath({}, "a");
  // @ts-expect-error
  ctx.jmespath;
  // @ts-expect-error
  ctx.console;
  // @ts-expect-error
  inputs.latest;

  // ctx is read-only, and knows no person.
  // @ts-expect-error
  ctx.session.id = "other";
  // @ts-expect-error
  ctx.session.nodes.push({ instanceId: 1, instanceName: null, templateName: null });
  // @ts-expect-error
  ctx.session.email;
  // @ts-expect-error
  ctx.node.instanceID;
  // @ts-expect-error: there may be no system
  ctx.system.version;
  // @ts-expect-error: there may be no config
  ctx.system?.config.getPrefix("system.");
  // @ts-expect-error: a shell line is no argv
  ctx.system?.k8s.exec({ podName: "a", command: "df -h" });
  // @ts-expect-error
  ctx.system?.k8s.deletePod({ name: "a" });
  // @ts-expect-error
  (await ctx.system?.k8s.listPods())?.[0]?.status;

  // There may be no upload.
  // @ts-expect-error
  ctx.inputs.latest.openJsonReader();
  // @ts-expect-error
  for (const input of ctx.inputs.history) console.log(input);
  const input = ctx.inputs.latest!;
  // @ts-expect-error
  input.openCsvReader();
  // @ts-expect-error
  input.openTabularReader({ separator: ";" });
  // @ts-expect-error
  input.openTabularReader({ inputFormat: "xlsx" });
  // @ts-expect-error: a reader is a promise
  input.openJsonReader().root;
  const table = await input.openTabularReader();
  // @ts-expect-error: rows are not there at once
  for (const row of table) console.log(row);
  // @ts-expect-error
  table.rows;
  // @ts-expect-error: the end is null
  (await table.readRow()).name;
  // @ts-expect-error: cells are strings
  const cell: number = (await table.readRows())[0].amount;
  const binary = await input.openBinaryReader();
  // @ts-expect-error: a property
  binary.base64();
  // @ts-expect-error: a method
  binary.bytes.length.toFixed(binary.bytes[0]);
  const reader: HeatArbexJsonReader | HeatArbexTabularReader = table;
  // @ts-expect-error: which one?
  if (!HEAT_ARBEX.isTabularReader(reader)) reader.headers;

  // Helpers.
  // @ts-expect-error
  heat.getPath({});
  // @ts-expect-error: a miss is null
  const amount: number = heat.coerceNumber("x");
  // @ts-expect-error: milliseconds, not a Date
  heat.parseIso8601("2026-01-02")?.getTime();
  // @ts-expect-error: the expression comes first
  jmespath.search({}, "a");

  // Dashboard data.
  const ds = heat.dataservice.createBuilder();
  // @ts-expect-error
  ds.addChannel({ id: "a" });
  // @ts-expect-error: a channel has a group
  ds.value({ id: "a", name: "A" }, 1);
  // @ts-expect-error: points have timeMs
  ds.series({ id: "a", name: "A", groupId: "g" }, [{ time: 1, value: 1 }]);
  // @ts-expect-error: an event occurred or did not
  ds.events({ id: "a", name: "A", groupId: "g" }, [{ timeMs: 1, value: 1 }]);
  // @ts-expect-error: a range ends
  ds.ranges({ id: "a", name: "A", groupId: "g" }, [{ startTimeMs: 1 }]);
  // @ts-expect-error
  ds.channel({ id: "a", name: "A", groupId: "g", shape: "line" }, []);
  // @ts-expect-error: without a shape
  ds.channel({ id: "a", name: "A", groupId: "g" }, []);
  // @ts-expect-error
  ds.build();

  // Layouts.
  const layout = heat.layout.createBuilder();
  // @ts-expect-error: a layout has rows
  heat.dataservice.createBuilder().buildRoot({ layout: {} });
  // @ts-expect-error
  layout.addSlice({ height: 1 });
  // @ts-expect-error: slices belong to a chart
  layout.addAreaSlice({ height: 1, order: 1 });
  const chart = layout.addRow().addComposableChart({ name: "c" });
  // @ts-expect-error
  chart.addEventSlice({ height: 1, order: 1 });
  // @ts-expect-error: pixels are a number
  chart.addAreaSlice({ height: "220px" });
  // @ts-expect-error
  chart.anchor("date");
  // @ts-expect-error: a series shows a channel
  chart.addSeries({ id: "s", label: "S" });
  // @ts-expect-error: the chart is not ended
  chart.build();
  // @ts-expect-error: channels are ids
  layout.addColumn("BarChart", { name: "b", channels: [1] });
  return [cell, amount];
};
