async function* ticks(n) { for (let i = 0; i < n; i++) { await new Promise((resolve) => setTimeout(resolve, 1)); yield i; } }
async function run() {
  const seen = [];
  for await (const tick of ticks(4)) seen.push(tick);
  seen.push(await Promise.race([new Promise(() => {}), Promise.resolve("race")]), (await Promise.allSettled([1, Promise.reject(2)])).map((r) => r.status));
  return seen;
}
