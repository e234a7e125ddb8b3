async function* run() { yield 1; }
