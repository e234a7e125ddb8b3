async function run(ctx) {
  const seen = [];
  for (const input of ctx.inputs.history) {
    const reader = await input.openTabularReader();
    seen.push({ headers: reader.headers, rows: await reader.readRows() });
  }
  return seen;
}
