// The page's script is `async function run(ctx) { ... }`; here is what stands for the dots.
async function run(ctx) { return { namespaces: ctx.system.k8sNamespaces, read: ctx.parent.nodeInstanceName }; }
