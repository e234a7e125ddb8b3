const run = { call() { return 1; } };
