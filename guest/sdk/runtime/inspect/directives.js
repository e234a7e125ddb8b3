// The '%' directives of console.log's first argument.

import {
  FunctionPrototype, FunctionPrototypeToString, JSONStringify, NumberConstructor, NumberParseFloat, NumberParseInt,
  StringConstructor, StringPrototypeCharCodeAt, StringPrototypeIncludes,
  StringPrototypeIndexOf, StringPrototypeSlice, SymbolToPrimitive, hasOwn, ownDescriptor,
} from '../primordials.js';
import { holderOf } from './identity.js';
import { getProxyDetails } from './introspection.js';
import { hasBuiltinConstructor } from './properties.js';
import { formatBigInt, formatNumber } from './strings.js';
import { FAILURE } from './values.js';

/**
 * Fills in the directives of `template` (args[0]) from the arguments after it.
 * `output` is { text, next, limit }: text made so far, index of the next unused
 * argument, and length at which to stop. `show(value, depth, showHidden, budget)`
 * inspects a value.
 */
export function fillTemplate(output, template, args, show) {
  let plainFrom = 0;
  let at = StringPrototypeIndexOf(template, '%');
  while (at !== -1 && at < template.length - 1 && output.text.length <= output.limit) {
    const code = StringPrototypeCharCodeAt(template, at + 1);
    if (code === 0x25) { // %%
      output.text += StringPrototypeSlice(template, plainFrom, at + 1);
      plainFrom = at + 2;
    } else if (output.next < args.length && isDirective(code)) {
      output.text += StringPrototypeSlice(template, plainFrom, at);
      output.text += directiveText(code, args[output.next], show, output.limit - output.text.length);
      output.next++;
      plainFrom = at + 2;
    }
    at = StringPrototypeIndexOf(template, '%', at + 2);
  }
  output.text += StringPrototypeSlice(template, plainFrom);
}

function isDirective(code) {
  switch (code) {
    case 0x73: case 0x64: case 0x69: case 0x66: case 0x6a: case 0x6f: case 0x4f: case 0x63: return true;
    default: return false;
  }
}

function directiveText(code, value, show, budget) {
  switch (code) {
    case 0x73: return stringText(value, show, budget); // %s
    case 0x64: return numberText(value, NumberConstructor); // %d
    case 0x69: return numberText(value, NumberParseInt); // %i
    case 0x66: return typeof value === 'symbol' ? 'NaN' : convert(value, NumberParseFloat); // %f
    case 0x6a: return jsonText(value, budget); // %j
    case 0x6f: return show(value, 4, true, budget); // %o
    case 0x4f: return show(value, 2, false, budget); // %O
    default: return ''; // %c: styles are for browsers
  }
}

function numberText(value, toNumber) {
  if (typeof value === 'bigint') return formatBigInt(value);
  if (typeof value === 'symbol') return 'NaN';
  return convert(value, toNumber);
}

function convert(value, toNumber) {
  try {
    return formatNumber(toNumber(value));
  } catch {
    return 'NaN'; // a valueOf or toString that throws
  }
}

function stringText(value, show, budget) {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'bigint') return formatBigInt(value);
  try {
    if (typeof value === 'function' && holderOf(value, 'toString') === FunctionPrototype) {
      return FunctionPrototypeToString(value);
    }
    if (typeof value !== 'object' || value === null || !hasBuiltinToString(value)) return StringConstructor(value);
  } catch {
    return FAILURE;
  }
  return show(value, 0, false, budget);
}

// False for an object with a conversion to string of its own: that one is used.
function hasBuiltinToString(value) {
  const details = getProxyDetails(value);
  if (details !== undefined) {
    if (details[0] === null) return true;
    value = details[0];
  }
  const primitiveHolder = holderOf(value, SymbolToPrimitive);
  if (primitiveHolder !== null && !hasBuiltinConstructor(primitiveHolder)) return false;
  const holder = holderOf(value, 'toString');
  if (holder === null) return true;
  const descriptor = ownDescriptor(holder, 'toString');
  if (typeof descriptor.value !== 'function' && descriptor.get === undefined) return true;
  if (hasOwn(value, 'toString')) return false;
  return hasBuiltinConstructor(holder);
}

const TOO_LONG = {};

// JSON text of a graph with shared parts can be exponentially longer than the
// graph: the replacer counts what has been put out and stops past the budget.
function jsonText(value, budget) {
  let remaining = budget;
  function count(key, member) {
    remaining -= key.length + (typeof member === 'string' ? member.length : 1);
    if (remaining < 0) throw TOO_LONG;
    return member;
  }
  try {
    return `${JSONStringify(value, count)}`;
  } catch (error) {
    if (error === TOO_LONG) return '[JSON too long]';
    return isCircularComplaint(error) ? '[Circular]' : FAILURE;
  }
}

// V8: 'Converting circular structure to JSON', QuickJS: 'circular reference'.
function isCircularComplaint(error) {
  if (typeof error !== 'object' || error === null) return false;
  try {
    const descriptor = ownDescriptor(error, 'message');
    return descriptor !== undefined && typeof descriptor.value === 'string' &&
      StringPrototypeIncludes(descriptor.value, 'circular');
  } catch {
    return false;
  }
}
