// Text of primitives: quoting, escaping, numbers, property keys.

import {
  BigIntPrototypeToString, NumberPrototypeToString, ObjectIs,
  StringPrototypeCharCodeAt, StringPrototypeIncludes, StringPrototypeIndexOf,
  StringPrototypeSlice, StringPrototypeToUpperCase, SymbolPrototypeToString, append, createList, joinList,
} from '../primordials.js';
import { BREAK_LENGTH, MAX_STRING } from './context.js';

const SINGLE_QUOTE = 0x27;
const BACKSLASH = 0x5c;

const namedEscapes = { __proto__: null, 8: '\\b', 9: '\\t', 10: '\\n', 12: '\\f', 13: '\\r', 0x27: "\\'", 0x5c: '\\\\' };

function escapeUnit(unit) {
  const named = namedEscapes[unit];
  if (named !== undefined) return named;
  const digits = NumberPrototypeToString(unit, 16);
  if (unit > 0xff) return '\\u' + digits;
  const hex = StringPrototypeToUpperCase(digits);
  return unit < 16 ? '\\x0' + hex : '\\x' + hex;
}

const isHighSurrogate = (unit) => unit >= 0xd800 && unit <= 0xdbff;
const isLowSurrogate = (unit) => unit >= 0xdc00 && unit <= 0xdfff;

/** Escapes control characters, backslashes, lone surrogates and (if asked) single quotes. */
export function escapeText(text, escapeSingleQuotes) {
  let result = '';
  let plainFrom = 0;
  const length = text.length;
  for (let i = 0; i < length; i++) {
    const unit = StringPrototypeCharCodeAt(text, i);
    if (unit >= 0x20 && unit < 0x7f) {
      if (unit !== BACKSLASH && !(escapeSingleQuotes && unit === SINGLE_QUOTE)) continue;
    } else if (unit > 0x9f) {
      if (unit < 0xd800 || unit > 0xdfff) continue;
      if (isHighSurrogate(unit) && i + 1 < length &&
          isLowSurrogate(StringPrototypeCharCodeAt(text, i + 1))) {
        i++;
        continue;
      }
    }
    result += StringPrototypeSlice(text, plainFrom, i) + escapeUnit(unit);
    plainFrom = i + 1;
  }
  return plainFrom === 0 ? text : result + StringPrototypeSlice(text, plainFrom);
}

/** A string literal for `text`, with the quote that needs the least escaping. */
export function quote(text) {
  if (!StringPrototypeIncludes(text, "'")) return `'${escapeText(text, false)}'`;
  if (!StringPrototypeIncludes(text, '"')) return `"${escapeText(text, false)}"`;
  if (!StringPrototypeIncludes(text, '`') && !StringPrototypeIncludes(text, '${')) {
    return `\`${escapeText(text, false)}\``;
  }
  return `'${escapeText(text, true)}'`;
}

export function formatNumber(value) {
  return ObjectIs(value, -0) ? '-0' : `${value}`;
}

// Decimal conversion of a BigInt takes quadratic time: above this size it is
// printed in hexadecimal, which takes linear time.
const DECIMAL_BIGINT_LIMIT = 1n << 65536n;

export function formatBigInt(value) {
  if (value < DECIMAL_BIGINT_LIMIT && value > -DECIMAL_BIGINT_LIMIT) return `${BigIntPrototypeToString(value)}n`;
  const negative = value < 0n;
  return `${negative ? '-' : ''}0x${BigIntPrototypeToString(negative ? -value : value, 16)}n`;
}

export function plural(count, noun) {
  return count === 1 ? `${count} ${noun}` : `${count} ${noun}s`;
}

/** The text of a string that is a value inside an object (quoted, perhaps on several lines). */
export function formatString(value, indentation) {
  let trailer = '';
  if (value.length > MAX_STRING) {
    trailer = `... ${plural(value.length - MAX_STRING, 'more character')}`;
    value = StringPrototypeSlice(value, 0, MAX_STRING);
  }
  if (value.length <= 16 || value.length <= BREAK_LENGTH - indentation - 4) return quote(value) + trailer;
  let lineEnd = StringPrototypeIndexOf(value, '\n');
  if (lineEnd === -1 || lineEnd === value.length - 1) return quote(value) + trailer;
  const lines = createList();
  let lineStart = 0;
  while (lineEnd !== -1) {
    append(lines, quote(StringPrototypeSlice(value, lineStart, lineEnd + 1)));
    lineStart = lineEnd + 1;
    lineEnd = StringPrototypeIndexOf(value, '\n', lineStart);
  }
  if (lineStart < value.length) append(lines, quote(StringPrototypeSlice(value, lineStart)));
  return joinList(lines, ` +\n${spaces(indentation + 2)}`) + trailer;
}

/** The text of a value that is neither an object nor a function. */
export function formatPrimitive(value, indentation) {
  switch (typeof value) {
    case 'string': return formatString(value, indentation);
    case 'number': return formatNumber(value);
    case 'bigint': return formatBigInt(value);
    case 'symbol': return SymbolPrototypeToString(value);
    default: return `${value}`; // undefined, null, booleans
  }
}

function isIdentifier(key) {
  if (key.length === 0) return false;
  for (let i = 0; i < key.length; i++) {
    const unit = StringPrototypeCharCodeAt(key, i);
    const letter = (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a) || unit === 0x5f;
    if (!letter && !(i > 0 && unit >= 0x30 && unit <= 0x39)) return false;
  }
  return true;
}

/** A property key as printed before the colon. */
export function formatKey(key, enumerable) {
  if (typeof key === 'symbol') return `[${escapeText(SymbolPrototypeToString(key), true)}]`;
  if (key === '__proto__') return "['__proto__']";
  if (!enumerable) return `[${escapeText(key, true)}]`;
  return isIdentifier(key) ? key : quote(key);
}

const blank = '                                                                ';

export function spaces(count) {
  if (count <= blank.length) return StringPrototypeSlice(blank, 0, count);
  let text = blank;
  while (text.length < count) text += blank;
  return StringPrototypeSlice(text, 0, count);
}

/** `text` cut to `limit` units, not in the middle of a surrogate pair. */
export function cutText(text, limit) {
  if (text.length <= limit) return text;
  if (limit > 0 && isHighSurrogate(StringPrototypeCharCodeAt(text, limit - 1))) limit--;
  return StringPrototypeSlice(text, 0, limit);
}

/** True for the canonical text of an array index (0 to 2^32 - 2). */
export function isArrayIndex(key) {
  const length = key.length;
  if (length === 0 || length > 10) return false;
  let number = 0;
  for (let i = 0; i < length; i++) {
    const unit = StringPrototypeCharCodeAt(key, i);
    if (unit < 0x30 || unit > 0x39 || (i === 0 && unit === 0x30 && length > 1)) return false;
    number = number * 10 + unit - 0x30;
  }
  return number < 4294967295;
}

/** `text` with every line after the first indented. */
export function indentLines(text, indentation) {
  if (indentation === 0) return text;
  const margin = `\n${spaces(indentation)}`;
  let result = '';
  let from = 0;
  for (let at = StringPrototypeIndexOf(text, '\n'); at !== -1; at = StringPrototypeIndexOf(text, '\n', from)) {
    result += StringPrototypeSlice(text, from, at) + margin;
    from = at + 1;
  }
  return result + StringPrototypeSlice(text, from);
}

