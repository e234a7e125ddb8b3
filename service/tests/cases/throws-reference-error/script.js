async function run() {
  return 1 +
    missing;
}
