function run() {
  return { then(_, reject) { reject(new Error("thenable")); } };
}
