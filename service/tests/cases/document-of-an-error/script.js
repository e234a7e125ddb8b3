const run = () => { throw new TypeError("no"); };
