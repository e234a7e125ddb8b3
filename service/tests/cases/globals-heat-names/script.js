// Where scripts look for these by mistake: they are globals, not members of ctx.
function run(ctx) { return [typeof HEAT_ARBEX, "HEAT_ARBEX" in ctx, "console" in ctx, typeof ctx.heat]; }
