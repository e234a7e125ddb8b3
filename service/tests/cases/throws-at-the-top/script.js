const table = undefined;
table.rows;
function run() { return 1; }
