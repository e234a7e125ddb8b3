async function run() {
  await new Promise(() => {});
}
