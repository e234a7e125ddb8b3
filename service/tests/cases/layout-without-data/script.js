const layout = (channel) => ({
  version: "1.0.0",
  realms: ["default"],
  configuration: { enableGlobalPlaybackControls: true },
  components: {
    rows: [
      {
        configuration: { title: "T" },
        columns: [
          { component: "BarChart", colspan: 4, configuration: { name: "b", titleContent: "B", channels: [channel], barChartItem: {} } },
          {
            component: "ComposableChart",
            colspan: 8,
            configuration: {
              name: "c",
              channels: ["k"],
              composableChartItem: { anchor: "time", slices: [{ type: "area", order: 1, height: 220, series: [{ id: "s", label: "S", channel }] }] },
            },
          },
        ],
      },
    ],
  },
});
const run = () => ({ suggestedLayoutConfiguration: layout("of another node"), rest: 1 });
