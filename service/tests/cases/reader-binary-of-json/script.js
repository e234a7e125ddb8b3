// JSON content is handed over as it was written in the request.
async function run(ctx) { return new TextDecoder().decode((await ctx.inputs.latest.openBinaryReader()).bytes()); }
