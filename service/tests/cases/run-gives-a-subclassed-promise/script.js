class Slow extends Promise {}
function run() { return Slow.resolve("sub").then((text) => text + "classed"); }
