const dataservice = {
  version: "1.0",
  groups: [{ id: "g", name: "G" }],
  realms: [{ name: "default", channels: [{ id: "k", name: "K", groupId: "g", shape: "value", data: { value: { n: 3 } } }] }],
};
const run = () => ({ "$heat-dataservice": dataservice });
