// Formats values made beforehand in a realm whose builtins have been replaced by
// functions that throw, and whose prototypes carry traps.

import { evaluateEntry } from './console-corpus.js';

export function runTampered(golden, helpers, format) {
  // Everything used while the realm is spoiled is prepared first.
  const cases = [];
  for (const entry of golden) {
    if (entry.tamper === false) continue;
    cases.push({ name: entry.name, source: entry.source, expected: entry.expected, args: evaluateEntry(entry, helpers), actual: '' });
  }
  const { defineProperty, getOwnPropertyDescriptor, setPrototypeOf } = Object;
  const { ownKeys } = Reflect;
  const undo = [];
  const undoCount = { value: 0 };
  const evil = () => { throw new Error('tampered'); };
  const ruin = (holder, key, replacement) => {
    const original = getOwnPropertyDescriptor(holder, key);
    if (original !== undefined && !original.configurable) return;
    if (original !== undefined) setPrototypeOf(original, null);
    setPrototypeOf(replacement, null);
    undo[undoCount.value++] = { holder, key, original };
    defineProperty(holder, key, replacement);
  };
  const iteratorOf = (iterable) => Object.getPrototypeOf(iterable[Symbol.iterator]());
  const targets = [
    Array.prototype, String.prototype, Object.prototype, Map.prototype, Set.prototype, WeakMap.prototype, WeakSet.prototype,
    RegExp.prototype, Date.prototype, Number.prototype, Boolean.prototype, BigInt.prototype, Symbol.prototype, Function.prototype,
    Promise.prototype, Error.prototype, ArrayBuffer.prototype, DataView.prototype, Object.getPrototypeOf(Uint8Array.prototype),
    iteratorOf([]), iteratorOf(new Map()), iteratorOf(new Set()), iteratorOf(''),
    Object, Reflect, JSON, Math, Number, String, Array, Symbol, ArrayBuffer, Promise, BigInt, Proxy,
  ];
  const kept = new Set(['constructor', 'prototype', 'name', 'length', 'message', 'stack', '__proto__', Symbol.toStringTag]);
  const plan = [];
  for (const target of targets) {
    for (const key of ownKeys(target)) {
      if (kept.has(key)) continue;
      const descriptor = getOwnPropertyDescriptor(target, key);
      if (typeof descriptor.value === 'function') plan.push([target, key, { value: evil, configurable: true, writable: true, enumerable: false }]);
      else if (descriptor.get !== undefined) plan.push([target, key, { get: evil, set: evil, configurable: true, enumerable: false }]);
    }
  }
  // Pollution: things code may read from, or write through, a prototype.
  for (const key of ['get', 'set', 'value', 'writable', 'enumerable', 'depth', 'maxChars', 'text', 'toJSON2']) {
    plan.push([Object.prototype, key, { value: evil, configurable: true, writable: true, enumerable: false }]);
  }
  for (let i = 0; i < 20; i++) plan.push([Array.prototype, `${i}`, { get: evil, set: evil, configurable: true, enumerable: false }]);
  for (const name of ['Map', 'Set', 'Array', 'Object', 'String', 'Number', 'Error', 'Symbol', 'RegExp']) {
    plan.push([globalThis[name], Symbol.hasInstance, { value: evil, configurable: true, writable: true, enumerable: false }]);
  }
  // What %s, %j of plain objects, and the arguments' own conversion go through by right:
  const byRight = (target, key) => target === Object.prototype && key === 'toString';

  let i = 0;
  let j = 0;
  try {
    for (i = 0; i < plan.length; i++) if (!byRight(plan[i][0], plan[i][1])) ruin(plan[i][0], plan[i][1], plan[i][2]);
    for (j = 0; j < cases.length; j++) {
      try {
        cases[j].actual = format(cases[j].args);
      } catch {
        cases[j].actual = 'format threw';
      }
    }
  } finally {
    for (let k = undoCount.value - 1; k >= 0; k--) {
      const { holder, key, original } = undo[k];
      if (original === undefined) delete holder[key];
      else defineProperty(holder, key, original);
    }
  }
  let passed = 0;
  let report = `(${plan.length} builtins overwritten)\n`;
  for (const { name, source, expected, actual } of cases) {
    if (expected === actual) passed++;
    else report += `--- tampered ${name}  ${source}\nexpected: ${expected}\nactual:   ${actual}\n`;
  }
  return { passed, failed: cases.length - passed, report };
}
