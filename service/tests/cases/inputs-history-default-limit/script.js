function run(ctx) { return [ctx.inputs.history.length, ctx.inputs.history[0].descriptor.outputId]; }
