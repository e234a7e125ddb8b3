function run() {
  const error = new Error("unseen");
  error.name = { toString: () => "Odd" };
  error.message = ["a", 1];
  error.stack = 7;
  throw error;
}
