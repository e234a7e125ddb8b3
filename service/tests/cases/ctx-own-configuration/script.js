// Without one in the context it is the request's own, unknown keys included.
function run(ctx) { const { script, ...rest } = ctx.node.configuration; return rest; }
