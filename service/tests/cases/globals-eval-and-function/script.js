// They work, and see this sandbox only.
async function run() {
  const local = 1;
  const AsyncFunction = (async () => {}).constructor;
  const Generator = function* () {}.constructor;
  return [eval("local + 1"), (0, eval)("typeof local"), new Function("a", "b", "return a * b")(6, 7), await new AsyncFunction("return await 5")(), [...new Generator("yield 1; yield 2")()], new Function("return this")() === globalThis, new Function("return typeof require + typeof process")()];
}
