// The global `heat`: helpers, JMESPath and the two builders. All of it is frozen: a script that overwrites a member would
// only break its own later calls.

import { createBuilder as createDataserviceBuilder, setWarn } from "./heat/dataservice.js";
import { coerceNumber, getPath } from "./heat/helpers.js";
import { parseIso8601 } from "./heat/iso8601.js";
import { jmespath, setNatives } from "./heat/jmespath.js";
import { createBuilder as createLayoutBuilder } from "./heat/layout.js";
import { ObjectFreeze, defineValue } from "./primordials.js";

/** Runs once, before the snapshot. `warn(text)` makes a warning on the console. */
export function installHeat(global, natives, warn) {
  setNatives(natives);
  setWarn(warn);
  const heat = ObjectFreeze({
    getPath, coerceNumber, parseIso8601, jmespath,
    dataservice: ObjectFreeze({ createBuilder: createDataserviceBuilder }),
    layout: ObjectFreeze({ createBuilder: createLayoutBuilder }),
  });
  defineValue(global, "heat", heat, false);
  defineValue(global, "jmespath", jmespath, false);
}
