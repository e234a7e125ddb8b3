async function run() {
  const seen = [];
  for (const name of ["fs", "sdk/main.js", "./timers.js", "arbex-user-script.js", "std", "", "data:text/javascript,export default 1"]) {
    await import(name).then(() => seen.push(`${name}: loaded`), (error) => seen.push(`${error.name}: ${error.message}`));
  }
  return seen;
}
