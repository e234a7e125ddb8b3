// Captured builtins for the runtime modules that share a realm with hostile code.
//
// Everything here is read once, when this module is loaded, which the runtime
// does before the first line of the user's script. Whatever the script later
// overwrites (Array.prototype.map, Map.prototype.get, JSON.stringify, ...) these
// bindings keep meaning what they meant at load.
//
// Naming: `Thing.prototype.method` is `ThingPrototypeMethod(self, ...args)`,
// a static `Thing.method` is `ThingMethod(...args)`, a prototype getter is
// `ThingPrototypeGetName(self)`.
//
// What a module that uses this file must still avoid, because the language
// itself goes through tamperable properties there:
//   - for-of, array spread, array destructuring      (Symbol.iterator, next)
//   - `list[i] = v` on a plain array past its end     (setters on Array.prototype)
//     -> use createList() and append()
//   - reading an absent field of a plain object       (values on Object.prototype)
//     -> use null-prototype objects, ownDescriptor(), hasOwn()
//   - instanceof                                      (Symbol.hasInstance)
//   - regular expressions, String.prototype.replace   (exec, Symbol.replace)
//   - template literals with substitutions, ever    (QuickJS calls String.prototype.concat)
//   - `+` on non-primitives                          (toString, valueOf)
//   - await / .then on promises                       (then, constructor)

// ---------------------------------------------------------------- foundations

const { bind, call } = Function.prototype;

/** uncurryThis(f)(self, ...args) is f.call(self, ...args), with no lookup at call time. */
export const uncurryThis = bind.bind(call);

export const ReflectApply = Reflect.apply;
export const ReflectConstruct = Reflect.construct;
export const ReflectOwnKeys = Reflect.ownKeys;
export const ReflectGet = Reflect.get;
export const ReflectSet = Reflect.set;
export const ReflectHas = Reflect.has;
export const ReflectGetPrototypeOf = Reflect.getPrototypeOf;
export const ReflectSetPrototypeOf = Reflect.setPrototypeOf;
export const ReflectGetOwnPropertyDescriptor = Reflect.getOwnPropertyDescriptor;
export const ReflectDefineProperty = Reflect.defineProperty;
export const ReflectDeleteProperty = Reflect.deleteProperty;

const ErrorConstructor = Error;
const TypeErrorConstructor = TypeError;

// Stands in for a builtin this engine does not have: brand checks made with it
// fail (by throwing) as they would on a value of another kind.
function missingBuiltin() {
  throw new TypeErrorConstructor('not available in this engine');
}

/** The uncurried method `name` of `holder`, or a function that throws when there is none. */
export function captureMethod(holder, name) {
  const fn = holder === undefined || holder === null ? undefined : holder[name];
  return typeof fn === 'function' ? uncurryThis(fn) : missingBuiltin;
}

/** The uncurried getter `name` of `holder`, or a function that throws when there is none. */
export function captureGetter(holder, name) {
  if (holder === undefined || holder === null) return missingBuiltin;
  const descriptor = ReflectGetOwnPropertyDescriptor(holder, name);
  const get = descriptor === undefined ? undefined : descriptor.get;
  return typeof get === 'function' ? uncurryThis(get) : missingBuiltin;
}

const prototypeOf = (constructor) =>
  typeof constructor === 'function' ? constructor.prototype : undefined;

// --------------------------------------------------------------------- Object

export const ObjectConstructor = Object;
export const ObjectPrototype = Object.prototype;
export const ObjectAssign = Object.assign;
export const ObjectCreate = Object.create;
export const ObjectDefineProperty = Object.defineProperty;
export const ObjectFreeze = Object.freeze;
export const ObjectGetOwnPropertyNames = Object.getOwnPropertyNames;
export const ObjectGetOwnPropertySymbols = Object.getOwnPropertySymbols;
export const ObjectIs = Object.is;
export const ObjectIsExtensible = Object.isExtensible;
export const ObjectKeys = Object.keys;
export const ObjectPrototypeToString = captureMethod(Object.prototype, 'toString');

/** Own property test; unlike `in` it never looks at the prototype chain. */
export const hasOwn = captureMethod(Object.prototype, 'hasOwnProperty');
export const isEnumerableOwn = captureMethod(Object.prototype, 'propertyIsEnumerable');

/**
 * The own property descriptor, detached from Object.prototype so that reading
 * `.get` of a data descriptor gives undefined whatever the script put on
 * Object.prototype; undefined when there is no such property.
 */
export function ownDescriptor(target, key) {
  const descriptor = ReflectGetOwnPropertyDescriptor(target, key);
  if (descriptor !== undefined) ReflectSetPrototypeOf(descriptor, null);
  return descriptor;
}

// ----------------------------------------------------------------- safe lists

/**
 * An array without prototype: indexed writes past its end cannot meet a setter
 * planted on Array.prototype. Use append(), index loops and joinList() on it.
 */
export function createList() {
  const list = [];
  ReflectSetPrototypeOf(list, null);
  return list;
}

export function append(list, item) {
  list[list.length] = item;
}

/** Joins a list whose items are all strings. */
export const joinList = captureMethod(Array.prototype, 'join');

// ---------------------------------------------------------------------- Array

export const ArrayConstructor = Array;
export const ArrayPrototype = Array.prototype;
export const ArrayIsArray = Array.isArray;
export const ArrayPrototypeIncludes = captureMethod(Array.prototype, 'includes');
export const ArrayPrototypeIndexOf = captureMethod(Array.prototype, 'indexOf');
export const ArrayPrototypeJoin = joinList;
export const ArrayPrototypePop = captureMethod(Array.prototype, 'pop');
export const ArrayPrototypeShift = captureMethod(Array.prototype, 'shift');
// slice and splice build their result through `constructor[Symbol.species]`:
// give them only lists from createList(), or arrays of your own making.
export const ArrayPrototypeSlice = captureMethod(Array.prototype, 'slice');
export const ArrayPrototypeSplice = captureMethod(Array.prototype, 'splice');
export const ArrayPrototypeSort = captureMethod(Array.prototype, 'sort');

// --------------------------------------------------------------------- String

export const StringConstructor = String;
export const StringPrototype = String.prototype;
export const StringFromCharCode = String.fromCharCode;
export const StringPrototypeCharCodeAt = captureMethod(String.prototype, 'charCodeAt');
export const StringPrototypeCodePointAt = captureMethod(String.prototype, 'codePointAt');
export const StringPrototypeEndsWith = captureMethod(String.prototype, 'endsWith');
export const StringPrototypeIncludes = captureMethod(String.prototype, 'includes');
export const StringPrototypeIndexOf = captureMethod(String.prototype, 'indexOf');
export const StringPrototypeLastIndexOf = captureMethod(String.prototype, 'lastIndexOf');
export const StringPrototypeNormalize = captureMethod(String.prototype, 'normalize');
export const StringPrototypePadEnd = captureMethod(String.prototype, 'padEnd');
export const StringPrototypePadStart = captureMethod(String.prototype, 'padStart');
export const StringPrototypeRepeat = captureMethod(String.prototype, 'repeat');
export const StringPrototypeSlice = captureMethod(String.prototype, 'slice');
export const StringPrototypeStartsWith = captureMethod(String.prototype, 'startsWith');
export const StringPrototypeToLowerCase = captureMethod(String.prototype, 'toLowerCase');
export const StringPrototypeToUpperCase = captureMethod(String.prototype, 'toUpperCase');
export const StringPrototypeTrim = captureMethod(String.prototype, 'trim');
export const StringPrototypeValueOf = captureMethod(String.prototype, 'valueOf');

// --------------------------------------------- Number, BigInt, Boolean, Symbol

export const NumberConstructor = Number;
export const NumberIsInteger = Number.isInteger;
export const NumberIsNaN = Number.isNaN;
export const NumberIsFinite = Number.isFinite;
export const NumberParseFloat = Number.parseFloat;
export const NumberParseInt = Number.parseInt;
export const NumberPrototypeToFixed = captureMethod(Number.prototype, 'toFixed');
export const NumberPrototypeToString = captureMethod(Number.prototype, 'toString');
export const NumberPrototypeValueOf = captureMethod(Number.prototype, 'valueOf');
export const BooleanPrototypeValueOf = captureMethod(Boolean.prototype, 'valueOf');
export const BigIntConstructor = BigInt;
export const BigIntPrototypeToString = captureMethod(BigInt.prototype, 'toString');
export const BigIntPrototypeValueOf = captureMethod(BigInt.prototype, 'valueOf');

export const SymbolConstructor = Symbol;
export const SymbolFor = Symbol.for;
export const SymbolIterator = Symbol.iterator;
export const SymbolAsyncIterator = Symbol.asyncIterator;
export const SymbolToPrimitive = Symbol.toPrimitive;
export const SymbolToStringTag = Symbol.toStringTag;
export const SymbolPrototypeToString = captureMethod(Symbol.prototype, 'toString');
export const SymbolPrototypeValueOf = captureMethod(Symbol.prototype, 'valueOf');
export const SymbolPrototypeGetDescription = captureGetter(Symbol.prototype, 'description');

export const MathFloor = Math.floor;
export const MathMax = Math.max;
export const MathMin = Math.min;
export const MathRound = Math.round;
export const MathSqrt = Math.sqrt;
export const MathTrunc = Math.trunc;

// ------------------------------------------------------------------- Function

export const FunctionConstructor = Function;
export const FunctionPrototype = Function.prototype;
export const FunctionPrototypeBind = captureMethod(Function.prototype, 'bind');
export const FunctionPrototypeCall = captureMethod(Function.prototype, 'call');
export const FunctionPrototypeToString = captureMethod(Function.prototype, 'toString');
export const GeneratorFunctionPrototype = ReflectGetPrototypeOf(function* () {});
export const AsyncFunctionPrototype = ReflectGetPrototypeOf(async function () {});
export const AsyncGeneratorFunctionPrototype = ReflectGetPrototypeOf(async function* () {});

// ------------------------------------------------------------- Map, Set, Weak*

export const MapConstructor = Map;
export const MapPrototype = Map.prototype;
export const MapPrototypeDelete = captureMethod(Map.prototype, 'delete');
export const MapPrototypeEntries = captureMethod(Map.prototype, 'entries');
export const MapPrototypeGet = captureMethod(Map.prototype, 'get');
export const MapPrototypeHas = captureMethod(Map.prototype, 'has');
export const MapPrototypeSet = captureMethod(Map.prototype, 'set');
export const MapPrototypeGetSize = captureGetter(Map.prototype, 'size');
/** Steps what MapPrototypeEntries returned; gives the usual { value, done }. */
export const MapIteratorPrototypeNext = captureMethod(
  ReflectGetPrototypeOf(new Map().entries()), 'next');

export const SetConstructor = Set;
export const SetPrototype = Set.prototype;
export const SetPrototypeAdd = captureMethod(Set.prototype, 'add');
export const SetPrototypeDelete = captureMethod(Set.prototype, 'delete');
export const SetPrototypeHas = captureMethod(Set.prototype, 'has');
export const SetPrototypeValues = captureMethod(Set.prototype, 'values');
export const SetPrototypeGetSize = captureGetter(Set.prototype, 'size');
/** Steps what SetPrototypeValues returned; gives the usual { value, done }. */
export const SetIteratorPrototypeNext = captureMethod(
  ReflectGetPrototypeOf(new Set().values()), 'next');

export const WeakMapConstructor = WeakMap;
export const WeakMapPrototype = WeakMap.prototype;
export const WeakMapPrototypeGet = captureMethod(WeakMap.prototype, 'get');
export const WeakMapPrototypeHas = captureMethod(WeakMap.prototype, 'has');
export const WeakMapPrototypeSet = captureMethod(WeakMap.prototype, 'set');
export const WeakSetConstructor = WeakSet;
export const WeakSetPrototype = WeakSet.prototype;
export const WeakSetPrototypeAdd = captureMethod(WeakSet.prototype, 'add');
export const WeakSetPrototypeHas = captureMethod(WeakSet.prototype, 'has');

// --------------------------------------------------------------- RegExp, Date

// RegExp.prototype.toString, .flags, .test and the string methods that take a
// pattern all read overwritable properties; only the single flag getters and
// exec read the internal slots (exec reads the own `lastIndex` too).
export const RegExpPrototype = RegExp.prototype;
export const RegExpPrototypeExec = captureMethod(RegExp.prototype, 'exec');
export const RegExpPrototypeGetSource = captureGetter(RegExp.prototype, 'source');
export const RegExpPrototypeGetHasIndices = captureGetter(RegExp.prototype, 'hasIndices');
export const RegExpPrototypeGetGlobal = captureGetter(RegExp.prototype, 'global');
export const RegExpPrototypeGetIgnoreCase = captureGetter(RegExp.prototype, 'ignoreCase');
export const RegExpPrototypeGetMultiline = captureGetter(RegExp.prototype, 'multiline');
export const RegExpPrototypeGetDotAll = captureGetter(RegExp.prototype, 'dotAll');
export const RegExpPrototypeGetUnicode = captureGetter(RegExp.prototype, 'unicode');
export const RegExpPrototypeGetUnicodeSets = captureGetter(RegExp.prototype, 'unicodeSets');
export const RegExpPrototypeGetSticky = captureGetter(RegExp.prototype, 'sticky');

export const DateConstructor = Date;
export const DateNow = Date.now;
export const DatePrototype = Date.prototype;
export const DatePrototypeGetTime = captureMethod(Date.prototype, 'getTime');
export const DatePrototypeToISOString = captureMethod(Date.prototype, 'toISOString');

// ----------------------------------------------- buffers, views, typed arrays

const TypedArrayConstructor = ReflectGetPrototypeOf(Uint8Array);
export const TypedArrayPrototype = TypedArrayConstructor.prototype;
/** The type's name ('Uint8Array', ...) or undefined; does not throw on other values. */
export const TypedArrayPrototypeGetSymbolToStringTag =
  captureGetter(TypedArrayPrototype, Symbol.toStringTag);
export const TypedArrayPrototypeGetLength = captureGetter(TypedArrayPrototype, 'length');
export const TypedArrayPrototypeGetByteLength = captureGetter(TypedArrayPrototype, 'byteLength');
export const TypedArrayPrototypeGetByteOffset = captureGetter(TypedArrayPrototype, 'byteOffset');
export const TypedArrayPrototypeGetBuffer = captureGetter(TypedArrayPrototype, 'buffer');
export const TypedArrayPrototypeSet = captureMethod(TypedArrayPrototype, 'set');
export const TypedArrayPrototypeSubarray = captureMethod(TypedArrayPrototype, 'subarray');
export const TypedArrayPrototypeFill = captureMethod(TypedArrayPrototype, 'fill');
export const Uint8ArrayConstructor = Uint8Array;

export const ArrayBufferConstructor = ArrayBuffer;
export const ArrayBufferPrototype = ArrayBuffer.prototype;
/** True for typed arrays and DataViews. */
export const ArrayBufferIsView = ArrayBuffer.isView;
export const ArrayBufferPrototypeGetByteLength = captureGetter(ArrayBuffer.prototype, 'byteLength');
export const ArrayBufferPrototypeSlice = captureMethod(ArrayBuffer.prototype, 'slice');
/** undefined where the engine has no SharedArrayBuffer. */
export const SharedArrayBufferPrototype = prototypeOf(globalThis.SharedArrayBuffer);
export const SharedArrayBufferPrototypeGetByteLength =
  captureGetter(SharedArrayBufferPrototype, 'byteLength');
export const DataViewPrototype = DataView.prototype;
export const DataViewPrototypeGetByteLength = captureGetter(DataView.prototype, 'byteLength');
export const DataViewPrototypeGetByteOffset = captureGetter(DataView.prototype, 'byteOffset');
export const DataViewPrototypeGetBuffer = captureGetter(DataView.prototype, 'buffer');

// ---------------------------------------------------- Promise, Error, JSON, Proxy

export const PromiseConstructor = Promise;
export const PromisePrototype = Promise.prototype;
/** Reads `constructor[Symbol.species]` of the promise: use it on promises of your own making. */
export const PromisePrototypeThen = captureMethod(Promise.prototype, 'then');
/** Bound, which costs half of an arrow function around `Reflect.apply`: rows are handed out through it. */
export const PromiseResolve = FunctionPrototypeBind(Promise.resolve, Promise);
export const PromiseReject = FunctionPrototypeBind(Promise.reject, Promise);

export { ErrorConstructor, TypeErrorConstructor };
export const RangeErrorConstructor = RangeError;
export const ErrorPrototype = Error.prototype;
/** Error.isError where the engine has it, else undefined. */
export const ErrorIsError = typeof Error.isError === 'function' ? Error.isError : undefined;

export const JSONParse = JSON.parse;
export const JSONStringify = JSON.stringify;

export const ProxyConstructor = Proxy;

// ------------------------------------- more, for the web-platform globals

export const ArrayPrototypeFill = captureMethod(Array.prototype, 'fill');
/** Copies without species; gives holes the value undefined. */
export const ArrayPrototypeToSpliced = captureMethod(Array.prototype, 'toSpliced');
export const StringPrototypeToWellFormed = captureMethod(String.prototype, 'toWellFormed');
export const StringPrototypeConcat = captureMethod(String.prototype, 'concat');
export const MapPrototypeForEach = captureMethod(Map.prototype, 'forEach');
export const SetPrototypeForEach = captureMethod(Set.prototype, 'forEach');
export const IteratorPrototype = ReflectGetPrototypeOf(ReflectGetPrototypeOf(new Map().entries()));
export const RegExpConstructor = RegExp;
export const DataViewConstructor = DataView;
export const ArrayBufferPrototypeGetResizable = captureGetter(ArrayBuffer.prototype, 'resizable');
export const ArrayBufferPrototypeGetMaxByteLength = captureGetter(ArrayBuffer.prototype, 'maxByteLength');
/** undefined where the engine does not have it. */
export const ArrayBufferPrototypeTransfer =
  typeof ArrayBuffer.prototype.transfer === 'function' ? uncurryThis(ArrayBuffer.prototype.transfer) : undefined;
export const encodeURIComponentBuiltin = encodeURIComponent;

/** The specification's ToString: a symbol throws, an object's own conversion runs (it is the script's code). */
export function toText(value) {
  return typeof value === 'string' ? value : StringPrototypeConcat('', value);
}

/** Defines a writable, configurable data property, whatever setters or `get` the prototypes have. */
export function defineValue(target, key, value, enumerable) {
  ReflectDefineProperty(target, key, { __proto__: null, value, writable: true, enumerable, configurable: true });
}

// ------------------------------------------- errors as Node and the web name them

/** An error with Node's `code`. */
export function codedError(Type, code, message) {
  const error = new Type(message);
  defineValue(error, 'code', code, true);
  return error;
}

/** What elsewhere is a DOMException: an Error with its name and legacy number. */
export function namedError(name, legacyCode, message) {
  const error = new ErrorConstructor(message);
  defineValue(error, 'name', name, false);
  defineValue(error, 'code', legacyCode, false);
  return error;
}

export function wrongReceiver(name) {
  return codedError(TypeErrorConstructor, 'ERR_INVALID_THIS', 'Value of "this" must be of type ' + name);
}

/** Node's " Received ..." at the end of an ERR_INVALID_ARG_TYPE message. */
export function describeReceived(value) {
  const type = typeof value;
  if (value === undefined || value === null) return ' Received ' + value;
  if (type === 'function') return ' Received function ' + toText(value.name);
  if (type === 'object') {
    const name = value.constructor?.name;
    return typeof name === 'string' && name !== ''
      ? ' Received an instance of ' + name : ' Received [Object: null prototype] {}';
  }
  let shown;
  if (type === 'string') {
    const cut = value.length > 28 ? StringPrototypeSlice(value, 0, 25) + '...' : value;
    shown = StringPrototypeIncludes(cut, "'") ? JSONStringify(cut) : "'" + cut + "'";
  } else if (type === 'symbol') shown = SymbolPrototypeToString(value);
  else if (type === 'bigint') shown = BigIntPrototypeToString(value) + 'n';
  else shown = ObjectIs(value, -0) ? '-0' : toText(value);
  return ' Received type ' + type + ' (' + shown + ')';
}

export function requireCallback(callback) {
  if (typeof callback === 'function') return;
  throw codedError(TypeErrorConstructor, 'ERR_INVALID_ARG_TYPE',
    'The "callback" argument must be of type function.' + describeReceived(callback));
}

/** What a value is, with its article, as messages say it. */
export function describeKind(value) {
  if (value === null || value === undefined) return value === null ? 'null' : 'undefined';
  if (ArrayIsArray(value)) return 'an array';
  const type = typeof value;
  return (type === 'object' ? 'an ' : 'a ') + type;
}
