async function run(ctx) { return { session: ctx.session, parents: ctx.parents, parent: ctx.parent, node: ctx.node.instanceId }; }
