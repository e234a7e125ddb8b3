function run() { return 1; }
({ then() { throw new Error("never"); } })
