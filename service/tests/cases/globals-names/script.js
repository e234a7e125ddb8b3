function run() { return Object.getOwnPropertyNames(globalThis).sort(); }
