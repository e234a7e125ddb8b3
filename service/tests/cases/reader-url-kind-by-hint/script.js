async function run(ctx) {
  return ctx.inputs.latest.detectedKind;
}
