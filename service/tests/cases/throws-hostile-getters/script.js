// Whatever the error does, its thrower gets an answer.
function run() {
  const error = new Error("unseen");
  for (const name of ["stack", "name", "message"]) {
    Object.defineProperty(error, name, { get() { throw new Error(`${name} threw`); } });
  }
  throw error;
}
