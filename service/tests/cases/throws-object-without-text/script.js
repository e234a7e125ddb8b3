function run() { throw Object.create(null); }
