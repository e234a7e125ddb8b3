async function run(ctx) {
  const readers = await Promise.all(ctx.inputs.history.map((input) => input.openJsonReader()));
  const rows = await Promise.all(ctx.inputs.history.map(async (input, index) => {
    readers[index].dispose();
    return (await (await input.openTabularReader()).readRow()).n;
  }));
  return [readers.map((reader) => reader.root[0].n), rows];
}
