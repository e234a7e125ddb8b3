// Decision 5, word for word; whichever kind is open, and whichever comes second.
async function run(ctx) {
  const input = ctx.inputs.latest;
  const opens = ["openJsonReader", "openTabularReader", "openBinaryReader"];
  const seen = [];
  for (const first of opens) {
    const reader = await input[first]();
    for (const second of opens) {
      const result = input[second]();
      seen.push(`${first} ${second}: ${result instanceof Promise} ` + await result.then(() => "opened", (error) => `${error.constructor.name}: ${error.message}`));
    }
    reader.dispose();
  }
  // While the first is only on its way it counts already.
  const [one, two] = await Promise.allSettled([input.openBinaryReader(), input.openJsonReader()]);
  return [...seen, one.status, two.status];
}
