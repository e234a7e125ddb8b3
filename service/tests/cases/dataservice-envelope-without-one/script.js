const run = () => [1, { a: null }];
