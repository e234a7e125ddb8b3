/// <reference path="heat-arbex.d.ts" />
// E: Describe a binary upload
//
// Configuration: parent.mode "latest"; parent.readerHint "binary" spares the detection.
// Output: { byteLength, contentType, format, width, height, firstBytes }. `format` comes from the bytes, not from the name;
// width and height are those of a PNG, else null; `firstBytes` is hexadecimal.

/** @type {[string, number[]][]} */
const SIGNATURES = [
  ["png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["jpeg", [0xff, 0xd8, 0xff]],
  ["gzip", [0x1f, 0x8b]],
  ["zip", [0x50, 0x4b, 0x03, 0x04]],
  ["pdf", [0x25, 0x50, 0x44, 0x46]],
];

/** @type {HeatArbexRun} */
async function run(ctx) {
  if (!ctx.inputs.latest) return null;

  // Disposed at the end of the function, whichever way it ends.
  await using reader = await ctx.inputs.latest.openBinaryReader();
  const bytes = reader.bytes();
  const signature = SIGNATURES.find(([, start]) => start.every((byte, at) => bytes[at] === byte));
  const format = signature ? signature[0] : "unknown";

  // The first chunk of a PNG is its header: width and height, big-endian, from byte 16.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const hasSize = format === "png" && bytes.byteLength >= 24;
  return {
    byteLength: reader.byteLength,
    contentType: reader.contentType,
    format,
    width: hasSize ? view.getUint32(16) : null,
    height: hasSize ? view.getUint32(20) : null,
    firstBytes: [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" "),
  };
}
