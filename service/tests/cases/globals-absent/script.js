function run() {
  const names = ["require", "process", "module", "exports", "Buffer", "fs", "fetch", "XMLHttpRequest", "WebSocket", "WebAssembly", "SharedArrayBuffer", "Worker", "importScripts", "print", "std", "os", "bjson", "scriptArgs", "Javy", "gc", "window", "global", "self", "Deno", "Bun", "setImmediate", "__dirname", "crypto", "DOMException"];
  const jsonNames = ["rawJSON", "isRawJSON"];
  return [
    ...names.filter((name) => name in globalThis || typeof globalThis[name] !== "undefined"),
    ...jsonNames.filter((name) => name in JSON),
  ];
}
