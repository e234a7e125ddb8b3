function run() { return "x".repeat(98); }
