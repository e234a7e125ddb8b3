async function run(ctx) {
  console.log("before");
  await new Promise((resolve) => setTimeout(resolve, 1));
  (await ctx.inputs.latest.openBinaryReader()).dispose();
  await new Promise((resolve) => { clearTimeout(setTimeout(resolve, 1)); });
}
