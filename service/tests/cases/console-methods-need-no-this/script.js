function run() { const { log, warn } = console; log("a"); [1, 2].forEach(warn); Promise.resolve("b").then(log); return new Promise((r) => setTimeout(r, 1)); }
