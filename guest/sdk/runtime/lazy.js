// Values made when they are first asked for. The console shows such a property as what it holds, not as `[Getter]`: a script
// cannot tell it from a plain one without asking for its descriptor.

import { WeakSetConstructor, WeakSetPrototypeAdd, WeakSetPrototypeHas } from "./primordials.js";

const lazies = new WeakSetConstructor();

/** A function that makes its value once. */
export function lazy(make) {
  let made = false;
  let value;
  const get = () => {
    if (!made) {
      value = make();
      made = true;
    }
    return value;
  };
  WeakSetPrototypeAdd(lazies, get);
  return get;
}

/** Whether `getter` was made by `lazy`, so that calling it runs no code of a script. */
export function isLazy(getter) {
  return typeof getter === "function" && WeakSetPrototypeHas(lazies, getter);
}
