async function run() {
  const [before, began] = [Date.now(), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, 20));
  const [wall, mono] = [Date.now() - before, performance.now() - began];
  const randoms = new Set(Array.from({ length: 1000 }, Math.random));
  return { wall: wall >= 19 && wall < 10000, mono: mono >= 19 && mono < 10000, year: new Date().getFullYear() >= 2026, zone: new Date().getTimezoneOffset(), distinct: randoms.size, within: [...randoms].every((n) => 0 <= n && n < 1) };
}
