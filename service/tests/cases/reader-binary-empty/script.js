async function run(ctx) { const reader = await ctx.inputs.latest.openBinaryReader(); return [reader.byteLength, reader.base64, reader.bytes().length]; }
