async function run(ctx) {
  const reader = await ctx.inputs.latest.openJsonReader();
  const { kind, root } = reader;
  root.mine = true; // The root is the script's own.
  return { kind, root, keys: Object.keys(reader), proto: Object.getPrototypeOf(root) === Object.prototype };
}
