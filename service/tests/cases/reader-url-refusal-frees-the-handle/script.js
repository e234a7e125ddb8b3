// Inputs that came along are read as ever beside one that may not be fetched.
async function run(ctx) {
  const [remote, inline] = ctx.inputs.history;
  const settled = await Promise.allSettled([remote.openJsonReader(), remote.openJsonReader(), inline.openJsonReader()]);
  const again = await remote.openBinaryReader().catch((error) => error.message);
  return [settled.map(({ status, value, reason }) => [status, value?.root ?? reason.message]), again];
}
