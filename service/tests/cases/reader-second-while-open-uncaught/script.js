async function run(ctx) {
  await ctx.inputs.latest.openJsonReader();
  await ctx.inputs.latest.openJsonReader();
}
