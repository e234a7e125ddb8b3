function run() { console.log("0123456789"); console.warn("abcde€78"); }
