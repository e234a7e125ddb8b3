/// <reference path="heat-arbex.d.ts" />
// What the types must accept. Not run; check.mjs compiles it.

const run: HeatArbexRun = async (ctx) => {
  const version: "1.0" = ctx.apiVersion;
  const failed = ctx.session.nodes.filter((node) => node.lastState === "ProcessingFailed").map((node) => node.statusDetails);
  const threshold: number = ctx.node.configuration.threshold ?? 3;
  const limit: number | undefined = ctx.parent?.historyLimit;
  const platform: string | undefined = ctx.system?.version.version;

  if (ctx.inputs.latest) {
    const json = await ctx.inputs.latest.openJsonReader<{ rows: number[] }>();
    const first: number = json.root.rows[0];
    json.dispose();
    await using binary = await ctx.inputs.latest.openBinaryReader();
    const size: number = binary.bytes().byteLength + binary.base64.length + first;
    console.log("%d", size);
  }
  for (const input of ctx.inputs.history ?? []) {
    const table = await input.openTabularReader({ delimiter: ";", inputFormat: "csv" });
    for await (const row of table) {
      const cell: string = row.name;
      const rest: string[] | undefined = row._extra;
      console.debug(cell, rest?.length);
    }
    const rows: HeatArbexRow[] = await table.readRows(100);
    const none: HeatArbexRow | null = await table.readRow();
    console.info(rows, none);
  }

  const unknown: unknown = ctx.inputs.latest;
  if (HEAT_ARBEX.isInputHandle(unknown)) {
    const kind: HeatArbexKind = unknown.detectedKind;
    console.warn(kind, unknown.descriptor.outputId);
  }
  const open = (input: HeatArbexInputHandle) =>
    input.detectedKind === "json" ? input.openJsonReader()
    : input.detectedKind === "tabular" ? input.openTabularReader()
    : input.openBinaryReader();
  const reader = ctx.inputs.latest ? await open(ctx.inputs.latest) : undefined;
  if (reader?.kind === "tabular") console.log(reader.headers);
  if (HEAT_ARBEX.isBinaryReader(reader)) console.log(reader.byteLength);

  const pods = await ctx.system?.k8s.listPods({ namespace: "heat", labelSelector: "app=web" });
  const waiting = pods?.flatMap((pod) => pod.containers).filter((container) => container.memoryLimit === null);
  const replicas: number | undefined = (await ctx.system?.k8s.listDeployments())?.[0]?.readyReplicas;
  const { stdout } = (await ctx.system?.k8s.exec({ podName: "cluster-manager-0", command: ["df"] })) ?? {};
  const [entry] = (await ctx.system?.config?.getPrefix("system.")) ?? [];

  const found: string = heat.getPath({ a: [1] }, "a[0]", "none");
  const amount: number | null = heat.coerceNumber("12");
  const other: number | "none" = heat.coerceNumber("x", "none");
  const timeMs: number | null = heat.parseIso8601("2026-01-02");
  const names: string[] = heat.jmespath.search("[].name", []) ?? jmespath.search("[].name", []);

  const ds = heat.dataservice.createBuilder({ version: "1.0", defaultRealm: "default" });
  const layout = heat.layout
    .createBuilder({ version: "1.0.0", realms: ["default"], configuration: { enableLiveDataPolling: false } })
    .addRow({ tab: "Main" })
    .addComposableChart({ name: "c", titleContent: "C", channels: ["s"], colspan: 12 })
    .anchor("index")
    .xAxis({ timeLabelMode: "elapsed" })
    .addScatterSlice()
    .addSeries({ id: "s", channel: "s", color: "red" })
    .endComposableChart()
    .addColumn("MapDisplay", { name: "m", mapDisplayItem: { isSymbolToggle: true } })
    .endRow();
  const root = ds
    .addGroup("g", "G")
    .series({ id: "s", name: "S", groupId: "g" }, [{ timeMs: 1, value: "high" }])
    .ranges({ id: "r", name: "R", groupId: "g", realm: "b" }, [{ startTimeMs: 1, endTimeMs: 2, durationMs: 1 }])
    .channel({ id: "m", name: "M", groupId: "g", shape: "mapdisplay" }, {})
    .buildRoot({ layout: layout.build(), dashboardUsers: [] });
  const realm: string = root["$heat-dataservice"].realms[0].name;

  const timer: number = setTimeout((text: string, count: number) => console.log(text, count), 5, "a", 1);
  clearTimeout(timer);
  clearInterval(setInterval(() => {}, 5));
  queueMicrotask(() => {});
  const copy: { a: Date } = structuredClone({ a: new Date() });
  const text = new TextDecoder("utf-16le", { fatal: true }).decode(new TextEncoder().encode(btoa(atob("YQ=="))));
  const url = new URL("b?c=1", "https://example.org/a");
  const query: string | null = URL.parse(url)?.searchParams.get("c") ?? new URLSearchParams([["c", "1"]]).get("c");
  for (const [name, value] of url.searchParams) console.log(name, value, performance.now() + performance.timeOrigin);
  return [version, failed, threshold, limit, platform, waiting, replicas, stdout, entry?.value, found, amount, other, timeMs, names, realm, copy, text, query];
};
