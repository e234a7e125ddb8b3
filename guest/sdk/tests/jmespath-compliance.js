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

const isOfAKind = (message) => Object.values(KINDS).some((kind) => message.startsWith(kind + ": "));

/** Whether a case passes, or what happened instead. */
function check({ expression, result, error, bench }, given) {
  let found;
  try {
    found = jmespath.search(expression, given);
  } catch (thrown) {
    // Cases that are only there to be measured say nothing of their result, and two of them are wrong.
    if (bench !== undefined) return isOfAKind(thrown.message) || "throws " + thrown.message;
    return KINDS[error] !== undefined && thrown.message.startsWith(KINDS[error] + ": ") || "throws " + thrown.message;
  }
  return bench !== undefined || error === undefined && same(found, result) || "gives " + JSON.stringify(found);
}

async function run(ctx) {
  let passed = 0;
  const failed = [];
  for (const handle of ctx.inputs.history) {
    const { root } = await handle.openJsonReader();
    for (const { given, cases } of root) {
      for (const one of cases) {
        const found = check(one, given);
        if (found === true) passed += 1;
        else failed.push({ file: handle.descriptor.dataPath, expression: one.expression, wanted: one.error ?? one.result, found });
      }
    }
  }
  return { passed, failed };
}
