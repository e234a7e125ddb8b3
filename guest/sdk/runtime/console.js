// `console`: formats as Node does and hands each entry to the host, which keeps the caps.

import { format } from "./inspect.js";

const LEVELS = { log: 0, info: 1, warn: 2, error: 3, debug: 4 };

/** Make the global `console` over the host's `console(level, text) -> more`. */
export function makeConsole(natives) {
  // Once the host says that nothing more is kept, formatting would only burn the script's fuel.
  let open = true;
  const entry = (level) => {
    const { [level]: method } = {
      [level](...args) {
        if (open) open = natives.console(LEVELS[level], format(args, natives.maxConsoleMessageChars()));
      },
    };
    return method;
  };
  return { log: entry("log"), info: entry("info"), warn: entry("warn"), error: entry("error"), debug: entry("debug") };
}
