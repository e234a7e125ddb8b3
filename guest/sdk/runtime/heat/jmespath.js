// `heat.jmespath.search` and the global `jmespath.search`. The work is done in the guest's Rust half, `src/jmespath.rs`.

import { ObjectFreeze, TypeErrorConstructor, describeKind } from "../primordials.js";

let natives;

export function setNatives(given) {
  natives = given;
}

/**
 * What `expression` finds in `data`, or null. Results are parts of `data`, not copies. Throws an `Error` whose message begins
 * with the kind of the fault: `syntax error`, `invalid-type`, `invalid-value`, `invalid-arity` or `unknown-function`.
 */
function search(expression, data) {
  if (typeof expression !== "string") {
    throw new TypeErrorConstructor(
      "jmespath.search(expression, data): expression must be a string, not " + describeKind(expression));
  }
  return natives.jmespathSearch(expression, data);
}

export const jmespath = ObjectFreeze({ search: ObjectFreeze(search) });
