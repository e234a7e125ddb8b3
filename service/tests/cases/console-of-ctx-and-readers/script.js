// What the runtime's own objects look like, with nothing of its insides.
async function run(ctx) {
  console.log(ctx);
  console.log(ctx.inputs.latest);
  const reader = await ctx.inputs.latest.openTabularReader();
  console.log(reader);
  console.log(await reader.readRow());
  reader.dispose();
  console.log(await ctx.inputs.latest.openBinaryReader());
}
