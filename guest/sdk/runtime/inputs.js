// Input handles and their three readers. The bytes stay at the host until a reader is opened; tables are parsed there and
// come over in batches.

import { BRANDS } from "./guards.js";
import {
  ErrorConstructor, MapConstructor, MapPrototypeDelete, MapPrototypeGet, MapPrototypeSet, ObjectDefineProperty, ObjectFreeze,
  PromiseConstructor, PromisePrototypeThen, PromiseReject, PromiseResolve, RangeErrorConstructor, SymbolAsyncIterator,
  TypeErrorConstructor,
} from "./primordials.js";

// Rows a crossing. A crossing costs about as much as ten rows; a batch must also fit into memory beside what the script
// keeps, so the host ends it early when its cells grow large.
const BATCH_ROWS = 512;

// All that is known is far shorter, and what is much longer does not fit into a message to the host.
const MAX_OPTION_CHARS = 64;

const SymbolAsyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

let natives;

export function setNatives(given) {
  natives = given;
}

// Promises of the operations under way, by the host's id.
const pending = new MapConstructor();

/** The promise of operation `id`. */
export function operation(id) {
  return new PromiseConstructor((resolve, reject) => {
    MapPrototypeSet(pending, id, { resolve, reject });
  });
}

/** Called by the event loop when operation `id` has ended. */
export function settleOperation(id, value, failed) {
  const waiting = MapPrototypeGet(pending, id);
  MapPrototypeDelete(pending, id);
  if (waiting === undefined) return;
  if (failed) waiting.reject(value);
  else waiting.resolve(value);
}

/** The handle of the input at `index`. */
export function makeHandle(index, descriptor) {
  let open = false;

  // One reader at a time: opening takes the handle, a failure or `dispose` gives it back.
  const take = () => {
    if (open) return new ErrorConstructor("input " + descriptor.outputId + " already has an open reader; dispose() it first");
    open = true;
    return null;
  };
  const release = () => { open = false; };
  // `start` gives the operation's id, or throws when too many are under way.
  const opening = (start, makeReader) => {
    const busy = take();
    if (busy !== null) return PromiseReject(busy);
    let opened;
    try {
      opened = operation(start());
    } catch (error) {
      release();
      return PromiseReject(error);
    }
    return PromisePrototypeThen(opened, makeReader, (error) => {
      release();
      throw error;
    });
  };

  const handle = {
    descriptor,
    get detectedKind() { return descriptor.detectedKind; },
    openJsonReader() {
      return opening(() => natives.openJson(index), (root) => makeReader(BRANDS.json, { kind: "json", root }, release));
    },
    openTabularReader(options) {
      return opening(() => {
        const { delimiter, inputFormat } = readDialect(options);
        return natives.openTabular(index, delimiter, inputFormat);
      }, (opened) => makeTabularReader(opened, release));
    },
    openBinaryReader() {
      return opening(() => natives.openBinary(index),
        (bytes) => makeBinaryReader(bytes, descriptor.contentType, release));
    },
  };
  ObjectDefineProperty(handle, BRANDS.handle, { __proto__: null, value: true });
  return handle;
}

function readDialect(options) {
  if (options === undefined || options === null) return { delimiter: undefined, inputFormat: undefined };
  if (typeof options !== "object") throw new TypeErrorConstructor("openTabularReader takes { delimiter, inputFormat }");
  return { delimiter: textOption(options, "delimiter"), inputFormat: textOption(options, "inputFormat") };
}

function textOption(options, name) {
  const value = options[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw new TypeErrorConstructor("openTabularReader: " + name + " must be a string");
  if (MAX_OPTION_CHARS < value.length) {
    throw new RangeErrorConstructor("openTabularReader: " + name + " must have at most " + MAX_OPTION_CHARS + " characters, got "
      + value.length);
  }
  return value;
}

// What all readers share: the brand, `dispose` and its symbol. Disposing twice is as good as once.
function makeReader(brand, reader, release) {
  let disposed = false;
  const dispose = () => {
    if (disposed) return;
    disposed = true;
    release();
  };
  ObjectDefineProperty(reader, brand, { __proto__: null, value: true });
  ObjectDefineProperty(reader, "dispose", { __proto__: null, value: dispose, enumerable: true });
  ObjectDefineProperty(reader, SymbolAsyncDispose, {
    __proto__: null,
    value: () => {
      dispose();
      return PromiseResolve(undefined);
    },
  });
  return reader;
}

function makeBinaryReader(bytes, contentType, release) {
  let base64;
  const reader = { kind: "binary", byteLength: bytes.length, contentType };
  // Encoding costs a third more memory than the bytes: only for scripts that look.
  ObjectDefineProperty(reader, "base64", {
    __proto__: null,
    enumerable: true,
    get: () => (base64 ??= natives.base64EncodeBytes(bytes.buffer, 0, bytes.length)),
  });
  ObjectDefineProperty(reader, "bytes", { __proto__: null, enumerable: true, value: () => bytes });
  return makeReader(BRANDS.binary, reader, release);
}

function makeTabularReader(opened, release) {
  const table = opened[0];
  const headers = opened[1];
  let ended = false;
  // Reads run one after the other, so that two unawaited `readRow()` give two rows in order.
  let reading = null;

  const end = () => {
    if (ended) return;
    ended = true;
    release();
    natives.closeTable(table);
  };

  // Brings the next rows over, or ends the table. They wait in the guest's own memory and are taken from there.
  const refill = () => {
    if (reading === null) {
      let id;
      try {
        id = natives.readRows(table, BATCH_ROWS);
      } catch (error) {
        return PromiseReject(error);
      }
      reading = PromisePrototypeThen(operation(id), (count) => {
        reading = null;
        if (count === 0) end();
      }, (error) => {
        reading = null;
        end();
        throw error;
      });
    }
    return reading;
  };

  const readRow = () => {
    const row = ended ? null : natives.takeRow(table);
    if (row !== undefined) return PromiseResolve(row);
    return PromisePrototypeThen(refill(), readRow);
  };

  const readRows = (count) => {
    const wanted = count === undefined ? BATCH_ROWS : count;
    if (typeof wanted !== "number" || !(1 <= wanted)) {
      return PromiseReject(new TypeErrorConstructor("readRows takes a number of rows from 1"));
    }
    const taken = [];
    const takeMore = () => {
      if (!ended) natives.takeRows(table, taken, wanted - taken.length);
      if (ended || wanted <= taken.length) return taken;
      return PromisePrototypeThen(refill(), takeMore);
    };
    return PromiseResolve(takeMore());
  };

  const reader = { kind: "tabular", headers: ObjectFreeze(headers), readRow, readRows };
  const dispose = () => end();
  ObjectDefineProperty(reader, BRANDS.tabular, { __proto__: null, value: true });
  ObjectDefineProperty(reader, "dispose", { __proto__: null, value: dispose, enumerable: true });
  ObjectDefineProperty(reader, SymbolAsyncDispose, {
    __proto__: null,
    value: () => {
      end();
      return PromiseResolve(undefined);
    },
  });
  ObjectDefineProperty(reader, SymbolAsyncIterator, { __proto__: null, value: () => makeRowIterator(table, readRow, dispose) });
  return reader;
}

// Written out instead of an async generator, which takes three promises a row; a row that is there already takes one, and
// no JavaScript of ours.
function makeRowIterator(table, readRow, dispose) {
  const toResult = (row) => (row === null ? { value: undefined, done: true } : { value: row, done: false });
  const iterator = {
    next: natives.makeNext(table, () => PromisePrototypeThen(readRow(), toResult)),
    return(value) {
      dispose();
      return PromiseResolve({ value, done: true });
    },
  };
  ObjectDefineProperty(iterator, SymbolAsyncIterator, { __proto__: null, value: () => iterator });
  return iterator;
}
