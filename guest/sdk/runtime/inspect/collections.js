// The entries of arrays, typed arrays, buffers, maps, sets and promises. Each
// function appends texts to `entries`, and stops at 100 items or when the budget
// is used up.

import {
  ArrayBufferPrototypeGetByteLength, DataViewPrototypeGetBuffer, DataViewPrototypeGetByteLength,
  DataViewPrototypeGetByteOffset, MapIteratorPrototypeNext, MapPrototypeEntries, MapPrototypeGetSize,
  MathMin, NumberPrototypeToString, ObjectKeys, SetIteratorPrototypeNext, SetPrototypeGetSize,
  SetPrototypeValues, SharedArrayBufferPrototypeGetByteLength, TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength, TypedArrayPrototypeGetByteOffset, TypedArrayPrototypeGetLength,
  Uint8ArrayConstructor, append, hasOwn, ownDescriptor,
} from '../primordials.js';
import { KEY_ENUMERATION_LIMIT, MAX_ITEMS, charge, isExhausted } from './context.js';
import { getPromiseState } from './introspection.js';
import { lengthOf, renderSlot } from './properties.js';
import { formatBigInt, formatNumber, isArrayIndex, plural } from './strings.js';

function appendMore(context, entries, remaining, noun) {
  if (remaining > 0) append(entries, charge(context, `... ${plural(remaining, noun)}`));
}

function renderNested(context, value, level) {
  context.indentation += 2;
  const text = context.render(context, value, level);
  context.indentation -= 2;
  return text;
}

/** Gives the number of items at the start of the array that are numbers, as far as shown. */
export function fillArray(context, value, level, entries) {
  const length = lengthOf(value);
  let index = 0;
  let numbers = 0;
  while (index < length && entries.length < MAX_ITEMS) {
    if (isExhausted(context)) return 0;
    const slot = ownDescriptor(value, index);
    if (slot !== undefined) {
      if (numbers === index && isNumeric(slot.value)) numbers++;
      append(entries, renderSlot(context, slot, level));
      index++;
      continue;
    }
    if (length > KEY_ENUMERATION_LIMIT) {
      fillSparseArray(context, value, level, entries, index, length);
      return 0;
    }
    const holeStart = index;
    while (index < length && !hasOwn(value, index)) index++;
    append(entries, charge(context, `<${plural(index - holeStart, 'empty item')}>`));
  }
  appendMore(context, entries, length - index, 'more item');
  return numbers;
}

export function isNumeric(value) {
  return typeof value === 'number' || typeof value === 'bigint';
}

// A long array with holes: its keys lead from one item to the next.
function fillSparseArray(context, value, level, entries, index, length) {
  const keys = ObjectKeys(value);
  // Index keys come first and in order, and there was no hole before `index`.
  for (let i = index; i < keys.length && entries.length < MAX_ITEMS; i++) {
    if (isExhausted(context)) return;
    const key = keys[i];
    if (!isArrayIndex(key)) break;
    const holes = +key - index;
    if (holes > 0) {
      append(entries, charge(context, `<${plural(holes, 'empty item')}>`));
      index += holes;
      if (entries.length === MAX_ITEMS) break;
    }
    append(entries, renderSlot(context, ownDescriptor(value, key), level));
    index++;
  }
  if (entries.length < MAX_ITEMS) {
    if (length > index) append(entries, charge(context, `<${plural(length - index, 'empty item')}>`));
  } else {
    appendMore(context, entries, length - index, 'more item');
  }
}

const bytesPerElement = {
  __proto__: null, Int8Array: 1, Uint8Array: 1, Uint8ClampedArray: 1, Int16Array: 2, Uint16Array: 2, Float16Array: 2,
  Int32Array: 4, Uint32Array: 4, Float32Array: 4, Float64Array: 8, BigInt64Array: 8, BigUint64Array: 8,
};

/** Gives the number of items shown, all of them numbers. */
export function fillTypedArray(context, value, level, entries, typeName) {
  const length = TypedArrayPrototypeGetLength(value);
  const shown = MathMin(length, MAX_ITEMS);
  for (let i = 0; i < shown; i++) {
    const item = value[i]; // an integer-indexed element: no prototype, no getter
    append(entries, charge(context, typeof item === 'bigint' ? formatBigInt(item) : formatNumber(item)));
  }
  appendMore(context, entries, length - shown, 'more item');
  if (context.showHidden) appendHiddenFields(context, value, level, entries, typeName, length);
  return shown;
}

function appendHiddenFields(context, value, level, entries, typeName, length) {
  append(entries, `[BYTES_PER_ELEMENT]: ${bytesPerElement[typeName]}`);
  append(entries, `[length]: ${length}`);
  append(entries, `[byteLength]: ${TypedArrayPrototypeGetByteLength(value)}`);
  append(entries, `[byteOffset]: ${TypedArrayPrototypeGetByteOffset(value)}`);
  context.indentation += 2;
  // The elements have just been shown: not again as bytes.
  const buffer = context.render(context, TypedArrayPrototypeGetBuffer(value), level, true);
  context.indentation -= 2;
  append(entries, `[buffer]: ${buffer}`);
}

/** Byte length of an ArrayBuffer or SharedArrayBuffer. */
export function bufferByteLength(buffer, kind) {
  return kind === 'ArrayBuffer'
    ? ArrayBufferPrototypeGetByteLength(buffer)
    : SharedArrayBufferPrototypeGetByteLength(buffer);
}

export function fillBuffer(context, buffer, kind, entries, withoutBytes) {
  const byteLength = bufferByteLength(buffer, kind);
  if (!withoutBytes) append(entries, charge(context, bufferContents(buffer, byteLength)));
  append(entries, charge(context, `byteLength: ${byteLength}`));
}

function bufferContents(buffer, byteLength) {
  const shown = MathMin(byteLength, MAX_ITEMS);
  let bytes;
  try {
    bytes = new Uint8ArrayConstructor(buffer, 0, shown);
  } catch {
    return '(detached)';
  }
  let text = '[Uint8Contents]: <';
  for (let i = 0; i < shown; i++) {
    const byte = bytes[i];
    text += `${i > 0 ? ' ' : ''}${byte < 16 ? '0' : ''}${NumberPrototypeToString(byte, 16)}`;
  }
  if (byteLength > shown) text += ` ... ${plural(byteLength - shown, 'more byte')}`;
  return `${text}>`;
}

export function fillDataView(context, view, level, entries) {
  append(entries, charge(context, `byteLength: ${DataViewPrototypeGetByteLength(view)}`));
  append(entries, charge(context, `byteOffset: ${DataViewPrototypeGetByteOffset(view)}`));
  append(entries, `buffer: ${renderNested(context, DataViewPrototypeGetBuffer(view), level)}`);
}

export function fillSet(context, value, level, entries) {
  const iterator = SetPrototypeValues(value);
  const size = SetPrototypeGetSize(value);
  const shown = MathMin(size, MAX_ITEMS);
  for (let i = 0; i < shown; i++) {
    if (isExhausted(context)) return;
    const step = SetIteratorPrototypeNext(iterator);
    if (step.done) break;
    append(entries, renderNested(context, step.value, level));
  }
  appendMore(context, entries, size - shown, 'more item');
}

export function fillMap(context, value, level, entries) {
  const iterator = MapPrototypeEntries(value);
  const size = MapPrototypeGetSize(value);
  const shown = MathMin(size, MAX_ITEMS);
  for (let i = 0; i < shown; i++) {
    if (isExhausted(context)) return;
    const step = MapIteratorPrototypeNext(iterator);
    if (step.done) break;
    const key = renderNested(context, step.value[0], level);
    append(entries, `${key} => ${renderNested(context, step.value[1], level)}`);
  }
  appendMore(context, entries, size - shown, 'more item');
}

/** Appends nothing when the state is not known. */
export function fillPromise(context, value, level, entries) {
  const state = getPromiseState(value);
  if (state === undefined) return;
  if (state[0] === 'pending') {
    append(entries, charge(context, '<pending>'));
    return;
  }
  const result = renderNested(context, state[1], level);
  append(entries, state[0] === 'rejected' ? `<rejected> ${result}` : result);
}
