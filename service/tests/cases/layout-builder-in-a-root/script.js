function run() {
  const chart = () => heat.layout.createBuilder().addRow().addComposableChart({ name: "c", channels: [] }).addAreaSlice();
  const lookAlike = { build: () => "hidden", addRow() {}, components: { rows: ["mine"] } };
  const layouts = [chart(), chart().endComposableChart(), chart().endComposableChart().build(), heat.layout.createBuilder(), lookAlike, new Proxy(heat.layout.createBuilder(), {})];
  return layouts.map((layout) => heat.dataservice.createBuilder().buildRoot({ layout }).suggestedLayoutConfiguration);
}
