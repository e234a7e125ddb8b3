// The second entry is one byte too long. What comes after it is dropped as well, though it would fit.
function run() { console.log("0123456789"); console.warn("abcde€789"); console.log("x"); }
