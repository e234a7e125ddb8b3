function run() {
  console.log("%s is %d years and %i days, %f, %j %o %O %%", "Ann", "42", 7.9, "1.5", { j: [1] }, [1], { deep: { deeper: { deepest: {} } } }, "rest", 1);
  console.log("%c styled", "color: red");
  console.log("%s", null, undefined, Symbol("s"), 12n, -0);
  console.log(), console.log(""), console.log("%");
  console.log({ s: "text", n: 1.5, f() {}, c: class A {}, d: new Date(0), r: /x/gi, u: undefined, big: 1n, nested: { a: { b: { c: 1 } } } });
  console.log([1, "two", [3, [4, [5]]]], new Map([["k", { v: 1 }]]), new Set([1, "2"]), new Error("shown").message);
  console.log(new Uint8Array([1, 2, 3]), new ArrayBuffer(2), Promise.resolve(7), new Proxy({ p: 1 }, {}));
  const loop = { name: "loop" };
  loop.self = loop;
  console.log(loop);
  console.log("line one\nline two\ttab \u2028 ключ 👍 \ud800");
}
