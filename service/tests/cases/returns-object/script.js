async function run(ctx) {
  return { ok: true, list: [1, 2.5, "three", null], nested: { deep: { deeper: [[], {}] } }, left: undefined, order: { z: 1, a: 2, 10: 3, 2: 4 } };
}
