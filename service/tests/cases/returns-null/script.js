function run() { return null; }
