function run() {
  console.log("a log");
  console.info("an info");
  console.warn("a warning");
  console.error("an error");
  console.debug("a detail");
  return Object.getOwnPropertyNames(console).sort();
}
