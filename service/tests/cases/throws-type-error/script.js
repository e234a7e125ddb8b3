async function run(ctx) {
  const latest = ctx.inputs.latest;
  return latest.openJsonReader();
}
