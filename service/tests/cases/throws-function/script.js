function run() { throw function thrown() {}; }
