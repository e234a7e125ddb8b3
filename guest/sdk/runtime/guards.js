// `HEAT_ARBEX`: tells readers and handles from look-alikes by brands that are registered symbols.

import { SymbolFor, ObjectFreeze } from "./primordials.js";

export const BRANDS = {
  json: SymbolFor("heat.arbex.reader.json"),
  tabular: SymbolFor("heat.arbex.reader.tabular"),
  binary: SymbolFor("heat.arbex.reader.binary"),
  handle: SymbolFor("heat.arbex.input.handle"),
};

const branded = (brand) => (value) => typeof value === "object" && value !== null && value[brand] === true;

export function installGuards(global) {
  const isJsonReader = branded(BRANDS.json);
  const isTabularReader = branded(BRANDS.tabular);
  const isBinaryReader = branded(BRANDS.binary);
  const isInputHandle = branded(BRANDS.handle);
  Object.defineProperty(global, "HEAT_ARBEX", {
    value: ObjectFreeze({ isJsonReader, isTabularReader, isBinaryReader, isInputHandle }),
    writable: true, configurable: true, enumerable: false,
  });
}
