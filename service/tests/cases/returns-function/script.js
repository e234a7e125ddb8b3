function run() { return function hidden() {}; }
