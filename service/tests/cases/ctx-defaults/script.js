async function run(ctx) { const { configuration, ...node } = ctx.node; return { ...ctx, node, script: configuration.script.length }; }
