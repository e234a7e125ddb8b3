async function run(ctx) { return (await ctx.inputs.latest.openJsonReader()).root; }
