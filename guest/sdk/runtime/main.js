// The SDK's entry points, called by the guest's Rust half. `install` runs once, before the snapshot; the rest in each run.

import { makeConsole } from "./console.js";
import { makeContexts } from "./context.js";
import { installGlobals } from "./globals.js";
import { installGuards } from "./guards.js";
import { installHeat } from "./heat.js";
import { settleOperation, setNatives as setInputNatives } from "./inputs.js";
import { setIntrospection } from "./inspect.js";
import { PromiseResolve } from "./primordials.js";
import { setNative as setEncodingNatives } from "./encoding.js";
import { setNative as setUrlNatives } from "./url.js";
import { fireDueTimer, nextTimerDelayMs, setClock, setUncaughtHook } from "./timers.js";

let contexts;

export function install(natives, global) {
  contexts = makeContexts(natives);
  setIntrospection(natives);
  setEncodingNatives(natives);
  setUrlNatives(natives);
  setInputNatives(natives);
  setClock(natives.nowMs);
  setUncaughtHook(natives.uncaught);
  installGlobals(global);
  installGuards(global);
  // The engine brings these along; decision 12 leaves them out.
  delete global.SharedArrayBuffer;
  delete global.DOMException;
  // The Node host has none of these, and they put text into JSON that is no JSON: half a surrogate pair.
  delete global.JSON.rawJSON;
  delete global.JSON.isRawJSON;
  const console = makeConsole(natives);
  installHeat(global, natives, console.warn);
  Object.defineProperty(global, "console", {
    value: console, writable: true, configurable: true, enumerable: false,
  });
}

/** `ctx` of the one run. */
export function begin(hasSystem) {
  return hasSystem ? contexts.withSystem : contexts.withoutSystem;
}

/** The script's `run`, whether it is a function declaration, a `var`, a `let` or a `const`. */
export function findRun() {
  return typeof run === "undefined" ? undefined : run;
}

export function toPromise(thenable) {
  return PromiseResolve(thenable);
}

export { settleOperation as settle, fireDueTimer, nextTimerDelayMs };
