// TextEncoder, TextDecoder, atob and btoa (WHATWG Encoding and HTML's base64 utilities).
//
// The long loops over UTF-8 and base64 are native. What the Rust half must provide to setNative:
//
//   utf8Encode(text: string) -> ArrayBuffer
//       `text` is always well-formed: lone surrogates are U+FFFD already.
//   utf8Decode(buffer: ArrayBuffer, byteOffset: number, byteLength: number, fatal: boolean) -> string | null
//       Invalid bytes: null when fatal, else one U+FFFD per maximal subpart (Rust's from_utf8_lossy does the same).
//       A byte order mark is an ordinary U+FEFF. The range is inside the buffer, which is never detached or shared.
//   base64Encode(text: string) -> string | null
//       One byte a code unit; null when a unit is above 0xFF. Standard alphabet, padded.
//   base64Decode(text: string) -> string | null
//       The whole of WHATWG's "forgiving-base64 decode": TAB, LF, FF, CR and SPACE are dropped anywhere; then, if the
//       length is a multiple of four, one or two final "=" are dropped; null when a remaining character is outside
//       the alphabet or the remaining length is 1 modulo 4; bits left over at the end are ignored, whatever they are.
//       The answer has one code unit a byte. `text` is well-formed.
//
// Template literals with substitutions are not used in these modules: QuickJS compiles them to a call of
// String.prototype.concat, which a script may have replaced.

import {
  ArrayBufferIsView, ArrayBufferPrototypeGetByteLength, ArrayConstructor, ArrayPrototypeFill,
  DataViewPrototypeGetBuffer, DataViewPrototypeGetByteLength, DataViewPrototypeGetByteOffset,
  RangeErrorConstructor, ReflectApply, StringFromCharCode, StringPrototypeCharCodeAt, StringPrototypeSlice,
  StringPrototypeToLowerCase, StringPrototypeToWellFormed, TypeErrorConstructor, TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength, TypedArrayPrototypeGetByteOffset, TypedArrayPrototypeGetSymbolToStringTag,
  TypedArrayPrototypeSet, Uint8ArrayConstructor, codedError, describeReceived, namedError, toText, wrongReceiver,
} from "./primordials.js";

let utf8Encode;
let utf8Decode;
let base64Encode;
let base64Decode;

export function setNative(natives) {
  utf8Encode = natives.utf8Encode;
  utf8Decode = natives.utf8Decode;
  base64Encode = natives.base64Encode;
  base64Decode = natives.base64Decode;
}

/** Decodes bytes already known to be a whole text, for the other modules; never fails. */
export function utf8ToText(bytes) {
  return utf8Decode(
    TypedArrayPrototypeGetBuffer(bytes), TypedArrayPrototypeGetByteOffset(bytes), TypedArrayPrototypeGetByteLength(bytes), false,
  );
}

function missingInput() {
  return codedError(TypeErrorConstructor, "ERR_MISSING_ARGS", 'The "input" argument must be specified');
}

export function btoa(input) {
  if (arguments.length === 0) throw missingInput();
  const encoded = base64Encode(StringPrototypeToWellFormed(toText(input)));
  if (encoded === null) throw namedError("InvalidCharacterError", 5, "Invalid character");
  return encoded;
}

export function atob(input) {
  if (arguments.length === 0) throw missingInput();
  const decoded = base64Decode(StringPrototypeToWellFormed(toText(input)));
  if (decoded === null) {
    throw namedError("InvalidCharacterError", 5, "The string to be decoded is not correctly encoded.");
  }
  return decoded;
}

export class TextEncoder {
  #brand;

  get encoding() {
    if (!(#brand in this)) throw wrongReceiver("TextEncoder");
    return "utf-8";
  }

  encode(input = "") {
    if (!(#brand in this)) throw wrongReceiver("TextEncoder");
    return new Uint8ArrayConstructor(utf8Encode(StringPrototypeToWellFormed(toText(input))));
  }

  encodeInto(source, destination) {
    if (!(#brand in this)) throw wrongReceiver("TextEncoder");
    if (typeof source !== "string") {
      throw codedError(TypeErrorConstructor, "ERR_INVALID_ARG_TYPE",
        'The "src" argument must be of type string.' + describeReceived(source));
    }
    if (TypedArrayPrototypeGetSymbolToStringTag(destination) !== "Uint8Array") {
      throw codedError(TypeErrorConstructor, "ERR_INVALID_ARG_TYPE",
        'The "dest" argument must be an instance of Uint8Array.' + describeReceived(destination));
    }
    // A code unit takes at least one byte, so no more units than room can be read. Should the cut split a pair, the
    // half before it becomes U+FFFD, which is three bytes with room for one at most, and is dropped below.
    const room = TypedArrayPrototypeGetByteLength(destination);
    const text = StringPrototypeToWellFormed(StringPrototypeSlice(source, 0, room));
    const encoded = utf8Encode(text);
    const bytes = new Uint8ArrayConstructor(encoded);
    let written = TypedArrayPrototypeGetByteLength(bytes);
    let read = text.length;
    if (written > room) {
      written = room;
      while (written > 0 && (bytes[written] & 0xc0) === 0x80) written -= 1;
      read = utf8Decode(encoded, 0, written, false).length;
    }
    TypedArrayPrototypeSet(destination, new Uint8ArrayConstructor(encoded, 0, written));
    return { read, written };
  }
}

const UTF8 = "utf-8";
const UTF16LE = "utf-16le";
const UTF16BE = "utf-16be";
const WINDOWS1252 = "windows-1252";

const ENCODING_OF_LABEL = {
  __proto__: null,
  "unicode-1-1-utf-8": UTF8, "unicode11utf8": UTF8, "unicode20utf8": UTF8, "utf-8": UTF8, "utf8": UTF8,
  "x-unicode20utf8": UTF8,
  "csunicode": UTF16LE, "iso-10646-ucs-2": UTF16LE, "ucs-2": UTF16LE, "unicode": UTF16LE, "unicodefeff": UTF16LE,
  "utf-16": UTF16LE, "utf-16le": UTF16LE,
  "unicodefffe": UTF16BE, "utf-16be": UTF16BE,
  "ansi_x3.4-1968": WINDOWS1252, "ascii": WINDOWS1252, "cp1252": WINDOWS1252, "cp819": WINDOWS1252,
  "csisolatin1": WINDOWS1252, "ibm819": WINDOWS1252, "iso-8859-1": WINDOWS1252, "iso-ir-100": WINDOWS1252,
  "iso8859-1": WINDOWS1252, "iso88591": WINDOWS1252, "iso_8859-1": WINDOWS1252, "iso_8859-1:1987": WINDOWS1252,
  "l1": WINDOWS1252, "latin1": WINDOWS1252, "us-ascii": WINDOWS1252, "windows-1252": WINDOWS1252,
  "x-cp1252": WINDOWS1252,
};

function isAsciiWhitespace(unit) {
  return unit === 0x20 || unit === 0x09 || unit === 0x0a || unit === 0x0c || unit === 0x0d;
}

function encodingOfLabel(label) {
  let start = 0;
  let end = label.length;
  while (start < end && isAsciiWhitespace(StringPrototypeCharCodeAt(label, start))) start += 1;
  while (end > start && isAsciiWhitespace(StringPrototypeCharCodeAt(label, end - 1))) end -= 1;
  return ENCODING_OF_LABEL[StringPrototypeToLowerCase(StringPrototypeSlice(label, start, end))];
}

const NO_BYTES = new Uint8ArrayConstructor(0);

function isArrayBuffer(value) {
  try {
    ArrayBufferPrototypeGetByteLength(value);
    return true;
  } catch {
    return false;
  }
}

/** The bytes of a BufferSource as a Uint8Array on the same memory. */
function bytesOf(input) {
  if (input === undefined) return NO_BYTES;
  if (ArrayBufferIsView(input)) {
    const isDataView = TypedArrayPrototypeGetSymbolToStringTag(input) === undefined;
    const length = isDataView ? DataViewPrototypeGetByteLength(input) : TypedArrayPrototypeGetByteLength(input);
    if (length === 0) return NO_BYTES; // also a detached buffer's view, on which no other can be made
    return isDataView
      ? new Uint8ArrayConstructor(DataViewPrototypeGetBuffer(input), DataViewPrototypeGetByteOffset(input), length)
      : new Uint8ArrayConstructor(TypedArrayPrototypeGetBuffer(input), TypedArrayPrototypeGetByteOffset(input), length);
  }
  if (isArrayBuffer(input)) {
    return ArrayBufferPrototypeGetByteLength(input) === 0 ? NO_BYTES : new Uint8ArrayConstructor(input);
  }
  throw codedError(TypeErrorConstructor, "ERR_INVALID_ARG_TYPE",
    'The "list" argument must be an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView.');
}

function joined(head, tail) {
  const headLength = TypedArrayPrototypeGetByteLength(head);
  const whole = new Uint8ArrayConstructor(headLength + TypedArrayPrototypeGetByteLength(tail));
  TypedArrayPrototypeSet(whole, head);
  TypedArrayPrototypeSet(whole, tail, headLength);
  return whole;
}

/** How many bytes at the end (0 to 3) are the valid beginning of a UTF-8 sequence that more bytes may finish. */
function unfinishedUtf8(bytes, length) {
  for (let back = 1; back <= 3 && back <= length; back += 1) {
    const lead = bytes[length - back];
    if ((lead & 0xc0) === 0x80) continue;
    const needed = lead >= 0xf0 && lead <= 0xf4 ? 4 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xc2 && lead <= 0xdf ? 2 : 1;
    if (needed <= back) return 0;
    if (back > 1) {
      // The second byte's range is narrower after these leads (overlong forms, surrogates, above U+10FFFF).
      const second = bytes[length - back + 1];
      if (lead === 0xe0 && second < 0xa0 || lead === 0xed && second > 0x9f) return 0;
      if (lead === 0xf0 && second < 0x90 || lead === 0xf4 && second > 0x8f) return 0;
    }
    return back;
  }
  return 0;
}

// String.fromCharCode takes many units at a time from this block. Its elements exist already, so that storing into
// them cannot reach a setter that a script put on Array.prototype.
const BLOCK_UNITS = 256;
const unitBlock = ArrayPrototypeFill(new ArrayConstructor(BLOCK_UNITS), 0);

function textOfUnits(unitAt, bytes, count) {
  let text = "";
  for (let start = 0; start < count; start += BLOCK_UNITS) {
    const end = start + BLOCK_UNITS < count ? start + BLOCK_UNITS : count;
    for (let index = start; index < end; index += 1) unitBlock[index - start] = unitAt(bytes, index);
    const block = ReflectApply(StringFromCharCode, undefined, unitBlock);
    text += end - start === BLOCK_UNITS ? block : StringPrototypeSlice(block, 0, end - start);
  }
  return text;
}

const unitLittleEndian = (bytes, index) => bytes[2 * index] | bytes[2 * index + 1] << 8;
const unitBigEndian = (bytes, index) => bytes[2 * index] << 8 | bytes[2 * index + 1];

// What windows-1252 has at 0x80 to 0x9F; every other byte is its own code point.
const WINDOWS1252_HIGH =
  "\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f" +
  "\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178";

function unitWindows1252(bytes, index) {
  const byte = bytes[index];
  return byte >= 0x80 && byte <= 0x9f ? StringPrototypeCharCodeAt(WINDOWS1252_HIGH, byte - 0x80) : byte;
}

export class TextDecoder {
  #encoding;
  #fatal;
  #ignoreBOM;
  #held = NO_BYTES; // the unfinished end of the last chunk of a stream
  #begun = false; // a stream's first character has been seen, so a byte order mark is one no more

  constructor(label = "utf-8", options = undefined) {
    const text = toText(label);
    const encoding = encodingOfLabel(text);
    if (encoding === undefined) {
      throw codedError(RangeErrorConstructor, "ERR_ENCODING_NOT_SUPPORTED", 'The "' + text + '" encoding is not supported');
    }
    if (options !== undefined && options !== null && typeof options !== "object" && typeof options !== "function") {
      throw codedError(TypeErrorConstructor, "ERR_INVALID_ARG_TYPE",
        'The "options" argument must be of type object.' + describeReceived(options));
    }
    this.#encoding = encoding;
    this.#fatal = !!options?.fatal;
    this.#ignoreBOM = !!options?.ignoreBOM;
  }

  get encoding() {
    if (!(#encoding in this)) throw wrongReceiver("TextDecoder");
    return this.#encoding;
  }

  get fatal() {
    if (!(#encoding in this)) throw wrongReceiver("TextDecoder");
    return this.#fatal;
  }

  get ignoreBOM() {
    if (!(#encoding in this)) throw wrongReceiver("TextDecoder");
    return this.#ignoreBOM;
  }

  decode(input = undefined, options = undefined) {
    if (!(#encoding in this)) throw wrongReceiver("TextDecoder");
    const stream = !!options?.stream; // before the bytes: a getter here may detach the buffer
    let bytes = bytesOf(input);
    if (TypedArrayPrototypeGetByteLength(this.#held) > 0) {
      bytes = joined(this.#held, bytes);
      this.#held = NO_BYTES;
    }
    const begun = this.#begun;
    let text = this.#encoding === UTF8 ? this.#decodeUtf8(bytes, stream)
      : this.#encoding === WINDOWS1252 ? textOfUnits(unitWindows1252, bytes, TypedArrayPrototypeGetByteLength(bytes))
        : this.#decodeUtf16(bytes, stream);
    if (text === null) {
      this.#held = NO_BYTES;
      this.#begun = false;
      throw codedError(TypeErrorConstructor, "ERR_ENCODING_INVALID_ENCODED_DATA",
        "The encoded data was not valid for encoding " + this.#encoding);
    }
    this.#begun = stream && (begun || text !== "");
    // windows-1252 has no byte that decodes to U+FEFF, so it needs no exception here.
    if (!begun && !this.#ignoreBOM && StringPrototypeCharCodeAt(text, 0) === 0xfeff) text = StringPrototypeSlice(text, 1);
    return text;
  }

  #hold(bytes, start) {
    const copy = new Uint8ArrayConstructor(TypedArrayPrototypeGetByteLength(bytes) - start);
    TypedArrayPrototypeSet(copy, new Uint8ArrayConstructor(TypedArrayPrototypeGetBuffer(bytes), TypedArrayPrototypeGetByteOffset(bytes) + start,
      TypedArrayPrototypeGetByteLength(copy)));
    this.#held = copy;
  }

  #decodeUtf8(bytes, stream) {
    let length = TypedArrayPrototypeGetByteLength(bytes);
    const unfinished = stream ? unfinishedUtf8(bytes, length) : 0;
    if (unfinished > 0) {
      length -= unfinished;
      this.#hold(bytes, length);
    }
    return utf8Decode(TypedArrayPrototypeGetBuffer(bytes), TypedArrayPrototypeGetByteOffset(bytes), length, this.#fatal);
  }

  #decodeUtf16(bytes, stream) {
    const length = TypedArrayPrototypeGetByteLength(bytes);
    const unitAt = this.#encoding === UTF16LE ? unitLittleEndian : unitBigEndian;
    let units = length >>> 1;
    let oddByte = (length & 1) === 1;
    // A leading surrogate at the end waits for its other half.
    const openPair = units > 0 && (unitAt(bytes, units - 1) & 0xfc00) === 0xd800;
    if (openPair && (stream || oddByte)) units -= 1;
    if (stream) {
      if (2 * units < length) this.#hold(bytes, 2 * units);
      oddByte = false;
    }
    const raw = textOfUnits(unitAt, bytes, units);
    const text = StringPrototypeToWellFormed(raw);
    if (this.#fatal && (oddByte || text !== raw)) return null;
    // An unfinished pair and the odd byte after it are one error together, not two.
    return oddByte ? text + "\ufffd" : text;
  }
}
