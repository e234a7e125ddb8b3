// setTimeout, setInterval, their clear functions and queueMicrotask.
//
// This file is the queue; the event loop, in Rust, asks `nextTimerDelayMs`, waits, and calls `fireDueTimer` until it
// answers false. All times are milliseconds on the clock given to `setClock`.

import {
  MapConstructor, MapPrototypeDelete, MapPrototypeGet, MapPrototypeGetSize, MapPrototypeSet, MathTrunc,
  PromisePrototypeThen, PromiseResolve, RangeErrorConstructor, ReflectApply, append, createList, defineValue,
  requireCallback,
} from "./primordials.js";

const MAX_LIVE_TIMERS = 100_000;
const MAX_DELAY_MS = 2 ** 31 - 1;

let clock = () => 0;
let uncaughtHook;

/** `fn()` gives the milliseconds since the run began, never going back; fractions are allowed. */
export function setClock(fn) {
  clock = fn;
}

/** `fn(error)` is told what a queueMicrotask callback threw. Without it the error becomes an unhandled rejection. */
export function setUncaughtHook(fn) {
  uncaughtHook = fn;
}

export function currentMs() {
  return clock();
}

// A binary heap, earliest timer first. A cleared timer stays in it with `callback` null until it comes to the top or
// the dead are swept out, so that clearing costs no search.
const heap = createList();
const liveTimers = new MapConstructor(); // id -> timer
let lastId = 0;
let lastSequence = 0;

function isBefore(one, other) {
  return one.due < other.due || one.due === other.due && one.sequence < other.sequence;
}

function siftUp(index, timer) {
  while (index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = heap[parentIndex];
    if (!isBefore(timer, parent)) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = timer;
}

function siftDown(index, timer) {
  const size = heap.length;
  for (;;) {
    let childIndex = 2 * index + 1;
    if (childIndex >= size) break;
    if (childIndex + 1 < size && isBefore(heap[childIndex + 1], heap[childIndex])) childIndex += 1;
    const child = heap[childIndex];
    if (!isBefore(child, timer)) break;
    heap[index] = child;
    index = childIndex;
  }
  heap[index] = timer;
}

function schedule(timer, due) {
  timer.due = due;
  timer.sequence = lastSequence += 1;
  append(heap, timer);
  siftUp(heap.length - 1, timer);
}

function removeTop() {
  const last = heap[heap.length - 1];
  heap.length -= 1;
  if (heap.length > 0) siftDown(0, last);
}

/** The earliest timer that still counts, or undefined. */
function earliest() {
  while (heap.length > 0 && heap[0].callback === null) removeTop();
  return heap.length > 0 ? heap[0] : undefined;
}

// Without this, a script that sets and clears for ever would fill the memory with dead timers.
function sweepDead() {
  const dead = heap.length - MapPrototypeGetSize(liveTimers);
  if (dead <= 1_000 || dead <= heap.length >> 1) return;
  let kept = 0;
  for (let index = 0; index < heap.length; index += 1) {
    if (heap[index].callback === null) continue;
    heap[kept] = heap[index];
    kept += 1;
  }
  heap.length = kept;
  for (let index = (kept >> 1) - 1; index >= 0; index -= 1) siftDown(index, heap[index]);
}

function addTimer(callback, delay, args, repeats) {
  requireCallback(callback);
  // As in Node: whatever is no number from 1 to 2^31 - 1 becomes 1; `*` refuses symbols and BigInts with a TypeError.
  let milliseconds = delay * 1;
  if (!(milliseconds >= 1 && milliseconds <= MAX_DELAY_MS)) milliseconds = 1;
  milliseconds = MathTrunc(milliseconds);
  if (MapPrototypeGetSize(liveTimers) >= MAX_LIVE_TIMERS) {
    throw new RangeErrorConstructor("too many timers: at most " + MAX_LIVE_TIMERS + " may be pending at once");
  }
  const id = lastId += 1;
  const timer = { id, callback, args, repeatMs: repeats ? milliseconds : 0, due: 0, sequence: 0 };
  MapPrototypeSet(liveTimers, id, timer);
  schedule(timer, clock() + milliseconds);
  return id;
}

export function setTimeout(callback, delay = undefined, ...args) {
  return addTimer(callback, delay, args, false);
}

export function setInterval(callback, delay = undefined, ...args) {
  return addTimer(callback, delay, args, true);
}

function clear(id) {
  // Node takes the id as text too. Anything else is no id of ours, and is not converted, so nothing can throw.
  const timer = MapPrototypeGet(liveTimers, typeof id === "string" ? +id : id);
  if (timer === undefined) return;
  timer.callback = null;
  timer.args = null;
  MapPrototypeDelete(liveTimers, timer.id);
  sweepDead();
}

export function clearTimeout(id = undefined) {
  clear(id);
}

export function clearInterval(id = undefined) {
  clear(id);
}

/** Milliseconds from `nowMs` to the next timer: 0 when one is due, -1 when there is none. Whoever waits rounds up. */
export function nextTimerDelayMs(nowMs) {
  const timer = earliest();
  if (timer === undefined) return -1;
  return timer.due > nowMs ? timer.due - nowMs : 0;
}

/** Fires the earliest timer due at `nowMs`; false when none is. What its callback throws reaches the caller. */
export function fireDueTimer(nowMs) {
  const timer = earliest();
  if (timer === undefined || timer.due > nowMs) return false;
  removeTop();
  const { callback, args } = timer;
  if (timer.repeatMs === 0) {
    timer.callback = null;
    MapPrototypeDelete(liveTimers, timer.id);
    ReflectApply(callback, undefined, args);
    return true;
  }
  try {
    ReflectApply(callback, undefined, args);
  } finally {
    // Counted from the end of the callback, as in Node; the callback may have cleared its own interval.
    if (timer.callback !== null) schedule(timer, clock() + timer.repeatMs);
  }
  return true;
}

// `then` looks for a species constructor on the promise: this own property keeps it from the prototype's, which a
// script may have replaced.
const resolved = PromiseResolve(undefined);
defineValue(resolved, "constructor", undefined, false);

export function queueMicrotask(callback) {
  requireCallback(callback);
  PromisePrototypeThen(resolved, () => {
    try {
      callback();
    } catch (error) {
      if (uncaughtHook === undefined) throw error;
      uncaughtHook(error);
    }
  });
}
