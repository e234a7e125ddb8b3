async function run(ctx) {
  const input = ctx.inputs.latest;
  const seen = [];
  for (const open of ["openJsonReader", "openTabularReader", "openBinaryReader"]) {
    const reader = await input[open]();
    seen.push(reader.dispose(), reader.dispose(), await (await input[open]())[Symbol.asyncDispose]());
  }
  // A reader that is disposed again does not free the handle for its successor.
  const old = await input.openBinaryReader();
  old.dispose();
  await input.openBinaryReader();
  old.dispose();
  seen.push(await input.openBinaryReader().catch((error) => error.message));
  return seen.map((value) => value ?? "undefined");
}
