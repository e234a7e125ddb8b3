const run = () => new Promise(() => {});
