async function run(ctx) {
  const input = ctx.inputs.latest;
  const counts = [];
  for (let round = 0; round < 3; round++) {
    let count = 0;
    for await (const row of await input.openTabularReader()) count++;
    counts.push(count);
  }
  const reader = await input.openTabularReader();
  await reader.readRows(10);
  return [...counts, (await input.openJsonReader().catch((error) => error.name))];
}
