async function run(ctx) {
  const seen = [];
  for (const input of ctx.inputs.history) {
    const reader = await input.openTabularReader();
    seen.push([reader.headers, Object.values(await reader.readRow())]);
  }
  return seen;
}
