function run() {
  const ds = heat.dataservice.createBuilder({ defaultRelm: "x" }).addGroup("g", "G");
  for (let i = 0; i < 50; i++) ds.value({ id: "v", name: "V", groupId: "g", realm: `r${i}` }, i);
  ds.buildRoot();
  console.log("50 realms are not too many");
  ds.value({ id: "v", name: "V", groupId: "g", realm: "r50" }, 50);
  return ds.buildRoot({ users: [] })["$heat-dataservice"].realms.length;
}
