// Run in the sandbox by a test of the service: the names of all that a script can reach, by the interface that declares them
// in heat-arbex.d.ts. Brands are left out: scripts ask HEAT_ARBEX.
async function run(ctx) {
  const nameOf = (key) => (typeof key === "symbol" ? `[${key.description}]` : key);
  const own = (value, skipped) => Reflect.ownKeys(value).map(nameOf).filter((name) => !skipped.includes(name));
  const members = (value) => {
    const names = new Set();
    for (let at = value; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
      for (const name of own(at, ["constructor", "[Symbol.toStringTag]"])) names.add(name);
    }
    return [...names].filter((name) => !name.startsWith("[heat.arbex.")).sort();
  };

  const [json, tabular, binary] = ["json", "tabular", "binary"].map((kind) => ctx.inputs.history.find((input) => input.detectedKind === kind));
  const jsonReader = await json.openJsonReader();
  const tabularReader = await tabular.openTabularReader();
  const binaryReader = await binary.openBinaryReader();

  const ds = heat.dataservice.createBuilder().addGroup("g", "G");
  ds.value({ id: "v", name: "V", groupId: "g", metadata: { units: "m" } }, 1);
  const layout = heat.layout.createBuilder({ configuration: {} }).addRow();
  const chart = layout.addComposableChart({ name: "c", channels: ["v"], colspan: 12 });
  chart.addAreaSlice({ order: 1, height: 10 }).addSeries({ id: "s", label: "S", channel: "v" }).endComposableChart();
  const root = ds.buildRoot({ layout });

  const reachable = {
    HeatArbexContext: ctx, HeatArbexSession: ctx.session, HeatArbexSessionNode: ctx.session.nodes[0], HeatArbexNode: ctx.node,
    HeatArbexParentConfig: ctx.parent, HeatArbexTabularOptions: ctx.parent.tabularOptions, HeatArbexParent: ctx.parents[0],
    HeatArbexInputs: ctx.inputs, HeatArbexInputHandle: json, HeatArbexDescriptor: json.descriptor,
    HeatArbexJsonReader: jsonReader, HeatArbexTabularReader: tabularReader, HeatArbexBinaryReader: binaryReader,
    HeatArbexGuards: HEAT_ARBEX, HeatArbexSystem: ctx.system, HeatKubernetes: ctx.system.k8s,
    HeatPlatformConfig: ctx.system.config, Heat: heat, HeatJmespath: jmespath,
    HeatDataservice: heat.dataservice, HeatDataserviceBuilder: ds, HeatLayout: heat.layout, HeatLayoutBuilder: layout,
    HeatComposableChartBuilder: chart, HeatDataserviceRoot: root, HeatDataserviceBlock: root["$heat-dataservice"],
    HeatChannel: root["$heat-dataservice"].realms[0].channels[0], HeatLayoutConfiguration: root.suggestedLayoutConfiguration,
    HeatConsole: console, HeatPerformance: performance, TextEncoder: new TextEncoder(), TextDecoder: new TextDecoder(),
    URL: new URL("https://example.org"), URLSearchParams: new URLSearchParams(),
  };
  const interfaces = Object.fromEntries(Object.entries(reachable).map(([name, value]) => [name, members(value)]));
  const statics = { TextEncoder, TextDecoder, URL, URLSearchParams };
  return {
    globals: Object.getOwnPropertyNames(globalThis),
    interfaces,
    statics: Object.fromEntries(Object.entries(statics).map(([name, value]) => [name, own(value, ["length", "name"]).sort()])),
  };
}
