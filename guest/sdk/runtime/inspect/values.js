// The text of any value: decides what it is, frames it, and has its entries made.

import {
  ArrayIsArray, BigIntPrototypeValueOf, BooleanPrototypeValueOf, DatePrototypeGetTime, DatePrototypeToISOString,
  NumberPrototypeValueOf, ReflectGetPrototypeOf, RegExpPrototypeGetDotAll, RegExpPrototypeGetGlobal,
  RegExpPrototypeGetHasIndices, RegExpPrototypeGetIgnoreCase, RegExpPrototypeGetMultiline,
  RegExpPrototypeGetSource, RegExpPrototypeGetSticky, RegExpPrototypeGetUnicode,
  RegExpPrototypeGetUnicodeSets, SetPrototypeGetSize, MapPrototypeGetSize, StringPrototypeSlice,
  StringPrototypeValueOf, SymbolPrototypeValueOf, TypedArrayPrototypeGetLength,
  TypedArrayPrototypeGetSymbolToStringTag, append, createList, ownDescriptor,
} from '../primordials.js';
import {
  bufferByteLength, fillArray, fillBuffer, fillDataView, fillMap, fillPromise, fillSet, fillTypedArray, isNumeric,
} from './collections.js';
import {
  charge, circularIndex, createContext, enter, isAncestor, isExhausted, knownCircularIndex, leave,
} from './context.js';
import { describeError } from './errors.js';
import { describeFunction } from './functions.js';
import { findConstructor, kindOf, prefixFor, tagOf } from './identity.js';
import { getPromiseState, getProxyDetails } from './introspection.js';
import { layOut } from './layout.js';
import { inheritedMembers, isBuiltinName, keysOf, keysWithoutIndices, lengthOf, renderProperty } from './properties.js';
import { formatPrimitive } from './strings.js';

export const FAILURE = '[inspection failed]';

/** The text of `value` found `level` levels below the top. */
export function renderValue(context, value, level, insideTypedArray) {
  if (isExhausted(context)) return '';
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) {
    return charge(context, formatPrimitive(value, context.indentation));
  }
  const { ancestorCount, indentation } = context;
  try {
    return renderObject(context, value, level, insideTypedArray === true);
  } catch {
    // A Proxy trap threw, or the engine's stack is full. Siblings may do better.
    context.ancestorCount = ancestorCount;
    context.indentation = indentation;
    return charge(context, FAILURE);
  }
}

function isRevokedProxy(value) {
  try {
    ArrayIsArray(value); // throws for nothing else
    return false;
  } catch {
    return true;
  }
}

const PROXY_SHAPE = { base: '', open: 'Proxy [', close: ']', isList: true };

function renderObject(context, value, level, insideTypedArray) {
  if (isRevokedProxy(value)) return charge(context, '<Revoked Proxy>');
  for (let nested = 0; nested < 100; nested++) {
    const details = getProxyDetails(value);
    if (details === undefined) break;
    if (details[0] === null) return charge(context, '<Revoked Proxy>');
    if (context.showHidden) {
      return level > context.depth ? charge(context, 'Proxy [Array]') : renderProxy(context, details, level + 1);
    }
    value = details[0];
  }
  if (isAncestor(context, value)) return charge(context, `[Circular *${circularIndex(context, value)}]`);
  return renderPlainObject(context, value, level, insideTypedArray);
}

function renderProxy(context, details, level) {
  const entries = createList();
  context.currentLevel = level;
  context.indentation += 2;
  append(entries, renderValue(context, details[0], level));
  append(entries, renderValue(context, details[1], level));
  context.indentation -= 2;
  return layOut(context, PROXY_SHAPE, entries, level, false);
}

function renderPlainObject(context, value, level, insideTypedArray) {
  const kind = kindOf(value);
  const tag = tagOf(value, context.showHidden);
  const constructorName = constructorNameOf(context, value, kind, level);
  const inherited = context.showHidden && level <= context.depth && hidesMembers(value)
    ? inheritedMembers(context, value, level + 1)
    : createList();
  const shape = describe(context, value, kind, constructorName, tag, inherited.length > 0, insideTypedArray);
  if (shape.text !== undefined) return charge(context, shape.text);
  if (level > context.depth) {
    if (kind === 'RegExp') return charge(context, shape.base);
    const prefix = prefixFor(constructorName, tag, 'Object', '');
    const name = StringPrototypeSlice(prefix, 0, prefix.length - 1);
    return charge(context, constructorName === null ? name : `[${name}]`);
  }

  charge(context, shape.base);
  charge(context, shape.open);
  const entries = createList();
  const inner = level + 1;
  enter(context, value, inner);
  const numbers = fill(context, value, shape, inner, entries, insideTypedArray);
  for (let i = 0; i < shape.keys.length; i++) {
    if (isExhausted(context)) break;
    append(entries, renderProperty(context, value, inner, shape.keys[i]));
  }
  for (let i = 0; i < inherited.length; i++) append(entries, inherited[i]);
  leave(context);

  const reference = knownCircularIndex(context, value);
  if (reference !== undefined) {
    shape.base = shape.base === '' ? `<ref *${reference}>` : `<ref *${reference}> ${shape.base}`;
  }
  return layOut(context, shape, entries, inner, shape.isList && isNumericList(value, numbers, entries.length));
}

// Whether as many items as there are entries are numbers: long lists of numbers
// are aligned to the right. The first `known` items are known to be.
function isNumericList(value, known, count) {
  if (count <= 6) return false;
  for (let i = known; i < count; i++) {
    const slot = ownDescriptor(value, i);
    if (slot === undefined || !isNumeric(slot.value)) return false;
  }
  return true;
}

// ----------------------------------------------------------- constructor's name

function hidesMembers(value) {
  const found = findConstructor(value);
  return found !== null && (found.holder !== ReflectGetPrototypeOf(value) || !isBuiltinName(found.name));
}

/** The name to show for the constructor; null for an object without prototype. */
function constructorNameOf(context, value, kind, level) {
  const found = findConstructor(value);
  if (found !== null) return found.name;
  const prototype = ReflectGetPrototypeOf(value);
  if (prototype === null) return null;
  // No constructor in the chain: the prototype itself is described.
  const own = kind === 'TypedArray' ? TypedArrayPrototypeGetSymbolToStringTag(value) : kind;
  if (level > context.depth) return `${own} <Complex prototype>`;
  const above = constructorNameOf(context, prototype, 'Object', level + 1);
  if (above !== null) return `${own} <${above}>`;
  const apart = createContext(renderValue, -1, context.remaining, false);
  return `${own} <${renderValue(apart, prototype, 0)}>`;
}

// ------------------------------------------------------------------------ shape

// { text } when there is nothing inside to show, else
// { base, open, close, isList, keys, kind }.
const complete = (text) => ({ text });
const braces = (kind, open, keys) => ({ text: undefined, kind, base: '', open: `${open}{`, close: '}', isList: false, keys });
const brackets = (kind, open, keys) => ({ text: undefined, kind, base: '', open: `${open}[`, close: ']', isList: true, keys });

// A value with a text of its own, followed by its properties if it has any.
function titled(kind, title, keys, hasMore) {
  if (keys.length === 0 && !hasMore) return complete(title);
  const shape = braces(kind, '', keys);
  shape.base = title;
  return shape;
}

function describe(context, value, kind, constructorName, tag, hasMore, insideTypedArray) {
  const { showHidden } = context;
  switch (kind) {
    case 'Array': {
      const length = lengthOf(value);
      const keys = keysWithoutIndices(value, length, showHidden);
      const plain = constructorName === 'Array' && tag === '';
      const open = plain ? '' : prefixFor(constructorName, tag, 'Array', `(${length})`);
      if (length === 0 && keys.length === 0 && !hasMore) return complete(`${open}[]`);
      return brackets(kind, open, keys);
    }
    case 'TypedArray': {
      const length = TypedArrayPrototypeGetLength(value);
      const keys = keysWithoutIndices(value, length, showHidden);
      const open = prefixFor(constructorName, tag, TypedArrayPrototypeGetSymbolToStringTag(value), `(${length})`);
      if (length === 0 && keys.length === 0 && !showHidden) return complete(`${open}[]`);
      return brackets(kind, open, keys);
    }
    case 'String': {
      const text = StringPrototypeValueOf(value);
      return titled(kind, boxedText(context, kind, text, constructorName, tag),
        keysWithoutIndices(value, text.length, showHidden), hasMore);
    }
    case 'Module':
      return braces(kind, prefixFor(constructorName, tag, 'Module', ''), keysOf(value, showHidden));
  }

  const keys = keysOf(value, showHidden);
  switch (kind) {
    case 'Function':
      return titled(kind, describeFunction(value, constructorName, tag), keys, hasMore);
    case 'Error':
      return titled(kind, describeError(context, value, constructorName, tag, keys), keys, hasMore);
    case 'RegExp':
      return titled(kind, unlessUsual(prefixFor(constructorName, tag, kind, ''), 'RegExp ') + regExpText(value), keys, hasMore);
    case 'Date':
      return titled(kind, unlessUsual(prefixFor(constructorName, tag, kind, ''), 'Date ') + dateText(value), keys, hasMore);
    case 'Number':
      return titled(kind, boxedText(context, kind, NumberPrototypeValueOf(value), constructorName, tag), keys, hasMore);
    case 'Boolean':
      return titled(kind, boxedText(context, kind, BooleanPrototypeValueOf(value), constructorName, tag), keys, hasMore);
    case 'BigInt':
      return titled(kind, boxedText(context, kind, BigIntPrototypeValueOf(value), constructorName, tag), keys, hasMore);
    case 'Symbol':
      return titled(kind, boxedText(context, kind, SymbolPrototypeValueOf(value), constructorName, tag), keys, hasMore);
    case 'Map':
    case 'Set': {
      const size = kind === 'Map' ? MapPrototypeGetSize(value) : SetPrototypeGetSize(value);
      const open = prefixFor(constructorName, tag, kind, `(${size})`);
      return size === 0 && keys.length === 0 && !hasMore ? complete(`${open}{}`) : braces(kind, open, keys);
    }
    case 'ArrayBuffer':
    case 'SharedArrayBuffer': {
      const open = prefixFor(constructorName, tag, kind, '');
      if (insideTypedArray && keys.length === 0 && !hasMore) {
        return complete(`${open}{ byteLength: ${bufferByteLength(value, kind)} }`);
      }
      return braces(kind, open, keys);
    }
    case 'DataView':
    case 'WeakMap':
    case 'WeakSet':
      return braces(kind, prefixFor(constructorName, tag, kind, ''), keys);
    case 'Promise':
      return framed(kind, prefixFor(constructorName, tag, kind, ''), keys, hasMore || getPromiseState(value) !== undefined);
    case 'Arguments':
      return framed(kind, '[Arguments] ', keys, hasMore);
    default:
      return framed(kind, constructorName === 'Object' && tag === '' ? '' : prefixFor(constructorName, tag, 'Object', ''), keys, hasMore);
  }
}

function framed(kind, open, keys, hasMore) {
  return keys.length === 0 && !hasMore ? complete(`${open}{}`) : braces(kind, open, keys);
}

const unlessUsual = (prefix, usual) => (prefix === usual ? '' : prefix);

function boxedText(context, type, primitive, constructorName, tag) {
  let text = `[${type}`;
  if (constructorName === null) text += ' (null prototype)';
  else if (constructorName !== type) text += ` (${constructorName})`;
  text += `: ${formatPrimitive(primitive, context.indentation)}]`;
  return tag !== '' && tag !== constructorName ? `${text} [${tag}]` : text;
}

function dateText(date) {
  const time = DatePrototypeGetTime(date);
  return time === time ? DatePrototypeToISOString(date) : 'Invalid Date';
}

function regExpText(regExp) {
  return `/${RegExpPrototypeGetSource(regExp)}/` +
    (RegExpPrototypeGetHasIndices(regExp) ? 'd' : '') + (RegExpPrototypeGetGlobal(regExp) ? 'g' : '') +
    (RegExpPrototypeGetIgnoreCase(regExp) ? 'i' : '') + (RegExpPrototypeGetMultiline(regExp) ? 'm' : '') +
    (RegExpPrototypeGetDotAll(regExp) ? 's' : '') + (RegExpPrototypeGetUnicode(regExp) ? 'u' : '') +
    (RegExpPrototypeGetUnicodeSets(regExp) ? 'v' : '') + (RegExpPrototypeGetSticky(regExp) ? 'y' : '');
}

// ---------------------------------------------------------------------- entries

function fill(context, value, shape, level, entries, insideTypedArray) {
  switch (shape.kind) {
    case 'Array': return fillArray(context, value, level, entries);
    case 'TypedArray': return fillTypedArray(context, value, level, entries, TypedArrayPrototypeGetSymbolToStringTag(value));
    case 'Set': return fillSet(context, value, level, entries);
    case 'Map': return fillMap(context, value, level, entries);
    case 'ArrayBuffer':
    case 'SharedArrayBuffer': return fillBuffer(context, value, shape.kind, entries, insideTypedArray);
    case 'DataView': return fillDataView(context, value, level, entries);
    case 'Promise': return fillPromise(context, value, level, entries);
    case 'WeakMap':
    case 'WeakSet': return append(entries, charge(context, '<items unknown>'));
  }
}
