/// <reference path="heat-arbex.d.ts" />
// F: Walk a history of mixed uploads with type guards
//
// Configuration: parent.mode "history".
// Output: { uploads: [{ outputId, kind, … }] } with what each kind can tell: keys of a JSON object, columns and rows of a
// table, the size of anything else. An upload that cannot be read has `error`, and does not stop the others.

/** @param {HeatArbexInputHandle} input */
function open(input) {
  if (input.detectedKind === "json") return input.openJsonReader();
  if (input.detectedKind === "tabular") return input.openTabularReader();
  return input.openBinaryReader();
}

/** @param {unknown} reader */
async function describe(reader) {
  if (HEAT_ARBEX.isJsonReader(reader)) {
    const { root } = reader;
    return { kind: "json", keys: root && typeof root === "object" ? Object.keys(root) : [] };
  }
  if (HEAT_ARBEX.isTabularReader(reader)) {
    let rows = 0;
    while ((await reader.readRow()) !== null) rows += 1;
    return { kind: "tabular", columns: reader.headers, rows };
  }
  if (HEAT_ARBEX.isBinaryReader(reader)) return { kind: "binary", byteLength: reader.byteLength };
  throw new TypeError("not a reader");
}

/** @type {HeatArbexRun} */
async function run(ctx) {
  const uploads = [];
  for (const input of ctx.inputs.history ?? []) {
    const { outputId } = input.descriptor;
    try {
      const reader = await open(input);
      uploads.push({ outputId, ...(await describe(reader)) });
      reader.dispose();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      console.error("output %d: %s", outputId, message);
      uploads.push({ outputId, kind: input.detectedKind, error: message });
    }
  }
  return { uploads };
}
