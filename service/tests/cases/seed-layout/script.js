// The page shows the end of a function, which begins with a channel to draw; these lines are ours.
async function run(ctx) {
  const ds = heat.dataservice.createBuilder();
  ds.addGroup("demo", "Demo").series({ id: "demo-metric", name: "Demo metric", groupId: "demo" }, [{ timeMs: 0, value: 1 }]);
const layout = heat.layout.createBuilder({ version: "1.0.0", realms: ["default"] }) .addRow() .addComposableChart({ name: "c", titleContent: "Chart", channels: ["demo-metric"], colspan: 12 }) .addAreaSlice({ order: 1, height: 220 }) .addSeries({ id: "s1", label: "Series", channel: "demo-metric" }) .endComposableChart(); return ds.buildRoot({ suggestedLayoutConfiguration: layout });
}
