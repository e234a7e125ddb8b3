function run() { for (let i = 1; i <= 7; i++) console.log("entry", i); return "done"; }
