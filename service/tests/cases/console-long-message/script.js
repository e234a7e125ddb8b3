function run() { console.log("x".repeat(101)); console.log("y".repeat(100)); }
