// Errors: 'Name: message' and the stack, plus the keys worth listing after it.

import {
  ArrayIsArray, ReflectApply, StringConstructor, StringPrototypeCharCodeAt, StringPrototypeEndsWith,
  StringPrototypeIncludes, StringPrototypeIndexOf, StringPrototypeSlice, StringPrototypeStartsWith,
  append, ownDescriptor,
} from '../primordials.js';
import { holderOf, prefixFor, primitiveText } from './identity.js';
import { cutText, indentLines } from './strings.js';

// Name, message and stack define what an error looks like, and classes do define
// them as getters: like Node we read them, whatever they are.
function read(error, key) {
  try {
    const holder = holderOf(error, key);
    if (holder === null) return undefined;
    const descriptor = ownDescriptor(holder, key);
    return descriptor.get === undefined ? descriptor.value : ReflectApply(descriptor.get, error, []);
  } catch {
    return undefined;
  }
}

function toText(value) {
  try {
    return StringConstructor(value);
  } catch {
    return '';
  }
}

// What Error.prototype.toString gives.
function headline(error) {
  const nameValue = read(error, 'name');
  const messageValue = read(error, 'message');
  const name = nameValue === undefined ? 'Error' : toText(nameValue);
  const message = messageValue === undefined ? '' : toText(messageValue);
  if (name === '') return message;
  return message === '' ? name : `${name}: ${message}`;
}

// The engine's stack has the frames only; Node's begins with 'Name: message'. A
// stack that begins otherwise was put together by the script and stays.
function stackText(error) {
  const stack = read(error, 'stack');
  if (!stack) return headline(error);
  let text = toText(stack);
  if (!StringPrototypeStartsWith(text, '    at ')) return text;
  let end = text.length;
  while (end > 0 && StringPrototypeCharCodeAt(text, end - 1) === 0x0a) end--;
  text = StringPrototypeSlice(text, 0, end);
  return `${headline(error)}\n${text}`;
}

/** The text of an error without its properties; takes off and adds to `keys`. */
export function describeError(context, error, constructorName, tag, keys) {
  const nameValue = read(error, 'name');
  const name = nameValue === undefined || nameValue === null ? 'Error' : toText(nameValue);
  const fullStack = stackText(error);
  if (!context.showHidden) dropShownKeys(error, keys, fullStack);
  addHiddenKey(error, keys, 'cause', false);
  addHiddenKey(error, keys, 'errors', true);

  // No more of it is worked on than can be shown.
  let stack = cutText(fullStack, context.remaining > 0 ? context.remaining + 1 : 1);
  stack = withConstructorName(stack, constructorName, name, tag);
  const message = read(error, 'message');
  let searchFrom = 0;
  if (typeof message === 'string' && message !== '') {
    const at = StringPrototypeIndexOf(stack, message);
    if (at !== -1) searchFrom = at + message.length;
  }
  if (StringPrototypeIndexOf(stack, '\n    at', searchFrom) === -1) stack = `[${stack}]`;
  return indentLines(stack, context.indentation);
}

function removeKey(keys, key) {
  let kept = 0;
  for (let i = 0; i < keys.length; i++) if (keys[i] !== key) keys[kept++] = keys[i];
  keys.length = kept;
}

function hasKey(keys, key) {
  for (let i = 0; i < keys.length; i++) if (keys[i] === key) return true;
  return false;
}

// An own enumerable name, message or stack is left out if the text has it.
function dropShownKeys(error, keys, stack) {
  const names = ['name', 'message', 'stack'];
  for (let i = 0; i < 3; i++) {
    if (!hasKey(keys, names[i])) continue;
    const value = read(error, names[i]);
    const text = primitiveText(value);
    if (value === '' || (text !== '' && StringPrototypeIncludes(stack, text))) removeKey(keys, names[i]);
  }
}

function addHiddenKey(error, keys, key, arraysOnly) {
  const descriptor = ownDescriptor(error, key);
  if (descriptor === undefined || hasKey(keys, key)) return;
  if (arraysOnly && !ArrayIsArray(descriptor.value)) return;
  append(keys, key);
}

// 'Error: text' of a class ValidationError becomes 'ValidationError: text', and
// of a class Foo 'Foo [Error]: text'; likewise for errors without prototype.
function withConstructorName(stack, constructorName, name, tag) {
  const regular = StringPrototypeEndsWith(name, 'Error') && StringPrototypeStartsWith(stack, name) &&
    (stack.length === name.length || isHeadEnd(StringPrototypeCharCodeAt(stack, name.length)));
  if (constructorName !== null && !regular) return stack;
  let fallback = 'Error';
  let headLength = name.length;
  if (constructorName === null) {
    const head = leadingName(stack);
    headLength = head.length;
    if (head !== '') fallback = head;
  }
  const full = prefixFor(constructorName, tag, fallback, '');
  const prefix = StringPrototypeSlice(full, 0, full.length - 1);
  if (name === prefix) return stack;
  const rest = StringPrototypeSlice(stack, headLength);
  if (!StringPrototypeIncludes(prefix, name)) return `${prefix} [${name}]${rest}`;
  return headLength === 0 ? `${prefix}: ${stack}` : `${prefix}${rest}`;
}

const isHeadEnd = (unit) => unit === 0x3a || unit === 0x0a;

const isLetter = (unit) => (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a);
const isWordUnit = (unit) => isLetter(unit) || (unit >= 0x30 && unit <= 0x39) || unit === 0x5f || unit === 0x2d;
// Space, brackets and parentheses as well: 'TypeError [ERR_X (Y)]'.
const isHeadUnit = (unit) =>
  isWordUnit(unit) || unit === 0x20 || unit === 0x5b || unit === 0x5d || unit === 0x28 || unit === 0x29;

// The name an error text begins with: up to a colon or the first frame, or all
// of it if it is one word ending in 'Error'; '' if it does not look like a name.
function leadingName(stack) {
  let end = 0;
  while (end < stack.length && isHeadUnit(StringPrototypeCharCodeAt(stack, end))) end++;
  const first = end > 0 ? StringPrototypeCharCodeAt(stack, 0) : 0;
  if (end > 1 && first >= 0x41 && first <= 0x5a && end < stack.length) {
    const next = StringPrototypeCharCodeAt(stack, end);
    if (next === 0x3a || (next === 0x0a && startsFrame(stack, end))) return StringPrototypeSlice(stack, 0, end);
  }
  if (end !== stack.length || !StringPrototypeEndsWith(stack, 'Error')) return '';
  for (let i = 0; i < end; i++) if (!isWordUnit(StringPrototypeCharCodeAt(stack, i))) return '';
  return stack;
}

function startsFrame(stack, newlineAt) {
  let at = newlineAt + 1;
  while (at < stack.length && (StringPrototypeCharCodeAt(stack, at) === 0x20 || StringPrototypeCharCodeAt(stack, at) === 0x0a)) at++;
  return at > newlineAt + 1 && StringPrototypeStartsWith(stack, 'at', at);
}
