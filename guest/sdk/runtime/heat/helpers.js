// `heat.getPath` and `heat.coerceNumber`.

import {
  DatePrototypeGetTime, NumberConstructor, NumberIsFinite, StringPrototypeCharCodeAt, StringPrototypeIndexOf,
  StringPrototypeSlice, StringPrototypeTrim, TypeErrorConstructor, describeKind, hasOwn,
} from "../primordials.js";

/**
 * The value at `path` ("a.b[0].c"; "a.0" is as good as "a[0]", and a dot at the end is nothing) or `fallback` where there is
 * none. Looks at own members only, so that "constructor" is a miss; null is a value. What a getter throws is thrown.
 */
export function getPath(object, path, fallback = undefined) {
  if (typeof path !== "string") {
    throw new TypeErrorConstructor("heat.getPath(object, path): path must be a string, not " + describeKind(path));
  }
  let value = object;
  let at = 0;
  while (at < path.length) {
    let name;
    if (path[at] === "[") {
      const end = StringPrototypeIndexOf(path, "]", at);
      if (end < 0) throw new TypeErrorConstructor("heat.getPath: a [ without its ] in the path " + path);
      name = StringPrototypeSlice(path, at + 1, end);
      at = end + 1;
      if (path[at] === ".") at += 1;
    } else {
      const end = endOfName(path, at);
      name = StringPrototypeSlice(path, at, end);
      at = path[end] === "." ? end + 1 : end;
    }
    const type = typeof value;
    if (value === null || type !== "object" && type !== "function" || !hasOwn(value, name)) return fallback;
    value = value[name];
  }
  return value === undefined ? fallback : value;
}

function endOfName(path, from) {
  let end = from;
  while (end < path.length && path[end] !== "." && path[end] !== "[") end += 1;
  return end;
}

/**
 * A finite number from a number, a decimal number in a string (white space around it aside), a boolean (0 or 1) or a Date
 * (milliseconds since 1970); `fallback` from all else.
 */
export function coerceNumber(value, fallback = null) {
  let number;
  if (typeof value === "number") number = value;
  else if (typeof value === "boolean") number = value ? 1 : 0;
  else if (typeof value === "string") number = decimal(StringPrototypeTrim(value));
  else if (typeof value === "object" && value !== null) number = timeOf(value);
  return typeof number === "number" && NumberIsFinite(number) ? number : fallback;
}

// The language reads "" as 0 and "0x10" as 16; neither is meant where data should be a number.
function decimal(text) {
  if (text === "") return undefined;
  for (let i = 0; i < text.length; i++) {
    const code = StringPrototypeCharCodeAt(text, i);
    // 0 to 9, +, -, ., E, e
    if (!(48 <= code && code <= 57 || code === 43 || code === 45 || code === 46 || code === 69 || code === 101)) return undefined;
  }
  return NumberConstructor(text);
}

function timeOf(value) {
  try {
    return DatePrototypeGetTime(value);
  } catch {
    return undefined;
  }
}
