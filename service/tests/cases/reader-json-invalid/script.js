// Decision 6: a SyntaxError that says where, and how the input begins.
async function run(ctx) {
  const seen = [];
  for (const input of ctx.inputs.history) {
    await input.openJsonReader().catch((error) => {
      const place = error.message.match(/line (\d+),? column (\d+)/);
      const begins = error.message.match(/it begins (".*")$/)?.[1];
      seen.push(`${error instanceof SyntaxError} ${error.name} ${place ? "placed" : "NO PLACE"}: ${begins}`);
    });
    // A failure gives the handle back.
    await input.openBinaryReader();
  }
  return seen;
}
