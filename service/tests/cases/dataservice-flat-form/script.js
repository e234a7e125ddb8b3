const channel = (id, realm) => ({ id, name: id.toUpperCase(), groupId: "g", shape: "value", data: [id], realm });
const run = () => ({
  "$heat-dataservice": {
    groups: [{ id: "g", name: "G" }],
    realm: "base",
    channels: [channel("a", "z"), channel("b"), channel("a", "y"), channel("c", "z")],
  },
});
