globalThis.run = async function () { return this === undefined ? "no this" : typeof this; };
