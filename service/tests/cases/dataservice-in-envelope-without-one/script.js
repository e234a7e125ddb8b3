const run = () => ({ note: "stored as it is" });
