async function run() { throw null; }
