async function run() {
  console.log("before");
  throw new Error("no data");
}
