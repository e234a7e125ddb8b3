function run() { console.log("before"); throw new Error("after"); }
