// The configuration of the page is a fragment; it is completed by this script.
async function run(ctx) { return ctx.node.configuration.profiler; }
