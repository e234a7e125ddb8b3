function run(ctx) { return ["system" in ctx, ctx.system, Object.keys(ctx)]; }
