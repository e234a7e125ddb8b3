// Disposing a table that was read to its end must not close the next one on the same handle.
async function run(ctx) {
  const input = ctx.inputs.latest;
  const old = await input.openTabularReader();
  while ((await old.readRow()) !== null);
  const next = await input.openTabularReader();
  old.dispose();
  await old[Symbol.asyncDispose]();
  const rows = [await next.readRow(), await next.readRow(), await next.readRow()];
  return { rows, old: await old.readRow() };
}
