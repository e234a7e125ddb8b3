// As JSON.stringify has them: collections without members, typed arrays by index, boxed primitives unboxed.
function run() {
  return { map: new Map([[1, 2]]), set: new Set([1]), bytes: new Uint8Array([1, 2]), boxed: [new Number(1), new String("s"), new Boolean(false)], regexp: /x/g, error: new Error("e") };
}
