async function run() {
  setTimeout(() => {
    throw new RangeError("in a timer");
  }, 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  return "not reached";
}
