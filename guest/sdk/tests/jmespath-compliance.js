// Runs files of JMESPath's public compliance suite (`[{ given, cases: [{ expression, result | error }] }]`) in the sandbox:
// `jmespath-compliance.sh FOLDER` gives them as inputs. Returns how many cases passed, and those that did not.

const KINDS = {
  syntax: "syntax error", "invalid-type": "invalid-type", "invalid-value": "invalid-value", "invalid-arity": "invalid-arity",
  "unknown-function": "unknown-function",
};

function same(one, other) {
  if (typeof one !== "object" || one === null || typeof other !== "object" || other === null) return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length
    && names.every((name) => Object.hasOwn(other, name) && same(one[name], other[name]));
}

// The suite asks for the keys and values of an object in no order; it says so in a comment only.
const sorted = (value) => (Array.isArray(value) ? [...value].sort() : value);

function check({ expression, result, error, comment = "" }, given) {
  let found;
  try {
    found = jmespath.search(expression, given);
  } catch (thrown) {
    return KINDS[error] !== undefined && thrown.message.startsWith(KINDS[error] + ": ") || "throws " + thrown.message;
  }
  if (error !== undefined) return "gives " + JSON.stringify(found);
  if (same(found, result)) return true;
  return /order/i.test(comment) && same(sorted(found), sorted(result)) || "gives " + JSON.stringify(found);
}

async function run(ctx) {
  let passed = 0;
  const failed = [];
  for (const handle of ctx.inputs.history) {
    const { root } = await handle.openJsonReader();
    for (const { given, cases } of root) {
      for (const one of cases.filter(({ bench }) => bench === undefined)) {
        const found = check(one, given);
        if (found === true) passed += 1;
        else failed.push({ file: handle.descriptor.dataPath, expression: one.expression, wanted: one.error ?? one.result, found });
      }
      // Cases that are only to be measured have no result: they must not throw.
      for (const { expression } of cases.filter(({ bench }) => bench !== undefined)) {
        try {
          jmespath.search(expression, given);
          passed += 1;
        } catch (thrown) {
          failed.push({ file: handle.descriptor.dataPath, expression, found: thrown.message });
        }
      }
    }
  }
  return { passed, failed };
}
