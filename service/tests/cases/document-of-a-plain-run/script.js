function run() {
  console.warn("w");
  return { a: 1 };
}
