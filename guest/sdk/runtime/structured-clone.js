// structuredClone (HTML's StructuredSerialize and StructuredDeserialize in one pass), for what can exist in a run.
//
// The graph is walked depth first with a stack of frames on the heap, so that its depth is bounded by memory alone.
//
// Known differences from the standard, none of which the language lets us see or do:
// - a Proxy is cloned as what it shows through its traps, an arguments object as a plain one (both are refused
//   elsewhere);
// - an object whose prototype was replaced is taken for what its prototype chain says it is;
// - a view that ends where its resizable buffer ends is taken for a length-tracking one;
// - a transferred buffer is copied, then detached; where ArrayBuffer.prototype.transfer is missing, only copied.

import {
  ArrayBufferConstructor, ArrayBufferIsView, ArrayBufferPrototypeGetByteLength,
  ArrayBufferPrototypeGetMaxByteLength, ArrayBufferPrototypeGetResizable, ArrayBufferPrototypeTransfer,
  ArrayConstructor, ArrayIsArray, ArrayPrototypeToSpliced, BigIntPrototypeValueOf, BooleanPrototypeValueOf,
  DataViewConstructor, DataViewPrototypeGetBuffer, DataViewPrototypeGetByteLength, DataViewPrototypeGetByteOffset,
  DateConstructor, DatePrototypeGetTime, ErrorConstructor, ErrorIsError, FunctionPrototypeToString,
  MapConstructor, MapPrototype, MapPrototypeForEach, MapPrototypeGet, MapPrototypeGetSize, MapPrototypeSet,
  NumberPrototypeValueOf, ObjectConstructor, ObjectKeys, ObjectPrototype, ObjectPrototypeToString,
  ReflectGetPrototypeOf, ReflectOwnKeys, RegExpConstructor, RegExpPrototypeGetDotAll, RegExpPrototypeGetGlobal,
  RegExpPrototypeGetHasIndices, RegExpPrototypeGetIgnoreCase, RegExpPrototypeGetMultiline,
  RegExpPrototypeGetSource, RegExpPrototypeGetSticky, RegExpPrototypeGetUnicode, RegExpPrototypeGetUnicodeSets,
  SetConstructor, SetPrototypeAdd, SetPrototypeForEach, SetPrototypeGetSize, SetPrototypeHas,
  StringPrototypeSlice, StringPrototypeValueOf, SymbolIterator, SymbolPrototypeToString, TypeErrorConstructor,
  TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetLength, TypedArrayPrototypeGetSymbolToStringTag, TypedArrayPrototypeSet,
  Uint8ArrayConstructor, append, codedError, createList, defineValue, hasOwn, namedError, ownDescriptor, toText,
} from "./primordials.js";

const MESSAGE_CHARS = 200;

function cloneError(what) {
  return namedError("DataCloneError", 25, what + " could not be cloned.");
}

function isDetached(buffer) {
  try {
    new Uint8ArrayConstructor(buffer);
    return false;
  } catch {
    return true;
  }
}

function copyArrayBuffer(buffer, length) {
  if (isDetached(buffer)) throw namedError("DataCloneError", 25, "An ArrayBuffer is detached and could not be cloned.");
  const copy = ArrayBufferPrototypeGetResizable(buffer)
    ? new ArrayBufferConstructor(length, { __proto__: null, maxByteLength: ArrayBufferPrototypeGetMaxByteLength(buffer) })
    : new ArrayBufferConstructor(length);
  TypedArrayPrototypeSet(new Uint8ArrayConstructor(copy), new Uint8ArrayConstructor(buffer));
  return copy;
}

// The `flags` getter would read properties that a script may have put on the expression.
function copyRegExp(expression, source) {
  const flags = (RegExpPrototypeGetHasIndices(expression) ? "d" : "") + (RegExpPrototypeGetGlobal(expression) ? "g" : "")
    + (RegExpPrototypeGetIgnoreCase(expression) ? "i" : "") + (RegExpPrototypeGetMultiline(expression) ? "m" : "")
    + (RegExpPrototypeGetDotAll(expression) ? "s" : "") + (RegExpPrototypeGetUnicode(expression) ? "u" : "")
    + (RegExpPrototypeGetUnicodeSets(expression) ? "v" : "") + (RegExpPrototypeGetSticky(expression) ? "y" : "");
  return new RegExpConstructor(source, flags);
}

const copyDate = (_, time) => new DateConstructor(time);
const copyBoxed = (_, primitive) => ObjectConstructor(primitive);

// What an object is, is found from the first prototype of its chain that stands in a table; `probe` then throws where
// the object has the prototype and not the nature, else its answer is handed to `copy`. (Probing every object for every
// kind would throw a dozen exceptions a plain object.)
const KIND_OF_PROTOTYPE = new MapConstructor(); // prototype -> { probe, copy }; without `copy`: a Map or Set
const UNCLONEABLE = new MapConstructor(); // prototype -> how the message names it
const KNOWN_ERRORS = { __proto__: null };
const TYPED_ARRAYS = { __proto__: null };

// Runs once, before any script, so that it may use the language freely.
function fillTables() {
  const { Object, Number, String, Boolean, BigInt, Date, RegExp, ArrayBuffer, Map, Set, Symbol } = globalThis;
  for (const name of ["Error", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"]) {
    KNOWN_ERRORS[name] = globalThis[name];
  }
  for (const name of ["Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array",
    "Uint32Array", "BigInt64Array", "BigUint64Array", "Float16Array", "Float32Array", "Float64Array"]) {
    if (globalThis[name] !== undefined) TYPED_ARRAYS[name] = globalThis[name];
  }
  const kind = (Type, probe, copy) => KIND_OF_PROTOTYPE.set(Type.prototype, { probe, copy });
  kind(ArrayBuffer, ArrayBufferPrototypeGetByteLength, copyArrayBuffer);
  kind(Date, DatePrototypeGetTime, copyDate);
  kind(RegExp, RegExpPrototypeGetSource, copyRegExp);
  kind(Number, NumberPrototypeValueOf, copyBoxed);
  kind(String, StringPrototypeValueOf, copyBoxed);
  kind(Boolean, BooleanPrototypeValueOf, copyBoxed);
  kind(BigInt, BigIntPrototypeValueOf, copyBoxed);
  kind(Map, MapPrototypeGetSize, null);
  kind(Set, SetPrototypeGetSize, null);

  for (const name of ["Promise", "WeakMap", "WeakSet", "WeakRef", "FinalizationRegistry", "SharedArrayBuffer"]) {
    if (globalThis[name] !== undefined) UNCLONEABLE.set(globalThis[name].prototype, "#<" + name + ">");
  }
  UNCLONEABLE.set(Symbol.prototype, "[object Symbol]");
  const refuseIterator = (iterator, what) => UNCLONEABLE.set(Object.getPrototypeOf(iterator), what);
  refuseIterator((function* () {}).prototype, "[object Generator]");
  refuseIterator((async function* () {}).prototype, "[object AsyncGenerator]");
  for (const iterator of [[].values(), new Map().values(), new Set().values(), ""[Symbol.iterator]()]) {
    refuseIterator(iterator, "#<Object>");
  }
}
fillTables();

// What a frame's list holds: see the loop in structuredClone.
const PROPERTIES = 0; // keys, all of them own data properties of `target` that hold the source's values still
const SPARSE = 1; // keys to be read from `source` and defined on `target`
const ELEMENTS = 2; // nothing: `target` is a dense array that holds the source's values still
const MAP = 3; // key, value, key, value
const SET = 4; // members
const CAUSE = 5; // the one value to become `cause`

class Cloner {
  #clones = new MapConstructor();
  #top = null;

  clone(root) {
    const result = this.#visit(root);
    while (this.#top !== null) {
      const frame = this.#top;
      if (frame.next === frame.count) this.#top = frame.below;
      else this.#step(frame);
    }
    return result;
  }

  /** Clones the next child of a container; when the child is a container too, its frame is on top afterwards. */
  #step(frame) {
    const { kind, list, source, target } = frame;
    const index = frame.next;
    frame.next += 1;
    if (kind === ELEMENTS || kind === PROPERTIES) {
      const key = kind === ELEMENTS ? index : list[index];
      const value = target[key];
      // The property is the target's own and writable, so no setter of a script can be reached.
      if (!isPlainPrimitive(value)) target[key] = this.#visit(value);
    } else if (kind === SPARSE) {
      const key = list[index];
      if (hasOwn(source, key)) defineValue(target, key, this.#visit(source[key]), true);
    } else if (kind === MAP) {
      if ((index & 1) === 0) frame.key = this.#visit(list[index]);
      else MapPrototypeSet(target, frame.key, this.#visit(list[index]));
    } else if (kind === SET) {
      SetPrototypeAdd(target, this.#visit(list[index]));
    } else {
      defineValue(target, "cause", this.#visit(source), false);
    }
  }

  #push(kind, source, target, list, count) {
    if (count > 0) this.#top = { kind, source, target, list, count, next: 0, key: undefined, below: this.#top };
  }

  #visit(value) {
    if (isPlainPrimitive(value)) return value;
    if (typeof value === "symbol") throw cloneError(SymbolPrototypeToString(value));
    const known = MapPrototypeGet(this.#clones, value);
    if (known !== undefined) return known;
    if (typeof value === "function") {
      throw cloneError(StringPrototypeSlice(FunctionPrototypeToString(value), 0, MESSAGE_CHARS));
    }
    if (ArrayIsArray(value)) return this.#array(value);
    if (ArrayBufferIsView(value)) return this.#remember(value, this.#view(value));
    if (isError(value)) return this.#error(value);
    let prototype = ReflectGetPrototypeOf(value);
    while (prototype !== null && prototype !== ObjectPrototype) {
      const special = this.#special(value, prototype);
      if (special !== null) return special;
      prototype = ReflectGetPrototypeOf(prototype);
    }
    return this.#plain(value);
  }

  #remember(source, clone) {
    MapPrototypeSet(this.#clones, source, clone);
    return clone;
  }

  #special(value, prototype) {
    const refused = MapPrototypeGet(UNCLONEABLE, prototype);
    if (refused !== undefined) throw cloneError(refused);
    const kind = MapPrototypeGet(KIND_OF_PROTOTYPE, prototype);
    if (kind === undefined) return null;
    let probed;
    try {
      probed = kind.probe(value);
    } catch {
      return null; // only an heir of the prototype, as Object.create(Map.prototype) is
    }
    return kind.copy === null ? this.#collection(value, prototype === MapPrototype)
      : this.#remember(value, kind.copy(value, probed));
  }

  // The entries as they are now: a getter that runs later may change the collection.
  #collection(source, isMap) {
    const list = createList();
    if (isMap) {
      MapPrototypeForEach(source, (value, key) => {
        append(list, key);
        append(list, value);
      });
    } else {
      SetPrototypeForEach(source, (member) => {
        append(list, member);
      });
    }
    const target = this.#remember(source, isMap ? new MapConstructor() : new SetConstructor());
    this.#push(isMap ? MAP : SET, source, target, list, list.length);
    return target;
  }

  #array(source) {
    const length = source.length;
    const keys = ObjectKeys(source);
    // As many keys as elements and the last one an index: no holes, nothing beside the elements.
    if (keys.length === length && (length === 0 || keys[length - 1] === toText(length - 1))) {
      const target = this.#remember(source, ArrayPrototypeToSpliced(source, 0, 0));
      this.#push(ELEMENTS, source, target, null, length);
      return target;
    }
    const target = this.#remember(source, new ArrayConstructor(length));
    this.#push(SPARSE, source, target, keys, keys.length);
    return target;
  }

  #plain(source) {
    // Copying natively first is much quicker than defining one property after another.
    let target = { ...source };
    const keys = ObjectKeys(target);
    let kind = PROPERTIES;
    if (ReflectOwnKeys(target).length !== keys.length) { // symbols came along; they are not cloned
      target = {};
      kind = SPARSE;
    }
    this.#remember(source, target);
    this.#push(kind, source, target, keys, keys.length);
    return target;
  }

  #view(view) {
    const name = TypedArrayPrototypeGetSymbolToStringTag(view);
    const isDataView = name === undefined;
    const buffer = isDataView ? DataViewPrototypeGetBuffer(view) : TypedArrayPrototypeGetBuffer(view);
    const copied = this.#visit(buffer);
    const offset = isDataView ? DataViewPrototypeGetByteOffset(view) : TypedArrayPrototypeGetByteOffset(view);
    const byteLength = isDataView ? DataViewPrototypeGetByteLength(view) : TypedArrayPrototypeGetByteLength(view);
    const length = isDataView ? byteLength : TypedArrayPrototypeGetLength(view);
    const Type = isDataView ? DataViewConstructor : TYPED_ARRAYS[name];
    const elementBytes = isDataView ? 1 : Type.BYTES_PER_ELEMENT;
    if (ArrayBufferPrototypeGetResizable(buffer)
      && ArrayBufferPrototypeGetByteLength(buffer) - offset - byteLength < elementBytes) return new Type(copied, offset);
    return new Type(copied, offset, length);
  }

  #error(source) {
    // As the standard says: the name decides the type, whatever the class; an unknown one becomes a plain Error.
    const name = source.name;
    const Type = (name === undefined ? undefined : KNOWN_ERRORS[toText(name)]) ?? ErrorConstructor;
    const message = ownDescriptor(source, "message");
    const stack = ownDescriptor(source, "stack");
    const cause = ownDescriptor(source, "cause");
    const target = this.#remember(source, new Type());
    defineValue(target, "stack", stack !== undefined && typeof stack.value === "string" ? stack.value : undefined, false);
    if (message !== undefined && hasOwn(message, "value")) defineValue(target, "message", toText(message.value), false);
    if (cause !== undefined && hasOwn(cause, "value")) this.#push(CAUSE, cause.value, target, null, 1);
    return target;
  }
}

function isError(value) {
  return ErrorIsError === undefined ? ObjectPrototypeToString(value) === "[object Error]" : ErrorIsError(value);
}

// Everything a clone shares with its source.
function isPlainPrimitive(value) {
  return value === null || typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol";
}

/** The `transfer` option as a Set, checked. Iterating it is for the script to see, so this loop is an ordinary one. */
function transferredBuffers(options) {
  if (options === undefined || options === null) return null;
  if (typeof options !== "object" && typeof options !== "function") {
    throw codedError(TypeErrorConstructor, "ERR_INVALID_ARG_TYPE", "The options argument must be either an object or undefined");
  }
  const transfer = options.transfer;
  if (transfer === undefined || transfer === null) return null;
  if (typeof transfer !== "object" || typeof transfer[SymbolIterator] !== "function") {
    throw codedError(TypeErrorConstructor, "ERR_INVALID_ARG_TYPE", "Optional transferList argument must be an iterable");
  }
  const buffers = new SetConstructor();
  for (const item of transfer) {
    try {
      ArrayBufferPrototypeGetByteLength(item);
    } catch {
      throw codedError(TypeErrorConstructor, "ERR_INVALID_TRANSFER_OBJECT", "Found invalid object in transferList");
    }
    if (SetPrototypeHas(buffers, item)) {
      throw namedError("DataCloneError", 25, "Transfer list contains duplicate ArrayBuffer");
    }
    SetPrototypeAdd(buffers, item);
  }
  return buffers;
}

export function structuredClone(value, options = undefined) {
  if (arguments.length === 0) throw codedError(TypeErrorConstructor, "ERR_MISSING_ARGS", "The value argument must be specified");
  const buffers = transferredBuffers(options);
  if (isPlainPrimitive(value) && buffers === null) return value;
  const result = new Cloner().clone(value);
  // Only once nothing can be refused any more, so that a failed call leaves the buffers as they were.
  if (buffers !== null && ArrayBufferPrototypeTransfer !== undefined) {
    SetPrototypeForEach(buffers, (buffer) => {
      if (!isDetached(buffer)) ArrayBufferPrototypeTransfer(buffer);
    });
  }
  return result;
}
