function run() {
  let reads = 0;
  const payload = { list: [1] };
  const point = { timeMs: 1, value: 1, deep: { a: 1 } };
  const spec = { id: "s", name: "S", groupId: "g" };
  const once = { get timeMs() { reads += 1; return reads === 1 ? 1 : "changed"; }, value: 2 };
  const ds = heat.dataservice.createBuilder().addGroup("g", "G").value({ id: "v", name: "V", groupId: "g" }, payload).series(spec, [point, once]);
  payload.list.push(2);
  point.timeMs = "changed";
  point.deep.a = 2;
  spec.id = "changed";
  const proto = JSON.parse('{ "id": "p", "name": "P", "groupId": "g", "__proto__": { "realm": "hidden" } }');
  ds.value(proto, JSON.parse('{ "__proto__": 1 }'));
  return { root: ds.buildRoot(), reads };
}
