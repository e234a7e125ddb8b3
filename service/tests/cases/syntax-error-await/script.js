function run() {
  await 1;
}
