function run(ctx) { return ctx.inputs.history.map((input) => input.detectedKind); }
