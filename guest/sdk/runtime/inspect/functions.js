// '[Function: f]', '[class A extends B]'.

import {
  AsyncFunctionPrototype, AsyncGeneratorFunctionPrototype, FunctionPrototypeToString,
  GeneratorFunctionPrototype, ReflectGetPrototypeOf, StringPrototypeStartsWith, ownDescriptor,
} from '../primordials.js';
import { hasInChain, ownName } from './identity.js';

/** The text of a function, without its own properties. */
export function describeFunction(fn, constructorName, tag) {
  return isClass(fn) ? describeClass(fn, constructorName, tag) : describePlain(fn, constructorName, tag);
}

// Among functions whose `prototype` is read-only only classes, frozen functions
// and builtin constructors remain; the source text tells them apart. (Asking for
// the source of every function would cost a copy of it.)
function isClass(fn) {
  const descriptor = ownDescriptor(fn, 'prototype');
  if (descriptor === undefined || descriptor.writable !== false) return false;
  return StringPrototypeStartsWith(FunctionPrototypeToString(fn), 'class');
}

function functionType(fn) {
  if (hasInChain(fn, AsyncGeneratorFunctionPrototype)) return 'AsyncGeneratorFunction';
  if (hasInChain(fn, GeneratorFunctionPrototype)) return 'GeneratorFunction';
  if (hasInChain(fn, AsyncFunctionPrototype)) return 'AsyncFunction';
  return 'Function';
}

function describePlain(fn, constructorName, tag) {
  const type = functionType(fn);
  const name = ownName(fn);
  let text = `[${type}`;
  if (constructorName === null) text += ' (null prototype)';
  text += name === '' ? ' (anonymous)]' : `: ${name}]`;
  if (constructorName !== type && constructorName !== null) text += ` ${constructorName}`;
  if (tag !== '' && constructorName !== tag) text += ` [${tag}]`;
  return text;
}

function describeClass(fn, constructorName, tag) {
  const nameSlot = ownDescriptor(fn, 'name');
  let text = `[class ${nameSlot === undefined || !nameSlot.value ? '(anonymous)' : ownName(fn)}`;
  if (constructorName !== 'Function' && constructorName !== null) text += ` [${constructorName}]`;
  if (tag !== '' && constructorName !== tag) text += ` [${tag}]`;
  if (constructorName === null) return `${text} extends [null prototype]]`;
  const parent = ReflectGetPrototypeOf(fn);
  const parentName = parent === null ? '' : ownName(parent);
  return parentName === '' ? `${text}]` : `${text} extends ${parentName}]`;
}
