// The snippets of the node's documentation as they stand there.
async function run(ctx) {
  const ds = heat.dataservice.createBuilder({ defaultRealm: "default" });
  ds.addGroup("ops", "Operations");
  ds.value({ id: "kpis", name: "KPIs", groupId: "ops" }, { podCount: 4 });
  ds.series({ id: "cpu", name: "CPU", groupId: "ops", realm: "run-a" }, [ { timeMs: 1000, value: 1.2 }, ]);
  const plain = ds.buildRoot(); // { $heat-dataservice, dashboard_users: [] }
  const layout = heat.layout.createBuilder({ version: "1.0.0", realms: ["default"] }) .addRow() .addComposableChart({ name: "c", titleContent: "Chart", channels: ["demo-metric"], colspan: 12 }) .addAreaSlice({ order: 1, height: 220 }) .addSeries({ id: "s1", label: "Series", channel: "demo-metric" }) .endComposableChart();
  return [plain, ds.buildRoot({ suggestedLayoutConfiguration: layout })];
}
