async function run() {
  try {
    await new Promise(() => {});
  } catch {
    return "caught";
  } finally {
    console.log("never");
  }
}
