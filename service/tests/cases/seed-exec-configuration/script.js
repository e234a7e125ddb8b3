// The configuration of the page is a fragment; it is completed by this script. That it is accepted is what is tested.
async function run(ctx) { return ctx.system.k8sNamespaces; }
