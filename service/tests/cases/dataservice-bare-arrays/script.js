const shapes = {
  series: [{ timeMs: 1, value: 2 }],
  events: [{ timeMs: 1, occurred: false }],
  timestamps: [{ timeMs: 1, annotation: "" }],
  ranges: [{ startTimeMs: 1, endTimeMs: 1 }],
};
const channels = Object.entries(shapes).map(([shape, data]) => ({ id: shape, name: shape, groupId: "g", shape, data }));
const run = () => ({ "$heat-dataservice": { groups: [{ id: "g", name: "G" }], channels } });
