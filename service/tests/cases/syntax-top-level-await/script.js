await 1;
function run() {}
