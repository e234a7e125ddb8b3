async function run(ctx) {
  const { inputs, session, ...rest } = ctx;
  const nodes = session.nodes.map((node) => ({ ...node, statusDetails: node.statusDetails?.length }));
  return { keys: Object.keys(ctx), inputs: Object.keys(inputs), session: { ...session, nodes }, ...rest };
}
