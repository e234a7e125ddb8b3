async function run(ctx) {
  const seen = [];
  for (const input of ctx.inputs.history) {
    await input.openTabularReader({ inputFormat: "json" }).then(({ headers }) => seen.push(headers), (error) => seen.push(`${error.name}: ${error.message}`));
  }
  return seen;
}
