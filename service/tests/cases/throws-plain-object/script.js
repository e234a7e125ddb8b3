function run() { throw { code: 1 }; }
