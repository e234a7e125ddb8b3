async function run() { return Promise.any([Promise.reject(1), Promise.reject(new Error("two"))]); }
