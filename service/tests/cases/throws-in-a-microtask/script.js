async function run() {
  queueMicrotask(() => {
    throw new RangeError("in a microtask");
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  return "not reached";
}
