function run() { throw { code: 1, toString() { return "described"; } }; }
