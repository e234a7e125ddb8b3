// What is this object? Its kind (found by internal slots where the language lets
// us test them), the name of its constructor, its Symbol.toStringTag.

import {
  ArrayBufferIsView, ArrayBufferPrototype, ArrayBufferPrototypeGetByteLength, ArrayIsArray,
  BigIntPrototypeValueOf, DatePrototype, DatePrototypeGetTime, ErrorIsError,
  ErrorPrototype, MapConstructor, MapPrototype, MapPrototypeGet, MapPrototypeGetSize, MapPrototypeSet,
  ObjectIsExtensible, ObjectPrototype, ObjectPrototypeToString, PromisePrototype, ReflectApply,
  ReflectGetPrototypeOf, RegExpPrototype, RegExpPrototypeGetGlobal, SetPrototype, SetPrototypeGetSize,
  SharedArrayBufferPrototype, SharedArrayBufferPrototypeGetByteLength, SymbolConstructor,
  SymbolPrototypeValueOf, SymbolToStringTag, TypedArrayPrototypeGetSymbolToStringTag,
  WeakMapPrototype, WeakMapPrototypeHas, WeakSetPrototype, WeakSetPrototypeHas, BigIntConstructor,
  hasOwn, isEnumerableOwn, ownDescriptor,
} from '../primordials.js';
import { getPromiseState } from './introspection.js';

// A Proxy can answer getPrototypeOf with new objects for ever.
const CHAIN_LIMIT = 1000;

// ------------------------------------------------------------------ kinds

const probe = {};

// kind -> test that gives false or throws on a value of another kind.
const brandTests = {
  __proto__: null,
  Map: (value) => MapPrototypeGetSize(value) >= 0,
  Set: (value) => SetPrototypeGetSize(value) >= 0,
  WeakMap: (value) => WeakMapPrototypeHas(value, probe) === false,
  WeakSet: (value) => WeakSetPrototypeHas(value, probe) === false,
  ArrayBuffer: (value) => ArrayBufferPrototypeGetByteLength(value) >= 0,
  SharedArrayBuffer: (value) => SharedArrayBufferPrototypeGetByteLength(value) >= 0,
  RegExp: (value) => typeof RegExpPrototypeGetGlobal(value) === 'boolean',
  Date: (value) => typeof DatePrototypeGetTime(value) === 'number',
  Symbol: (value) => typeof SymbolPrototypeValueOf(value) === 'symbol',
  BigInt: (value) => typeof BigIntPrototypeValueOf(value) === 'bigint',
  // The language has no test for promises free of side effects. Without the
  // runtime's hook, inheriting from Promise.prototype has to do.
  Promise: (value) => getPromiseState(value) !== undefined || hasInChain(value, PromisePrototype),
};
const slotKinds = ['Map', 'Set', 'WeakMap', 'WeakSet', 'ArrayBuffer', 'SharedArrayBuffer', 'RegExp', 'Date', 'Symbol', 'BigInt'];

// Failing brand tests throw, which is slow. So a test is made only when the
// chain of prototypes suggests it.
const kindOfPrototype = new MapConstructor();
MapPrototypeSet(kindOfPrototype, MapPrototype, 'Map');
MapPrototypeSet(kindOfPrototype, SetPrototype, 'Set');
MapPrototypeSet(kindOfPrototype, WeakMapPrototype, 'WeakMap');
MapPrototypeSet(kindOfPrototype, WeakSetPrototype, 'WeakSet');
MapPrototypeSet(kindOfPrototype, ArrayBufferPrototype, 'ArrayBuffer');
MapPrototypeSet(kindOfPrototype, SharedArrayBufferPrototype, 'SharedArrayBuffer');
MapPrototypeSet(kindOfPrototype, RegExpPrototype, 'RegExp');
MapPrototypeSet(kindOfPrototype, DatePrototype, 'Date');
MapPrototypeSet(kindOfPrototype, SymbolConstructor.prototype, 'Symbol');
MapPrototypeSet(kindOfPrototype, BigIntConstructor.prototype, 'BigInt');
MapPrototypeSet(kindOfPrototype, PromisePrototype, 'Promise');

function isOfKind(kind, value) {
  try {
    return brandTests[kind](value);
  } catch {
    return false;
  }
}

// Object.prototype.toString tells these apart by internal slots, unless a
// Symbol.toStringTag speaks first.
const kindOfBuiltinTag = {
  __proto__: null,
  '[object Arguments]': 'Arguments', '[object Error]': 'Error', '[object Boolean]': 'Boolean',
  '[object Number]': 'Number', '[object String]': 'String', '[object Date]': 'Date', '[object RegExp]': 'RegExp',
};

/** The kind of an object or function: 'Object' when it is nothing special. */
export function kindOf(value) {
  if (ArrayIsArray(value)) return 'Array';
  if (typeof value === 'function') return 'Function';
  if (ArrayBufferIsView(value)) {
    return TypedArrayPrototypeGetSymbolToStringTag(value) === undefined ? 'DataView' : 'TypedArray';
  }
  let tagged = false;
  let ordinary = false; // the chain reaches Object.prototype
  let prototype = value;
  for (let steps = 0; prototype !== null && steps < CHAIN_LIMIT; steps++) {
    if (steps > 0) {
      if (prototype === ObjectPrototype) ordinary = true;
      if (prototype === ErrorPrototype) return 'Error';
      const kind = MapPrototypeGet(kindOfPrototype, prototype);
      if (kind !== undefined && isOfKind(kind, value)) return kind;
    }
    if (!tagged && hasOwn(prototype, SymbolToStringTag)) tagged = true;
    prototype = ReflectGetPrototypeOf(prototype);
  }
  if (!tagged) {
    const kind = kindOfBuiltinTag[ObjectPrototypeToString(value)];
    if (kind !== undefined) return kind;
  }
  if (!ordinary) return kindWithoutPrototype(value);
  return 'Object';
}

function kindWithoutPrototype(value) {
  if (ErrorIsError !== undefined && ErrorIsError(value)) return 'Error';
  if (getPromiseState(value) !== undefined) return 'Promise';
  for (let i = 0; i < slotKinds.length; i++) if (isOfKind(slotKinds[i], value)) return slotKinds[i];
  return isModuleNamespace(value) ? 'Module' : 'Object';
}

function isModuleNamespace(value) {
  if (ObjectIsExtensible(value)) return false;
  const tag = ownDescriptor(value, SymbolToStringTag);
  return tag !== undefined && tag.value === 'Module' && tag.writable === false && tag.configurable === false;
}

// ------------------------------------------------- prototypes and constructors

export function hasInChain(value, wanted) {
  for (let steps = 0; value !== null && steps < CHAIN_LIMIT; steps++) {
    value = ReflectGetPrototypeOf(value);
    if (value === wanted) return true;
  }
  return false;
}

/** The nearest object, from `value` up, that has its own property `key`; null if none. */
export function holderOf(value, key) {
  for (let steps = 0; value !== null && steps < CHAIN_LIMIT; steps++) {
    if (hasOwn(value, key)) return value;
    value = ReflectGetPrototypeOf(value);
  }
  return null;
}

/** A function's own name if it is a plain data property; getters are left alone. */
export function ownName(fn) {
  const descriptor = ownDescriptor(fn, 'name');
  if (descriptor === undefined || descriptor.get !== undefined || descriptor.set !== undefined) return '';
  return primitiveText(descriptor.value);
}

/** String(value) for what converts without running code, else ''. */
export function primitiveText(value) {
  switch (typeof value) {
    case 'string': return value;
    case 'object': return value === null ? 'null' : '';
    case 'function': case 'symbol': return '';
    default: return `${value}`;
  }
}

// instanceof by hand: Symbol.hasInstance and `prototype` getters stay out of it.
function isInstance(value, constructor) {
  const descriptor = ownDescriptor(constructor, 'prototype');
  const prototype = descriptor === undefined ? undefined : descriptor.value;
  return typeof prototype === 'object' || typeof prototype === 'function'
    ? prototype !== null && hasInChain(value, prototype)
    : false;
}

/**
 * { name, holder }: the name of the nearest constructor in the chain of which
 * `value` is an instance, and the object that has it; null without one.
 */
export function findConstructor(value) {
  let holder = value;
  for (let steps = 0; holder !== null && steps < CHAIN_LIMIT; steps++) {
    const descriptor = ownDescriptor(holder, 'constructor');
    if (descriptor !== undefined && typeof descriptor.value === 'function') {
      const name = ownName(descriptor.value);
      if (name !== '' && isInstance(value, descriptor.value)) return { name, holder };
    }
    holder = ReflectGetPrototypeOf(holder);
  }
  return null;
}

/**
 * The Symbol.toStringTag worth showing, or ''. An own tag that is listed among
 * the properties anyway is not repeated. Like Node, and unlike other properties,
 * it is read even when it is a getter: that is how classes define it.
 */
export function tagOf(value, showHidden) {
  let tag;
  try {
    const holder = holderOf(value, SymbolToStringTag);
    if (holder === null) return '';
    const listed = showHidden ? hasOwn(value, SymbolToStringTag) : isEnumerableOwn(value, SymbolToStringTag);
    if (listed) return '';
    const descriptor = ownDescriptor(holder, SymbolToStringTag);
    tag = descriptor.get === undefined ? descriptor.value : ReflectApply(descriptor.get, value, []);
  } catch {
    return '';
  }
  return typeof tag === 'string' ? tag : '';
}

/** 'Foo [Tag] ': what stands before the brace; `fallback` names objects without prototype. */
export function prefixFor(constructorName, tag, fallback, size) {
  if (constructorName === null) {
    const own = `[${fallback}${size}: null prototype] `;
    return tag !== '' && fallback !== tag ? `${own}[${tag}] ` : own;
  }
  return tag !== '' && constructorName !== tag
    ? `${constructorName}${size} [${tag}] `
    : `${constructorName}${size} `;
}
