// `ctx`: a deeply frozen picture of the run's surroundings, and the handles on its inputs.
//
// An instance serves one run, so `ctx` is made once, before the snapshot, and its parts are filled in when a script first
// looks at them. Parsing and freezing all of it in every run cost five times as much as the rest of a trivial run.

import { makeHandle } from "./inputs.js";
import { lazy } from "./lazy.js";
import { JSONParse, ObjectFreeze, ObjectKeys, defineValue } from "./primordials.js";
import { makeSystem } from "./system.js";

const API_VERSION = "1.0";

/**
 * Make the two `ctx` of which an instance hands out one: with `system` and without. `natives.contextJson()` gives the host's
 * text, whose shape stands in the service's `call/ctx.rs`.
 */
export function makeContexts(natives) {
  const given = lazy(() => JSONParse(natives.contextJson()));
  const part = (name) => lazy(() => deepFreeze(given()[name]));
  const parts = {
    session: part("session"), node: part("node"), parent: part("parent"), parents: part("parents"),
    inputs: lazy(() => ObjectFreeze(makeInputs(given()))),
  };
  const make = (getters) => {
    const ctx = { apiVersion: API_VERSION };
    const names = ObjectKeys(getters);
    for (let i = 0; i < names.length; i++) defineLazy(ctx, names[i], getters[names[i]]);
    return ObjectFreeze(ctx);
  };
  const system = makeSystem(natives, () => deepFreeze(given().system.version));
  return { withSystem: make({ ...parts, system: lazy(system) }), withoutSystem: make(parts) };
}

function defineLazy(object, name, get) {
  Object.defineProperty(object, name, { get, enumerable: true, configurable: true });
}

function makeInputs({ mode, inputs }) {
  const handles = [];
  for (let i = 0; i < inputs.length; i++) defineValue(handles, i, makeHandle(i, ObjectFreeze(inputs[i])), true);
  if (mode === "history") return { history: ObjectFreeze(handles) };
  return { latest: handles.length === 0 ? null : handles[0] };
}

// Recursion is bounded: the host refuses a context that is nested deeper than 128 levels.
function deepFreeze(value) {
  if (typeof value !== "object" || value === null) return value;
  const keys = ObjectKeys(value);
  for (let i = 0; i < keys.length; i++) deepFreeze(value[keys[i]]);
  return ObjectFreeze(value);
}
