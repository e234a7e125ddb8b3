async function run() {
  const seen = [];
  const started = Date.now();
  let ticks = 0;
  await new Promise((resolve) => {
    const id = setInterval((...args) => {
      seen.push(`tick ${++ticks} ${args.join()}`);
      if (ticks === 3) { clearInterval(id); resolve(); }
    }, 2, "a", "b");
  });
  clearTimeout(setTimeout(() => seen.push("never"), 1));
  const cleared = setTimeout(() => seen.push("never"), 30);
  setTimeout(() => clearTimeout(cleared), 1);
  clearTimeout(undefined), clearTimeout(null), clearTimeout({}), clearTimeout(12345), clearInterval("x");
  await new Promise((resolve) => setTimeout(resolve, 40));
  const waited = Date.now() - started;
  for (const bad of [undefined, "code", 7, {}]) {
    try { setTimeout(bad); } catch (error) { seen.push(error.name); }
  }
  return { seen, waited: waited >= 40, ids: [typeof setTimeout(() => {}, 1), typeof setInterval(() => {}, 1e6)] };
}
