function run() {
  return heat.layout.createBuilder({ configuration: { defaultRealm: "a", enableLiveDataPolling: true }, realms: ["a", "b"] })
    .addRow({ title: "T", collapsible: true })
    .addColumn("BarChart", { name: "b", titleContent: "Bars", channels: ["k"], colspan: 6, barChartItem: { chartHeight: 3 } })
    .addComposableChart({ name: "c", titleContent: "Chart", channels: ["k"] })
    .anchor("index").xAxis({ timeLabelMode: "elapsed" })
    .addAreaSlice().addEventsLaneSlice({ label: "E" }).addRangesLaneSlice({ order: 9, color: "red" }).addLegendSlice({}).addStaticSlice({})
    .addScatterSlice({ height: 1 }).addSeries({ id: "a", channel: "k", color: "blue" }).addSeries({ id: "b", label: "B", channel: "k" })
    .endComposableChart()
    .endRow()
    .addRow()
    .addColumn("CustomRenderer", {})
    .build();
}
