// Thousands of rows come in several batches; none is lost or read twice.
async function run(ctx) {
  let [count, sum, last] = [0, 0, null];
  for await (const { n, text } of await ctx.inputs.latest.openTabularReader()) {
    if (text !== `row ${n}`) throw new Error(`row ${n} has ${text}`);
    [count, sum, last] = [count + 1, sum + Number(n), n];
  }
  return { count, sum, last };
}
