function run() { throw "only text"; }
