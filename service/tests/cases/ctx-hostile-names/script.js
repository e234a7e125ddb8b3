// Names that mean something to JavaScript are plain data.
function run(ctx) {
  const { configuration } = ctx.session;
  return { own: Object.getOwnPropertyNames(configuration), plain: Object.getPrototypeOf(configuration) === Object.prototype, polluted: ({}).polluted ?? null };
}
