/// <reference path="heat-arbex.d.ts" />
// H: A dashboard from any upload: a summary, a synthetic series and their layout
//
// Script of the node sample-arbex in the session template sample-arbex-composable-dashboard.
// Configuration: parent: { "nodeInstanceName": "sample-input", "mode": "latest" }, dataserviceOutput: { "enabled": true,
// "persistence": "dataservice-root", "layoutOutput": { "enabled": true, "require": true } }.
// Output: channel input-summary (value): the descriptor of the latest upload and, for JSON, what is in it. Channel
// synthetic-metric (series): a random walk, the same for the same session. And a layout with both.

const POINTS = 60;
const STEP_MS = 1000;

/**
 * Numbers from 0 to 1 that follow from `seed`: Math.random would draw another chart at every run.
 * @param {string} seed
 */
function seededRandom(seed) {
  let state = 2166136261;
  for (const byte of new TextEncoder().encode(seed)) state = Math.imul(state ^ byte, 16777619);
  return () => {
    // xorshift, which must not stand at zero.
    state ||= 1;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** @param {HeatArbexInputHandle | null | undefined} input */
async function summarize(input) {
  if (!input) return { hasInput: false };
  const { outputId, createdAtUtc, contentType, detectedKind, sizeBytes } = input.descriptor;
  const summary = { hasInput: true, outputId, createdAtUtc, contentType, detectedKind, sizeBytes };
  if (detectedKind !== "json") return summary;
  try {
    const reader = await input.openJsonReader();
    const { root } = reader;
    reader.dispose();
    const type = Array.isArray(root) ? "array" : root === null ? "null" : typeof root;
    if (type === "array") return { ...summary, json: { type, items: root.length } };
    return { ...summary, json: type === "object" ? { type, keys: Object.keys(root).slice(0, 20) } : { type } };
  } catch (error) {
    // What claims to be JSON and is not still has a descriptor worth showing.
    console.warn("the upload does not parse: %s", error instanceof Error ? error.message : error);
    return summary;
  }
}

/** @type {HeatArbexRun<HeatDataserviceRoot>} */
async function run(ctx) {
  const random = seededRandom(String(ctx.session.id));
  let level = 50;
  const points = Array.from({ length: POINTS }, (_, index) => {
    level = Math.min(100, Math.max(0, level + (random() - 0.5) * 10));
    return { timeMs: index * STEP_MS, value: Math.round(level * 100) / 100 };
  });

  const ds = heat.dataservice.createBuilder({ defaultRealm: "default" });
  ds.addGroup("sample", "Sample");
  ds.value({ id: "input-summary", name: "Input summary", groupId: "sample" }, await summarize(ctx.inputs.latest));
  ds.series({ id: "synthetic-metric", name: "Synthetic metric", groupId: "sample", metadata: { units: "%" } }, points);

  const layout = heat.layout
    .createBuilder({ version: "1.0.0", realms: ["default"] })
    .addRow({ title: "Sample" })
    .addComposableChart({
      name: "sample-chart",
      titleContent: "Synthetic metric",
      channels: ["synthetic-metric", "input-summary"],
      colspan: 12,
    })
    .anchor("time")
    .addAreaSlice({ label: "Synthetic metric", order: 1, height: 220 })
    .addSeries({ id: "synthetic", label: "Synthetic metric", channel: "synthetic-metric" })
    .addStaticSlice({ label: "Input", order: 2, height: 80 })
    .addSeries({ id: "input", label: "Input", channel: "input-summary" })
    .endComposableChart();

  return ds.buildRoot({ suggestedLayoutConfiguration: layout });
}
