async function run(ctx) { return (await ctx.inputs.latest.openTabularReader({ delimiter: "|" })).headers; }
