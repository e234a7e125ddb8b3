async function run(ctx) {
  const reader = await ctx.inputs.latest.openTabularReader();
  const pending = reader.readRow();
  reader.dispose();
  return [await pending, await reader.readRow(), await reader.readRows(), await reader[Symbol.asyncIterator]().next()].map((value) => value ?? null);
}
