function a(n) {
  if (n === 0) throw new Error("bottom");
  return a(n - 1) + 1;
}
const run = () => a(3);
