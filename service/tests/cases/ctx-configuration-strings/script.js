// The platform stores configurations as JSON strings; text that is not JSON stays text.
function run(ctx) { return [ctx.session.configuration, ctx.node.configuration]; }
