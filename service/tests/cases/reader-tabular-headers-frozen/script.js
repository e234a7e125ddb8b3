"use strict";
async function run(ctx) {
  const reader = await ctx.inputs.latest.openTabularReader();
  try { reader.headers.push("c"); } catch (error) { return [error.name, reader.headers]; }
}
