const run = () => ({ then() {} });
