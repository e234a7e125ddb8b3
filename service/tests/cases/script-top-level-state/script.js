// The body of the script runs once, before run.
const seen = ["top"];
queueMicrotask(() => seen.push("microtask"));
console.log("loading", typeof run);
function run() { seen.push("run"); return Promise.resolve().then(() => seen); }
