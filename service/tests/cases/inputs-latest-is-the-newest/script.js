// 2 reads later than 4, but stands in another zone.

function run(ctx) {
  const { latest, history } = ctx.inputs;
  return { keys: Object.keys(ctx.inputs), latest: latest && latest.descriptor, history: history && history.map(({ descriptor }) => descriptor.outputId) };
}
