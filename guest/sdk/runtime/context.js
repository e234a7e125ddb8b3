// `ctx`: a deeply frozen picture of the run's surroundings, and the handles on its inputs.
//
// An instance serves one run, so `ctx` is made once, before the snapshot, and its parts are filled in when a script first
// looks at them. Parsing and freezing all of it in every run cost five times as much as the rest of a trivial run.

import { makeHandle } from "./inputs.js";
import { lazy } from "./lazy.js";
import { JSONParse, ObjectFreeze, ObjectKeys, defineValue } from "./primordials.js";

const API_VERSION = "1.0";

/** Make the `ctx` of an instance. `contextJson()` gives the host's text, whose shape stands in the service's `call/ctx.rs`. */
export function makeContext(contextJson) {
  const given = lazy(() => JSONParse(contextJson()));
  const part = (name) => lazy(() => deepFreeze(given()[name]));
  const ctx = { apiVersion: API_VERSION };
  const parts = ["session", "node", "parent", "parents", "system"];
  for (let i = 0; i < parts.length; i++) defineLazy(ctx, parts[i], part(parts[i]));
  defineLazy(ctx, "inputs", lazy(() => ObjectFreeze(makeInputs(given()))));
  return ObjectFreeze(ctx);
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
