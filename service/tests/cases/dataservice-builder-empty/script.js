function run() {
  return [heat.dataservice.createBuilder().buildRoot(), heat.dataservice.createBuilder({ defaultRealm: "r" }).addGroup("g", "G").buildRoot({ layout: null })];
}
