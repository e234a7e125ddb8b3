function run() { throw Symbol("sign"); }
