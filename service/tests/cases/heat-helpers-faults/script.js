function run() {
  const faultOf = (call) => { try { return call(); } catch (error) { return `${error.name}: ${error.message}`; } };
  return [
    faultOf(() => heat.getPath({}, 5)),
    faultOf(() => heat.getPath({ a: [] }, "a[0")),
    faultOf(() => heat.getPath({ get a() { throw new RangeError("the getter's own"); } }, "a.b")),
    faultOf(() => jmespath.search(5, {})),
    faultOf(() => jmespath.search()),
  ];
}
