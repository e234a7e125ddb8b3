const run = () => 5;
