async function run(ctx) {
  const reader = await ctx.inputs.latest.openBinaryReader();
  return reader.byteLength;
}
