// Only what the documents name gets in; the canary stands in five places of the request.
async function run(ctx) { return JSON.stringify(ctx).toLowerCase().includes("canary"); }
