function run() { setTimeout(() => console.log("never"), 100); setInterval(() => console.log("never"), 100); return "at once"; }
