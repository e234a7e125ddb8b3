// URL and URLSearchParams (WHATWG URL). Parsing URLs is native; the query's own format is handled here.
//
// What the Rust half must provide to setNative (`Parts` is an array of eleven strings: href, origin, protocol, username,
// password, host, hostname, port, pathname, search, hash, each as the URL class's getter gives it):
//
//   urlParse(input: string, base: string | undefined) -> Parts | null
//       null when `input` (against `base`), or `base` itself, does not parse.
//   urlSet(href: string, field: string, value: string) -> Parts | null
//       `href` is one that urlParse or urlSet gave. `field` is one of href, protocol, username, password, host,
//       hostname, port, pathname, search, hash. A setter that the standard ignores gives the Parts unchanged; null only
//       for field "href" with a value that does not parse.
//
// All strings handed over are well-formed: lone surrogates are U+FFFD already. Query text is decoded with the native
// utf8Decode of encoding.js.

import { utf8ToText } from "./encoding.js";
import {
  ArrayPrototype, ArrayPrototypeSort, IteratorPrototype, MapConstructor, MapPrototypeGet, MapPrototypeSet,
  ObjectDefineProperty, ReflectApply, ReflectOwnKeys, ReflectSetPrototypeOf, StringPrototypeCharCodeAt,
  StringPrototypeIndexOf, StringPrototypeSlice, StringPrototypeToWellFormed, SymbolIterator, SymbolToStringTag,
  TypeErrorConstructor, Uint8ArrayConstructor, append, codedError, createList, defineValue,
  encodeURIComponentBuiltin, ownDescriptor, requireCallback, toText, wrongReceiver,
} from "./primordials.js";

let urlParse;
let urlSet;

export function setNative(natives) {
  urlParse = natives.urlParse;
  urlSet = natives.urlSet;
}

const HREF = 0;
const ORIGIN = 1;
const PROTOCOL = 2;
const USERNAME = 3;
const PASSWORD = 4;
const HOST = 5;
const HOSTNAME = 6;
const PORT = 7;
const PATHNAME = 8;
const SEARCH = 9;
const HASH = 10;

const scalarText = (value) => StringPrototypeToWellFormed(toText(value));

function missing(text) {
  return codedError(TypeErrorConstructor, "ERR_MISSING_ARGS", "The " + text + " must be specified");
}

// ------------------------------------------------------------ application/x-www-form-urlencoded

const PLUS = 0x2b;
const PERCENT = 0x25;

function isUnescaped(unit) {
  return unit >= 0x61 && unit <= 0x7a || unit >= 0x41 && unit <= 0x5a || unit >= 0x30 && unit <= 0x39
    || unit === 0x2a || unit === 0x2d || unit === 0x2e || unit === 0x5f;
}

/** `text` is well-formed. */
function encodeComponent(text) {
  let index = 0;
  while (index < text.length && isUnescaped(StringPrototypeCharCodeAt(text, index))) index += 1;
  if (index === text.length) return text;
  // The builtin escapes all but the space and a few ASCII marks as this format does.
  const escaped = encodeURIComponentBuiltin(text);
  let encoded = "";
  let copied = 0;
  for (index = 0; index < escaped.length; index += 1) {
    const unit = StringPrototypeCharCodeAt(escaped, index);
    let replacement;
    let width = 1;
    if (unit === PERCENT) {
      if (StringPrototypeSlice(escaped, index, index + 3) === "%20") {
        replacement = "+";
        width = 3;
      } else {
        index += 2;
        continue;
      }
    } else if (unit === 0x21) replacement = "%21";
    else if (unit === 0x27) replacement = "%27";
    else if (unit === 0x28) replacement = "%28";
    else if (unit === 0x29) replacement = "%29";
    else if (unit === 0x7e) replacement = "%7E";
    else continue;
    encoded += StringPrototypeSlice(escaped, copied, index) + replacement;
    copied = index + width;
    index += width - 1;
  }
  return encoded + StringPrototypeSlice(escaped, copied);
}

function hexDigit(unit) {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const lower = unit | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** The byte that "%XX" at `index` stands for, or -1 (also at the end of the text, where charCodeAt gives NaN). */
function escapedByte(text, index) {
  if (StringPrototypeCharCodeAt(text, index) !== PERCENT) return -1;
  const high = hexDigit(StringPrototypeCharCodeAt(text, index + 1));
  const low = hexDigit(StringPrototypeCharCodeAt(text, index + 2));
  return high < 0 || low < 0 ? -1 : high << 4 | low;
}

function decodeComponent(text) {
  let decoded = "";
  let copied = 0;
  let index = 0;
  while (index < text.length) {
    const unit = StringPrototypeCharCodeAt(text, index);
    if (unit === PLUS) {
      decoded += StringPrototypeSlice(text, copied, index) + " ";
      copied = index += 1;
    } else if (unit === PERCENT && escapedByte(text, index) >= 0) {
      // A run of escapes is decoded by itself: what stands around it is whole characters.
      let end = index + 3;
      while (escapedByte(text, end) >= 0) end += 3;
      const bytes = new Uint8ArrayConstructor((end - index) / 3);
      for (let at = index; at < end; at += 3) bytes[(at - index) / 3] = escapedByte(text, at);
      decoded += StringPrototypeSlice(text, copied, index) + utf8ToText(bytes);
      copied = index = end;
    } else {
      index += 1;
    }
  }
  return copied === 0 ? text : decoded + StringPrototypeSlice(text, copied);
}

/** A list of { name, value } from a query without its "?". */
function parseQuery(query) {
  const pairs = createList();
  let start = 0;
  while (start < query.length) {
    let end = StringPrototypeIndexOf(query, "&", start);
    if (end < 0) end = query.length;
    if (end > start) {
      const piece = StringPrototypeSlice(query, start, end);
      const equals = StringPrototypeIndexOf(piece, "=");
      append(pairs, {
        name: decodeComponent(equals < 0 ? piece : StringPrototypeSlice(piece, 0, equals)),
        value: equals < 0 ? "" : decodeComponent(StringPrototypeSlice(piece, equals + 1)),
      });
    }
    start = end + 1;
  }
  return pairs;
}

function withoutQuestionMark(text) {
  return StringPrototypeCharCodeAt(text, 0) === 0x3f ? StringPrototypeSlice(text, 1) : text;
}

function serializePairs(pairs) {
  let text = "";
  for (let index = 0; index < pairs.length; index += 1) {
    if (index > 0) text += "&";
    text += encodeComponent(pairs[index].name) + "=" + encodeComponent(pairs[index].value);
  }
  return text;
}

// ------------------------------------------------------------------------------ URLSearchParams

function invalidTuple() {
  return codedError(TypeErrorConstructor, "ERR_INVALID_TUPLE", "Each query pair must be an iterable [name, value] tuple");
}

/** From a sequence of pairs. Its iterators are the script's own, so the language's loop is the right one here. */
function pairsOfIterable(iterable) {
  const pairs = createList();
  for (const item of iterable) {
    if (item === null || typeof item !== "object" && typeof item !== "function" || typeof item[SymbolIterator] !== "function") {
      throw invalidTuple();
    }
    let count = 0;
    let name;
    let value;
    for (const part of item) {
      count += 1;
      if (count === 1) name = scalarText(part);
      else if (count === 2) value = scalarText(part);
      else break;
    }
    if (count !== 2) throw invalidTuple();
    append(pairs, { name, value });
  }
  return pairs;
}

function pairsOfRecord(record) {
  const pairs = createList();
  const keys = ReflectOwnKeys(record);
  const seen = new MapConstructor(); // distinct keys can become one name when made well-formed: the last value counts
  for (let index = 0; index < keys.length; index += 1) {
    const descriptor = ownDescriptor(record, keys[index]);
    if (descriptor === undefined || !descriptor.enumerable) continue;
    const name = scalarText(keys[index]);
    const value = scalarText(record[keys[index]]);
    const earlier = MapPrototypeGet(seen, name);
    if (earlier !== undefined) {
      earlier.value = value;
      continue;
    }
    const pair = { name, value };
    MapPrototypeSet(seen, name, pair);
    append(pairs, pair);
  }
  return pairs;
}

function pairsOfInit(init) {
  if (init === undefined || init === null) return createList(); // null as in Node; browsers read the text "null"
  if (typeof init !== "object" && typeof init !== "function") return parseQuery(withoutQuestionMark(scalarText(init)));
  const iterate = init[SymbolIterator];
  if (iterate === undefined || iterate === null) return pairsOfRecord(init);
  if (typeof iterate !== "function") {
    throw codedError(TypeErrorConstructor, "ERR_ARG_NOT_ITERABLE", "Query pairs must be iterable");
  }
  return pairsOfIterable(init);
}

// The two classes reach into each other by these; a static block below fills them.
let makeLinkedParams;
let replacePairs;
let pairsOf;
let setSearchOf;

export class URLSearchParams {
  #pairs;
  #url = null; // the URL whose query this is

  constructor(init = undefined) {
    this.#pairs = pairsOfInit(init);
  }

  static {
    pairsOf = (params) => {
      if (!(#pairs in params)) throw wrongReceiver("URLSearchParams");
      return params.#pairs;
    };
    replacePairs = (params, query) => {
      params.#pairs = parseQuery(query);
    };
    makeLinkedParams = (url, query) => {
      const params = new URLSearchParams();
      params.#pairs = parseQuery(query);
      params.#url = url;
      return params;
    };
  }

  #changed() {
    if (this.#url !== null) setSearchOf(this.#url, serializePairs(this.#pairs));
  }

  get size() {
    return pairsOf(this).length;
  }

  append(name, value) {
    const pairs = pairsOf(this);
    if (arguments.length < 2) throw missing('"name" and "value" arguments');
    name = scalarText(name);
    append(pairs, { name, value: scalarText(value) });
    this.#changed();
  }

  delete(name, value = undefined) {
    pairsOf(this);
    if (arguments.length < 1) throw missing('"name" argument');
    name = scalarText(name);
    if (value !== undefined) value = scalarText(value);
    this.#keepUnless(name, value, null);
    this.#changed();
  }

  /** Drops the pairs of that name (and value, unless undefined), but leaves `kept` in its place. */
  #keepUnless(name, value, kept) {
    const pairs = this.#pairs;
    let count = 0;
    for (let index = 0; index < pairs.length; index += 1) {
      const pair = pairs[index];
      if (pair !== kept && pair.name === name && (value === undefined || pair.value === value)) continue;
      pairs[count] = pair;
      count += 1;
    }
    pairs.length = count;
  }

  #find(name, value) {
    const pairs = this.#pairs;
    for (let index = 0; index < pairs.length; index += 1) {
      const pair = pairs[index];
      if (pair.name === name && (value === undefined || pair.value === value)) return pair;
    }
    return undefined;
  }

  get(name) {
    pairsOf(this);
    if (arguments.length < 1) throw missing('"name" argument');
    const pair = this.#find(scalarText(name), undefined);
    return pair === undefined ? null : pair.value;
  }

  getAll(name) {
    const pairs = pairsOf(this);
    if (arguments.length < 1) throw missing('"name" argument');
    name = scalarText(name);
    const values = createList();
    for (let index = 0; index < pairs.length; index += 1) {
      if (pairs[index].name === name) append(values, pairs[index].value);
    }
    ReflectSetPrototypeOf(values, ArrayPrototype);
    return values;
  }

  has(name, value = undefined) {
    pairsOf(this);
    if (arguments.length < 1) throw missing('"name" argument');
    name = scalarText(name);
    return this.#find(name, value === undefined ? undefined : scalarText(value)) !== undefined;
  }

  set(name, value) {
    const pairs = pairsOf(this);
    if (arguments.length < 2) throw missing('"name" and "value" arguments');
    name = scalarText(name);
    value = scalarText(value);
    const first = this.#find(name, undefined);
    if (first === undefined) {
      append(pairs, { name, value });
    } else {
      first.value = value;
      this.#keepUnless(name, undefined, first);
    }
    this.#changed();
  }

  sort() {
    // By code units, and stable: what the language's own sort and "<" do.
    ArrayPrototypeSort(pairsOf(this), (one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
    this.#changed();
  }

  forEach(callback, thisArg = undefined) {
    pairsOf(this);
    requireCallback(callback);
    // By index on the list as it is at each step: the callback may change it, and a linked URL may replace it.
    for (let index = 0; index < this.#pairs.length; index += 1) {
      const pair = this.#pairs[index];
      ReflectApply(callback, thisArg, [pair.value, pair.name, this]);
    }
  }

  entries() {
    pairsOf(this);
    return makeIterator(this, 2);
  }

  keys() {
    pairsOf(this);
    return makeIterator(this, 0);
  }

  values() {
    pairsOf(this);
    return makeIterator(this, 1);
  }

  toString() {
    return serializePairs(pairsOf(this));
  }
}

ObjectDefineProperty(URLSearchParams.prototype, SymbolIterator, {
  value: URLSearchParams.prototype.entries, writable: true, configurable: true, enumerable: false,
});

let makeIterator;

class ParamsIterator {
  #params = null;
  #shows = 0; // 0: names, 1: values, 2: both
  #next = 0;

  static {
    makeIterator = (params, shows) => {
      const iterator = new ParamsIterator();
      iterator.#params = params;
      iterator.#shows = shows;
      return iterator;
    };
  }

  next() {
    if (!(#params in this)) throw wrongReceiver("URLSearchParamsIterator");
    const pairs = pairsOf(this.#params);
    if (this.#next >= pairs.length) return { value: undefined, done: true };
    const { name, value } = pairs[this.#next];
    this.#next += 1;
    return { value: this.#shows === 0 ? name : this.#shows === 1 ? value : [name, value], done: false };
  }
}

const iteratorPrototype = ParamsIterator.prototype;
delete iteratorPrototype.constructor; // scripts have no way to the class
ReflectSetPrototypeOf(iteratorPrototype, IteratorPrototype);
ObjectDefineProperty(iteratorPrototype, "next", { enumerable: true });
ObjectDefineProperty(iteratorPrototype, SymbolToStringTag, { value: "URLSearchParams Iterator", configurable: true });

// ------------------------------------------------------------------------------------------ URL

function invalidUrl(input, base) {
  const error = codedError(TypeErrorConstructor, "ERR_INVALID_URL", "Invalid URL");
  defineValue(error, "input", input, true);
  if (base !== undefined) defineValue(error, "base", base, true);
  return error;
}

export class URL {
  #parts;
  #params = null;

  constructor(input, base = undefined) {
    if (arguments.length === 0) throw missing('"url" argument');
    input = scalarText(input);
    if (base !== undefined) base = scalarText(base);
    this.#parts = urlParse(input, base);
    if (this.#parts === null) throw invalidUrl(input, base);
  }

  static {
    setSearchOf = (url, query) => {
      url.#parts = urlSet(url.#parts[HREF], "search", query) ?? url.#parts;
    };
  }

  static canParse(input, base = undefined) {
    if (arguments.length === 0) throw missing('"url" argument');
    input = scalarText(input);
    return urlParse(input, base === undefined ? undefined : scalarText(base)) !== null;
  }

  static parse(input, base = undefined) {
    if (arguments.length === 0) throw missing('"url" argument');
    input = scalarText(input);
    if (base !== undefined) base = scalarText(base);
    // The constructor would parse again, but parsing twice is cheap and an exception thrown and caught is not.
    return urlParse(input, base) === null ? null : new URL(input, base);
  }

  #get(part) {
    return this.#parts[part];
  }

  #set(field, value) {
    this.#parts; // refuses a wrong receiver before the value is converted
    value = scalarText(value);
    const parts = urlSet(this.#parts[HREF], field, value);
    if (parts === null) {
      if (field === "href") throw invalidUrl(value, undefined);
      return;
    }
    this.#parts = parts;
    if (this.#params !== null && (field === "href" || field === "search")) {
      replacePairs(this.#params, withoutQuestionMark(parts[SEARCH]));
    }
  }

  toString() {
    return this.#get(HREF);
  }

  get href() { return this.#get(HREF); }
  set href(value) { this.#set("href", value); }

  get origin() { return this.#get(ORIGIN); }

  get protocol() { return this.#get(PROTOCOL); }
  set protocol(value) { this.#set("protocol", value); }

  get username() { return this.#get(USERNAME); }
  set username(value) { this.#set("username", value); }

  get password() { return this.#get(PASSWORD); }
  set password(value) { this.#set("password", value); }

  get host() { return this.#get(HOST); }
  set host(value) { this.#set("host", value); }

  get hostname() { return this.#get(HOSTNAME); }
  set hostname(value) { this.#set("hostname", value); }

  get port() { return this.#get(PORT); }
  set port(value) { this.#set("port", value); }

  get pathname() { return this.#get(PATHNAME); }
  set pathname(value) { this.#set("pathname", value); }

  get search() { return this.#get(SEARCH); }
  set search(value) { this.#set("search", value); }

  get searchParams() {
    if (this.#params === null) this.#params = makeLinkedParams(this, withoutQuestionMark(this.#get(SEARCH)));
    return this.#params;
  }

  get hash() { return this.#get(HASH); }
  set hash(value) { this.#set("hash", value); }

  toJSON() {
    return this.#get(HREF);
  }
}
