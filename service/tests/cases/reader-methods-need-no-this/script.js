async function run(ctx) {
  const { openTabularReader, openJsonReader } = ctx.inputs.latest;
  const { readRow, dispose } = await openTabularReader();
  const row = await readRow();
  dispose();
  return [row, (await openJsonReader()).root];
}
