async function run() {
  try {
    throw new Error("first");
  } finally {
    throw new Error("second");
  }
}
