async function run() { await Promise.reject(); }
