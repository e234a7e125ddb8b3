// Neither the address nor a header may reach the script, however it asks.
async function run(ctx) {
  const input = ctx.inputs.latest;
  const seen = [];
  for (const open of ["openJsonReader", "openTabularReader", "openBinaryReader"]) {
    await input[open]().then(() => seen.push("opened"), (error) => seen.push(`${error instanceof Error} ${error.name}: ${error.message}`));
  }
  console.log(ctx.inputs, input);
  return { seen, leaked: JSON.stringify([ctx.inputs, ctx.session, input.descriptor]).includes("canary") };
}
