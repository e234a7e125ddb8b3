function run() { for (let i = 1; i <= 3; i++) console.log("entry", i); return "done"; }
