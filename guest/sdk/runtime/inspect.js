// console.log's text, made inside the sandbox as Node 20 makes it.
//
// The values come from hostile code that shares the realm: this module and those
// in ./inspect/ use captured builtins only (see primordials.js), never call the
// getters they print, and never throw. Where user code does get to run (Proxy
// traps, a toString for %s, a toJSON for %j, a valueOf for %d, the getters of
// Symbol.toStringTag and of an error's name, message and stack) what it throws is
// caught. The work done is bounded by the text that is asked for.
//
// Differences from Node: util.inspect.custom is not supported, the contents of
// map and set iterators are not shown, extra keys of arrays longer than 10,000
// items are not listed, and where console.log would throw, a text says so.

import { StringPrototypeIncludes } from './primordials.js';
import { createContext } from './inspect/context.js';
import { fillTemplate } from './inspect/directives.js';
import { cutText, formatNumber } from './inspect/strings.js';
import { FAILURE, renderValue } from './inspect/values.js';

export { setIntrospection } from './inspect/introspection.js';

const DEFAULT_MAX_CHARS = 65536;
const DEFAULT_DEPTH = 2;

function finish(text, maxChars, exhausted) {
  if (text.length <= maxChars && !exhausted) return text;
  return `${cutText(text, maxChars)}... cut at ${maxChars} characters`;
}

const isLimit = (value) => typeof value === 'number' && value >= 0;

/** The text console.log(...args) writes, without the newline, of at most maxChars characters. */
export function format(args, maxChars) {
  const limit = isLimit(maxChars) ? maxChars : DEFAULT_MAX_CHARS;
  try {
    const first = args.length > 0 ? args[0] : undefined;
    if (args.length === 1 && typeof first === 'string') return finish(first, limit, false);
    return formatAll(args, first, limit);
  } catch {
    return FAILURE;
  }
}

function formatAll(args, first, limit) {
  const output = { text: '', next: 0, limit };
  let exhausted = false;

  function show(value, depth, showHidden, budget) {
    const context = createContext(renderValue, depth, budget + 1, showHidden);
    const text = renderValue(context, value, 0);
    if (context.exhausted) exhausted = true;
    return text;
  }

  if (typeof first === 'string') {
    output.next = 1;
    if (StringPrototypeIncludes(first, '%')) fillTemplate(output, first, args, show);
    else output.text = first;
  }
  const count = args.length;
  for (let i = output.next; i < count; i++) {
    if (exhausted || output.text.length > limit) return finish(output.text, limit, true);
    if (i > 0) output.text += ' ';
    const value = args[i];
    switch (typeof value) {
      case 'string': output.text += value; break;
      case 'number': output.text += formatNumber(value); break;
      case 'boolean': case 'undefined': output.text += `${value}`; break;
      default: output.text += show(value, DEFAULT_DEPTH, false, limit - output.text.length);
    }
  }
  return finish(output.text, limit, exhausted);
}

/** util.inspect(value); options: { depth (2), maxChars (65536) }. */
export function inspect(value, options) {
  let depth = DEFAULT_DEPTH;
  let limit = DEFAULT_MAX_CHARS;
  try {
    if (typeof options === 'object' && options !== null) {
      if (typeof options.depth === 'number') depth = options.depth;
      else if (options.depth === null) depth = Infinity;
      if (isLimit(options.maxChars)) limit = options.maxChars;
    }
    const context = createContext(renderValue, depth, limit + 1, false);
    const text = renderValue(context, value, 0);
    return finish(text, limit, context.exhausted);
  } catch {
    return FAILURE;
  }
}
