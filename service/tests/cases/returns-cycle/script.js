function run() {
  const a = { b: {} };
  a.b.a = a;
  return a;
}
