async function run() {
  const channels = [
    { id: "cpu", name: "CPU", groupId: "ops", shape: "series", data: { series: [{ timeMs: 1000, value: 1.25 }, { timeMs: 2000, value: "idle" }] }, metadata: { units: "%" } },
    { metadata: { channelType: "kpi" }, data: { value: { podCount: 4, list: [1.5e300, null] } }, shape: "value", groupId: "ops", name: "KPIs", id: "kpis" },
    { id: "restarts", name: "Restarts", groupId: "ops", shape: "events", data: { events: [{ timeMs: 1500, occurred: true }] } },
    { id: "deploys", name: "Deploys", groupId: "ops", shape: "timestamps", data: { timestamps: [{ timeMs: 1600, annotation: "v2" }] } },
    { id: "phases", name: "Phases", groupId: "ops", shape: "ranges", data: { ranges: [{ startTimeMs: 1000, endTimeMs: 1750.5, label: "warm" }, { startTimeMs: 1, endTimeMs: 2, durationMs: 1 }] } },
    { id: "map", name: "Map", groupId: "ops", shape: "mapdisplay", data: { movements: [] } },
  ];
  return { "$heat-dataservice": { version: "1.0", groups: [{ id: "ops", name: "Operations" }], realms: [{ name: "run-a", channels }] } };
}
