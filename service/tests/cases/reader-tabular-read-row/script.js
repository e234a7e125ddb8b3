async function run(ctx) {
  const reader = await ctx.inputs.latest.openTabularReader();
  // Not awaited one by one: they come in order all the same.
  const together = await Promise.all([reader.readRow(), reader.readRow(), reader.readRow()]);
  return { together, fourth: await reader.readRow(), end: await reader.readRow(), still: await reader.readRow() };
}
