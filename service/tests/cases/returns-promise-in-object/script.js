async function run() { return { later: Promise.resolve(1) }; }
