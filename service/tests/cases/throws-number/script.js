function run() { throw 42n; }
