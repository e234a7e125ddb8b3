const columns = [
  { component: "A", colspan: 0, configuration: {} },
  { component: "A", colspan: 13, configuration: {} },
  { colspan: 12, configuration: { name: 5, channels: [5] } },
  { component: "ComposableChart", configuration: { composableChartItem: { anchor: "clock", slices: [{ type: "pie" }, 5] } } },
  { component: "A" },
];
const run = () => ({ suggestedLayoutConfiguration: { version: 2, components: { rows: [{ columns }, { cols: columns }, []] } } });
