function run() { throw { name: "Fake", message: "like an error", stack: "at nowhere" }; }
