function run() { return new Promise((resolve) => queueMicrotask(() => resolve([1]))); }
