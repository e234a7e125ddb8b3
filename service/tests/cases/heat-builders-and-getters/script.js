// What a getter or `toJSON` does while a builder copies: nothing is lost or doubled, a refused call leaves nothing, and what is
// checked is what `toJSON` made.
function run() {
  const tried = (call) => {
    try { return call(); } catch (error) { return error.name + ": " + error.message; }
  };
  const spec = (id, more) => ({ id, name: id, groupId: "g", ...more });
  const ids = (ds) => ds.buildRoot()["$heat-dataservice"].realms.map((realm) => realm.name + ":" + realm.channels.map((c) => c.id));

  const reentrant = heat.dataservice.createBuilder().addGroup("g", "G");
  reentrant.series(spec("outer"), [{ get timeMs() { reentrant.series(spec("inner"), []); return 1; }, value: 1 }]);
  const doubled = tried(() => reentrant.series(spec("twice"), [{ get timeMs() { reentrant.series(spec("twice"), []); return 1; }, value: 1 }]));

  const layout = heat.layout.createBuilder().addRow();
  const refused = tried(() => layout.addComposableChart({ name: "c", composableChartItem: { slices: [] } }));
  const closed = tried(() => layout.addColumn("BarChart", { get name() { layout.endRow(); return "b"; } }));
  const columns = layout.build().components.rows.map((row) => row.columns.length);

  const chart = heat.layout.createBuilder().addRow().addComposableChart({ name: "c" });
  chart.addAreaSlice({ toJSON: 1, extra: { toJSON() { chart.addLegendSlice({ label: "inner" }); return "x"; } } });
  const series = tried(() => chart.addAreaSlice().addSeries({ id: "s", channel: "c", extra: { toJSON() { chart.addSeries({ id: "s", channel: "d" }); return 1; } } }));
  const slices = chart.endComposableChart().build().components.rows[0].columns[0].configuration.composableChartItem.slices;

  const ds = () => heat.dataservice.createBuilder().addGroup("g", "G");
  const users = [];
  users.toJSON = () => ({ length: 0, x: 1 });
  const becomes = (value) => ({ toJSON: () => value });
  return {
    channels: ids(reentrant), doubled, refused, closed, columns, series,
    slices: slices.map((slice) => [slice.type, slice.order, slice.label]),
    users: tried(() => ds().buildRoot({ dashboardUsers: users })),
    layoutText: tried(() => ds().buildRoot({ layout: becomes("text") })),
    metadata: tried(() => ds().value(spec("v", { metadata: becomes(7) }), 1)),
    configuration: tried(() => heat.layout.createBuilder({ configuration: becomes(5) })),
    nothing: tried(() => heat.layout.createBuilder({ realms: becomes(null) })),
  };
}
