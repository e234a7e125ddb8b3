function run() { return { date: new Date(0), invalid: new Date(NaN), own: { toJSON: (key) => `at ${key}` }, gone: { toJSON() {} } }; }
