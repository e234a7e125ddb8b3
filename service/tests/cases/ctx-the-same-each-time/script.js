function run(ctx) {
  // Parts are made when first looked at; they must not be made twice.
  return [ctx.session === ctx.session, ctx.inputs === ctx.inputs, ctx.inputs.latest === ctx.inputs.latest, ctx.inputs.latest.descriptor === ctx.inputs.latest.descriptor, ctx.node.configuration === ctx.node.configuration];
}
