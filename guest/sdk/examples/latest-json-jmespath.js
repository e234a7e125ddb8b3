/// <reference path="heat-arbex.d.ts" />
// A: Pick fields out of the latest JSON output with JMESPath
//
// Configuration: parent.mode "latest". Optional: `expression`, a JMESPath expression of your own.
// Output: { outputId, found }. `found` is null when the expression finds nothing, or the parent has no output yet.

const STANDARD_EXPRESSION = "sensors[?status == 'ok'].{ name: name, celsius: reading.celsius } | sort_by(@, &celsius)";

/** @type {HeatArbexRun} */
async function run(ctx) {
  const input = ctx.inputs.latest;
  if (!input) return { outputId: null, found: null };

  // An expression in the configuration can be changed without touching the script.
  const expression = ctx.node.configuration.expression ?? STANDARD_EXPRESSION;

  const reader = await input.openJsonReader();
  const found = jmespath.search(expression, reader.root);
  reader.dispose();

  console.log("%s gives %j", expression, found);
  return { outputId: input.descriptor.outputId, found };
}
