// The state of one inspection: options, indentation, the chain of objects being
// printed (for circular references) and what is left of the text budget.
// One context serves one top-level value; nothing is kept between calls, so user
// code that runs meanwhile (a toString, a Proxy trap) may log in its turn.

import { MapConstructor, MapPrototypeGet, MapPrototypeGetSize, MapPrototypeSet, createList } from '../primordials.js';

/** Node's defaults for util.inspect. */
export const BREAK_LENGTH = 80;
export const COMPACT_LEVELS = 3;
export const MAX_ITEMS = 100;
export const MAX_STRING = 10000;

// Arrays longer than this do not have their keys enumerated (it would make a
// string of every index) unless they have holes among the items to be shown.
export const KEY_ENUMERATION_LIMIT = 10000;

// inspect(value, { depth: Infinity }) stops here: deeper nesting is of no use to
// a reader, and each level costs engine stack.
const DEPTH_LIMIT = 128;

export function createContext(render, depth, budget, showHidden) {
  return {
    // The function that formats a nested value; passed along to keep the
    // modules free of import cycles.
    render,
    depth: depth < DEPTH_LIMIT ? depth : DEPTH_LIMIT,
    // showHidden is `%o`: non-enumerable keys, Proxy targets and handlers.
    showHidden,
    // Column at which the value being printed starts.
    indentation: 0,
    // Level of the object entered last; layout uses it to know how many levels
    // of nesting a value contains.
    currentLevel: 0,
    ancestors: createList(),
    ancestorCount: 0,
    // object -> reference number, made when the first circular reference is met
    circular: undefined,
    remaining: budget,
    exhausted: false,
  };
}

/** Takes the length of `text`, which will be part of the output, off the budget. */
export function charge(context, text) {
  context.remaining -= text.length;
  return text;
}

/** True when the budget is used up: callers stop producing entries. */
export function isExhausted(context) {
  if (context.remaining > 0) return false;
  context.exhausted = true;
  return true;
}

export function enter(context, value, level) {
  context.ancestors[context.ancestorCount] = value;
  context.ancestorCount++;
  context.currentLevel = level;
}

export function leave(context) {
  context.ancestorCount--;
  context.ancestors[context.ancestorCount] = undefined;
}

export function isAncestor(context, value) {
  for (let i = context.ancestorCount - 1; i >= 0; i--) {
    if (context.ancestors[i] === value) return true;
  }
  return false;
}

/** The number of the circular reference to `value`, given out at first use. */
export function circularIndex(context, value) {
  if (context.circular === undefined) context.circular = new MapConstructor();
  let index = MapPrototypeGet(context.circular, value);
  if (index === undefined) {
    index = MapPrototypeGetSize(context.circular) + 1;
    MapPrototypeSet(context.circular, value, index);
  }
  return index;
}

/** The reference number of `value` if something below pointed back at it. */
export function knownCircularIndex(context, value) {
  return context.circular === undefined ? undefined : MapPrototypeGet(context.circular, value);
}
