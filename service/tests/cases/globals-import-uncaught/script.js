async function run() {
  const fs = await import("fs");
}
