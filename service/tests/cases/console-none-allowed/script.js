function run() { console.log("one"); return 1; }
