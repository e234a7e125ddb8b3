function run() { return { f() {}, s: Symbol("x"), u: undefined, list: [() => 1, Symbol("y"), undefined] }; }
