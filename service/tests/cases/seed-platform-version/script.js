// The page shows the body of a function; the lines around it are ours.
async function run(ctx) {
const { version, commitSuffix, buildUtc } = ctx.system.version; return { platformVersion: version, commit: commitSuffix, builtAt: buildUtc };
}
