function run() {
  const faultOf = (call) => { try { return call(); } catch (error) { return `${error.name}: ${error.message}`; } };
  const layout = () => heat.layout.createBuilder();
  const chart = () => layout().addRow().addComposableChart({ name: "c" });
  return [
    () => layout().addColumn("BarChart", {}),
    () => layout().addComposableChart({ name: "c" }),
    () => layout().addRow().endRow().addColumn("BarChart", {}),
    () => layout().endRow(),
    () => layout().addRow().addRow(5),
    () => layout().addRow().addColumn(),
    () => layout().addRow().addColumn("BarChart"),
    () => layout().addRow().addColumn("BarChart", { colspan: 0 }),
    () => layout().addRow().addColumn("BarChart", { colspan: 13 }),
    () => layout().addRow().addColumn("BarChart", { colspan: "6" }),
    () => layout().addRow().addColumn("BarChart", { channels: "k" }),
    () => layout().addRow().addColumn("BarChart", { channels: ["k", 1] }),
    () => layout().addRow().addComposableChart({}),
    () => layout().addRow().addComposableChart({ name: "c", composableChartItem: {} }),
    () => chart().anchor("clock"),
    () => chart().xAxis("elapsed"),
    () => chart().addSeries({ id: "s", channel: "k" }),
    () => chart().addAreaSlice({ height: -1 }),
    () => chart().addAreaSlice({ order: "first" }),
    () => chart().addAreaSlice().addStaticSlice().addSeries({ id: "s" }),
    () => chart().addAreaSlice().addSeries({ id: "s", channel: "k" }).addSeries({ id: "s", channel: "k" }),
    () => { const open = chart(); open.endComposableChart(); open.addAreaSlice(); },
    () => heat.layout.createBuilder({ realms: "a" }),
    () => heat.layout.createBuilder({ components: { rows: [] } }),
  ].map(faultOf);
}
