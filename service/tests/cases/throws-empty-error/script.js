function run() { throw new Error(); }
