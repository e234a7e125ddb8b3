// The global `heat`: helpers, JMESPath and the two builders. All of it is frozen: a script that overwrites a member would
// only break its own later calls.

import { jmespath } from "./heat/jmespath.js";
import { ObjectFreeze, defineValue } from "./primordials.js";

export const heat = ObjectFreeze({ jmespath });

/** Runs once, before the snapshot. */
export function installHeat(global) {
  defineValue(global, "heat", heat, false);
  defineValue(global, "jmespath", jmespath, false);
}
