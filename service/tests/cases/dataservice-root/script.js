const dataservice = {
  version: "1.0",
  groups: [{ id: "g", name: "G" }],
  realms: [{ name: "default", channels: [{ id: "k", name: "K", groupId: "g", shape: "value", data: { value: { n: 3 } } }] }],
};

function run() {
  console.log("made %d", 1);
  return { note: "not stored", dashboard_users: ["3f2504e0-4f89-11d3-9a0c-0305e82c3301"], "$heat-dataservice": dataservice };
}
