function run() { return Symbol("hidden"); }
