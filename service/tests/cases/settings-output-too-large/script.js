function run() { return "x".repeat(99); }
