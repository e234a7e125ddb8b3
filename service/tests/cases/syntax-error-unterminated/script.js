async function run() {
  return { a: 1;
