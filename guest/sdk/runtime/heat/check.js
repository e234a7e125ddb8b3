// What the builders share: messages, and copies of what a script gives. A copy reads each member once, so that a getter
// cannot pass a check with one value and leave another.

import {
  ArrayIsArray, ErrorConstructor, JSONParse, JSONStringify, NumberIsFinite, StringPrototypeSlice, describeKind, ownDescriptor,
  toText,
} from "../primordials.js";

const SHOWN_CHARS = 40;

export function fault(message) {
  return new ErrorConstructor(message);
}

/** A value as a message shows it. */
export function shown(value) {
  const type = typeof value;
  if (type === "number" || type === "boolean") return toText(value);
  if (type !== "string") return describeKind(value);
  if (value.length <= SHOWN_CHARS) return JSONStringify(value);
  return JSONStringify(StringPrototypeSlice(value, 0, SHOWN_CHARS)) + "…";
}

export function isObject(value) {
  return typeof value === "object" && value !== null && !ArrayIsArray(value);
}

/** The members of an object, without a prototype. */
export function membersOf(value, what) {
  if (!isObject(value)) throw fault(what + " must be an object, not " + shown(value));
  return { __proto__: null, ...value };
}

/** The options of a call, where none is as good as an empty object. */
export function optionsOf(value, what) {
  return value === undefined || value === null ? { __proto__: null } : membersOf(value, what);
}

export function requireText(value, what) {
  if (typeof value === "string" && value !== "") return value;
  throw fault(what + " must be a string that is not empty, not " + (value === "" ? "\"\"" : shown(value)));
}

export function requireNumber(value, what) {
  if (typeof value === "number" && NumberIsFinite(value)) return value;
  throw fault(what + " must be a finite number, not " + shown(value));
}

/** A copy of an array of strings. */
export function textsOf(value, what) {
  // What `toJSON` made of it has to be one as well.
  const copy = requireArray(copyJson(requireArray(value, what), what), what);
  for (let i = 0; i < copy.length; i++) requireText(copy[i], what + "[" + toText(i) + "]");
  return copy;
}

export function requireArray(value, what) {
  if (ArrayIsArray(value)) return value;
  throw fault(what + " must be an array, not " + shown(value));
}

/** What `value` is as JSON, as a value of its own. */
export function copyJson(value, what) {
  let json;
  try {
    json = JSONStringify(value);
  } catch (error) {
    const message = isObject(error) ? ownDescriptor(error, "message") : undefined;
    const reason = message !== undefined && typeof message.value === "string" ? ": " + message.value : "";
    throw new ErrorConstructor(what + " has no JSON form" + reason, { __proto__: null, cause: error });
  }
  if (json === undefined) throw fault(what + " has no JSON form: it is " + shown(value));
  return JSONParse(json);
}
