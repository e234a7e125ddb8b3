function run() {
  const names = ["require", "process", "module", "exports", "Buffer", "fs", "fetch", "XMLHttpRequest", "WebSocket", "WebAssembly", "SharedArrayBuffer", "Worker", "importScripts", "print", "std", "os", "bjson", "scriptArgs", "Javy", "gc", "window", "global", "self", "Deno", "Bun", "setImmediate", "__dirname", "crypto", "DOMException"];
  return names.filter((name) => name in globalThis || typeof globalThis[name] !== "undefined");
}
