/// <reference path="heat-arbex.d.ts" />
// I: A v2 layout with a ComposableChart, delivered with its data
//
// Configuration: dataserviceOutput: { "enabled": true, "persistence": "dataservice-root",
// "layoutOutput": { "enabled": true, "require": true } }. No input is read.
// Output: a $heat-dataservice root with suggestedLayoutConfiguration. Give the dimension node downstream
// layoutFromParentOutput: true, and one run drives both the data and the grid.

/** @type {HeatArbexRun<HeatDataserviceRoot>} */
async function run() {
  const ds = heat.dataservice.createBuilder();
  ds.addGroup("demo", "Demo");
  const seconds = Array.from({ length: 13 }, (_, index) => index * 5);
  ds.series(
    { id: "speed", name: "Speed", groupId: "demo", metadata: { units: "m/s" } },
    seconds.map((second) => ({ timeMs: second * 1000, value: 10 + Math.abs(second - 30) / 4 })),
  );
  ds.events({ id: "shifts", name: "Gear shifts", groupId: "demo" }, [
    { timeMs: 10_000, occurred: true },
    { timeMs: 35_000, occurred: true },
  ]);
  ds.ranges({ id: "laps", name: "Laps", groupId: "demo" }, [
    { startTimeMs: 0, endTimeMs: 30_000 },
    { startTimeMs: 30_000, endTimeMs: 60_000 },
  ]);
  ds.value(
    { id: "best", name: "Best laps", groupId: "demo" },
    { categories: ["lap 1", "lap 2"], series: [{ key: "s", name: "Seconds", values: [30, 30] }] },
  );

  const layout = heat.layout.createBuilder({
    version: "1.0.0",
    realms: ["default"],
    configuration: { defaultRealm: "default", enableGlobalPlaybackControls: true },
  });
  // `order` says what stands above what; every slice shares the time axis.
  layout
    .addRow({ title: "Session" })
    .addComposableChart({ name: "lap-chart", titleContent: "Laps", channels: ["speed", "shifts", "laps"], colspan: 8 })
    .anchor("time")
    .xAxis({ timeLabelMode: "elapsed" })
    .addLegendSlice({ order: 0, height: 32 })
    .addAreaSlice({ label: "Speed", order: 1, height: 220 })
    .addSeries({ id: "speed-area", label: "Speed", channel: "speed" })
    .addEventsLaneSlice({ label: "Gear shifts", order: 2, height: 40 })
    .addSeries({ id: "shift-marks", label: "Shift", channel: "shifts" })
    .addRangesLaneSlice({ label: "Laps", order: 3, height: 40 })
    .addSeries({ id: "lap-bars", label: "Lap", channel: "laps" })
    .endComposableChart()
    .addColumn("BarChart", {
      name: "best-laps",
      titleContent: "Best laps",
      channels: ["best"],
      colspan: 4,
      barChartItem: { legend: [{ key: "s", label: "Seconds", color: "#3b82f6" }], chartHeight: 220 },
    });

  return ds.buildRoot({ suggestedLayoutConfiguration: layout });
}
