async function run(ctx) {
  const reader = await ctx.inputs.latest.openJsonReader();
  return reader.root;
}
