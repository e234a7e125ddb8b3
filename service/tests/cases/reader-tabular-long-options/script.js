async function run(ctx) {
  const seen = [];
  for (const name of ["delimiter", "inputFormat"]) {
    for (const chars of [64, 65, 65_536]) {
      const opened = ctx.inputs.latest.openTabularReader({ [name]: "a".repeat(chars) });
      seen.push(await opened.then(() => "opened", (error) => `${error.name}: ${error.message}`));
    }
  }
  const reader = await ctx.inputs.latest.openTabularReader({ delimiter: ";" });
  return [...seen, reader.headers];
}
