// Which properties of an object are printed, and the text of one of them.

import {
  ArrayIsArray, FunctionPrototype, ObjectGetOwnPropertySymbols, ObjectKeys, ReflectGetPrototypeOf, ReflectOwnKeys,
  append, createList, hasOwn, isEnumerableOwn, ownDescriptor,
} from '../primordials.js';
import { isLazy } from '../lazy.js';
import { KEY_ENUMERATION_LIMIT, charge, enter, isExhausted, leave } from './context.js';
import { ownName } from './identity.js';
import { cutText, formatKey, isArrayIndex } from './strings.js';

function appendSymbols(keys, value, showHidden) {
  const symbols = ObjectGetOwnPropertySymbols(value);
  for (let i = 0; i < symbols.length; i++) {
    if (showHidden || isEnumerableOwn(value, symbols[i])) append(keys, symbols[i]);
  }
}

/** Own keys to print: enumerable ones, or all with showHidden. */
export function keysOf(value, showHidden) {
  const keys = createList();
  const own = showHidden ? ReflectOwnKeys(value) : ObjectKeys(value);
  for (let i = 0; i < own.length; i++) append(keys, own[i]);
  if (!showHidden) appendSymbols(keys, value, false);
  return keys;
}

/**
 * The same without array indices, for arrays, typed arrays and boxed strings.
 * Listing keys makes a string of every index, so for a long one the extra named
 * properties are left out (symbols cost nothing and stay).
 */
export function keysWithoutIndices(value, length, showHidden) {
  const keys = createList();
  if (length > KEY_ENUMERATION_LIMIT) {
    if (showHidden && hasOwn(value, 'length')) append(keys, 'length');
    appendSymbols(keys, value, showHidden);
    return keys;
  }
  const own = ReflectOwnKeys(value);
  // Indices come first and in order, so all of a dense array's are stepped over.
  let first = 0;
  if (own.length >= length && length > 0 && own[length - 1] === `${length - 1}`) first = length;
  for (let i = first; i < own.length; i++) {
    const key = own[i];
    if (typeof key === 'string' && isArrayIndex(key)) continue;
    if (showHidden || isEnumerableOwn(value, key)) append(keys, key);
  }
  return keys;
}

// ECMAScript's own constructors; two of Node's rules stop at them.
const builtinConstructors = {
  __proto__: null,
  AggregateError: true, Array: true, ArrayBuffer: true, Atomics: true, BigInt: true, BigInt64Array: true,
  BigUint64Array: true, Boolean: true, DataView: true, Date: true, Error: true, EvalError: true,
  FinalizationRegistry: true, Float16Array: true, Float32Array: true, Float64Array: true, Function: true,
  Infinity: true, Int16Array: true, Int32Array: true, Int8Array: true, Iterator: true, JSON: true, Map: true,
  Math: true, NaN: true, Number: true, Object: true, Promise: true, Proxy: true, RangeError: true,
  ReferenceError: true, Reflect: true, RegExp: true, Set: true, SharedArrayBuffer: true, String: true,
  Symbol: true, SyntaxError: true, TypeError: true, URIError: true, Uint16Array: true, Uint32Array: true,
  Uint8Array: true, Uint8ClampedArray: true, WeakMap: true, WeakRef: true, WeakSet: true, WebAssembly: true,
};

/** True if the own `constructor` of `holder` is one of the language's. */
export function hasBuiltinConstructor(holder) {
  const descriptor = ownDescriptor(holder, 'constructor');
  return descriptor !== undefined && typeof descriptor.value === 'function' &&
    builtinConstructors[ownName(descriptor.value)] === true;
}

export function isBuiltinName(name) {
  return builtinConstructors[name] === true;
}

/**
 * For `%o`: the texts of members (not methods) that an instance inherits from up
 * to three user-defined prototypes. undefined when there is no such prototype.
 */
export function inheritedMembers(context, value, level) {
  const entries = createList();
  const shownKeys = createList();
  let prototype = value;
  for (let depth = 0; depth < 3; depth++) {
    prototype = ReflectGetPrototypeOf(prototype);
    if (prototype === null || prototype === FunctionPrototype || hasBuiltinConstructor(prototype)) break;
    const keys = ReflectOwnKeys(prototype);
    enter(context, value, context.currentLevel);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if (isExhausted(context)) break;
      if (key === 'constructor' || hasOwn(value, key) || contains(shownKeys, key)) continue;
      append(shownKeys, key);
      const descriptor = ownDescriptor(prototype, key);
      if (descriptor === undefined || typeof descriptor.value === 'function') continue;
      append(entries, renderProperty(context, prototype, level, key, descriptor));
    }
    leave(context);
  }
  return entries;
}

function contains(list, item) {
  for (let i = 0; i < list.length; i++) if (list[i] === item) return true;
  return false;
}

/** The text of what a descriptor holds; a script's accessors are named, never called. */
export function renderSlot(context, descriptor, level) {
  if (descriptor === undefined) return charge(context, 'undefined');
  const value = isLazy(descriptor.get) ? descriptor.get() : descriptor.value;
  if (value !== undefined) {
    context.indentation += 2;
    const text = context.render(context, value, level);
    context.indentation -= 2;
    return text;
  }
  if (descriptor.get !== undefined) {
    return charge(context, descriptor.set !== undefined ? '[Getter/Setter]' : '[Getter]');
  }
  return charge(context, descriptor.set !== undefined ? '[Setter]' : 'undefined');
}

/** 'key: value'. */
export function renderProperty(context, holder, level, key, descriptor) {
  const slot = descriptor === undefined ? ownDescriptor(holder, key) : descriptor;
  // No more of a long key is escaped than can be shown.
  const limit = context.remaining > 0 ? context.remaining + 1 : 1;
  const shown = typeof key === 'string' && key.length > limit ? cutText(key, limit) : key;
  const name = charge(context, formatKey(shown, slot === undefined || slot.enumerable));
  return `${name}: ${renderSlot(context, slot, level)}`;
}

/** length of an array, or of a Proxy that passes for one. */
export function lengthOf(value) {
  const length = value.length;
  return ArrayIsArray(value) && typeof length === 'number' && length >= 0 && length <= 4294967295 ? length : 0;
}
