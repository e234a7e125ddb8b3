async function run(ctx) {
  const sums = [];
  for (const input of ctx.inputs.history) {
    const reader = await input.openJsonReader();
    sums.push(reader.root.n);
    reader.dispose();
  }
  return sums;
}
