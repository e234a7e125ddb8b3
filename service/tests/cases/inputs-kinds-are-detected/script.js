function run(ctx) {
  return ctx.inputs.history.map((input, index) => `${index} ${input.detectedKind}${input.detectedKind === input.descriptor.detectedKind ? "" : " differs"}`);
}
