const run = () => ({
  "$heat-dataservice": {
    version: 1,
    groups: [{ id: "g", name: "G" }, { id: "g" }],
    realms: [
      {
        name: "a",
        channels: [
          { id: "x", name: "X", groupId: "g", shape: "series", data: { series: [{ timeMs: NaN, value: 1 }, { timeMs: "2" }] } },
          { id: "x", name: "", groupId: "h", shape: "value", data: {} },
          { id: 7, groupId: "g", shape: "pie chart ".repeat(20), data: null },
          { id: "r", name: "R", groupId: "g", shape: "ranges", data: { ranges: [{ startTimeMs: 2, endTimeMs: 1 }] } },
          { id: "e", name: "E", groupId: "g", shape: "events", data: { events: { timeMs: 1, occurred: true } } },
        ],
      },
      { name: "a", channels: [] },
      "b",
    ],
  },
});
