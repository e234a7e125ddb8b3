async function run(ctx) {
  const input = ctx.inputs.latest;
  for await (const row of await input.openTabularReader()) {
    if (row.n === "2") break;
  }
  try {
    for await (const row of await input.openTabularReader()) throw new Error(`at ${row.n}`);
  } catch (error) {
    return [error.message, (await input.openTabularReader()).headers];
  }
}
