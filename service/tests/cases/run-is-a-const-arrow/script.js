const run = async (ctx) => ctx.apiVersion;
