// What the language cannot tell about a value and the runtime may: the hooks are
// injected once at start, before user code.

import { hasOwn } from '../primordials.js';

let promiseStateHook;
let isProxyHook;
let proxyDetailsHook;

/**
 * promiseState(value) -> ['pending'] | ['fulfilled', v] | ['rejected', e];
 * undefined, or a throw, when the value is not a promise.
 * isProxy(value) -> boolean.
 * proxyDetails(value) -> [target, handler] for a Proxy (nulls when revoked),
 * undefined for anything else. With it Proxies print as their target, no trap
 * being run, as in Node; without it they are looked at through their traps.
 * isProxy and proxyDetails must not throw.
 */
export function setIntrospection(hooks) {
  promiseStateHook = hooks.promiseState;
  isProxyHook = hooks.isProxy;
  proxyDetailsHook = hooks.proxyDetails;
}

export function getPromiseState(value) {
  if (promiseStateHook === undefined) return undefined;
  try {
    const state = promiseStateHook(value);
    // Not what a prototype has at these indices.
    if (state === undefined || !hasOwn(state, 0)) return undefined;
    return state[0] === 'pending' || hasOwn(state, 1) ? state : undefined;
  } catch {
    return undefined;
  }
}

export function getProxyDetails(value) {
  if (proxyDetailsHook === undefined) return undefined;
  if (isProxyHook !== undefined && !isProxyHook(value)) return undefined;
  return proxyDetailsHook(value);
}

/** True only when a hook says so. */
export function isKnownProxy(value) {
  return isProxyHook !== undefined && isProxyHook(value) === true;
}
