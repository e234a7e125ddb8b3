// Puts the web-platform globals on a global object.

import { TextDecoder, TextEncoder, atob, btoa } from "./encoding.js";
import { structuredClone } from "./structured-clone.js";
import { clearInterval, clearTimeout, currentMs, queueMicrotask, setInterval, setTimeout } from "./timers.js";
import { URL, URLSearchParams } from "./url.js";
import {
  DateNow, MathTrunc,
} from "./primordials.js";

// Read by `timeOrigin`, whose first use must be in the run and not in the snapshot.
let timeOrigin;

const performance = {
  /** Whole milliseconds since the run began. */
  now() {
    return MathTrunc(currentMs());
  },
  get timeOrigin() {
    if (timeOrigin === undefined) timeOrigin = DateNow() - MathTrunc(currentMs());
    return timeOrigin;
  },
  toJSON() {
    return { timeOrigin: performance.timeOrigin };
  },
};

/** Members of a web interface are enumerable, those of a JavaScript class are not. */
function finishInterface(Interface, name) {
  const makeEnumerable = (holder, skipped) => {
    for (const key of Object.getOwnPropertyNames(holder)) {
      if (!skipped.includes(key)) Object.defineProperty(holder, key, { enumerable: true });
    }
  };
  makeEnumerable(Interface, ["length", "name", "prototype"]);
  makeEnumerable(Interface.prototype, ["constructor"]);
  Object.defineProperty(Interface.prototype, Symbol.toStringTag, { value: name, configurable: true });
}

/** Runs once, when the snapshot is made and before any script; so it may use the language freely. */
export function installGlobals(global) {
  finishInterface(TextEncoder, "TextEncoder");
  finishInterface(TextDecoder, "TextDecoder");
  finishInterface(URL, "URL");
  finishInterface(URLSearchParams, "URLSearchParams");
  Object.defineProperty(performance, Symbol.toStringTag, { value: "Performance", configurable: true });
  const globals = {
    TextDecoder, TextEncoder, URL, URLSearchParams, atob, btoa, clearInterval, clearTimeout, performance,
    queueMicrotask, setInterval, setTimeout, structuredClone,
  };
  for (const name of Object.keys(globals)) {
    Object.defineProperty(global, name, { value: globals[name], writable: true, configurable: true, enumerable: false });
  }
}
