async function run(ctx) {
  const reader = await ctx.inputs.latest.openBinaryReader();
  const bytes = reader.bytes();
  return { kind: reader.kind, byteLength: reader.byteLength, base64: reader.base64, contentType: reader.contentType, typed: bytes instanceof Uint8Array, bytes: [...bytes], same: reader.bytes() === bytes, keys: Object.keys(reader) };
}
